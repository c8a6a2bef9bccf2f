//! `jamd ask` run against a scripted server, and what it may say.

use std::process::{self, Output};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;

use super::PATIENCE;
use super::scripted::{ScriptedServer, Session};

/// `jamd ask` with these arguments and an empty standard input.
pub fn jamd_ask(words: &[&str]) -> Command {
    let mut jamd = Command::from_std(plain_jamd_ask(words));
    jamd.timeout(PATIENCE);
    jamd
}

/// `jamd ask` with these arguments, its streams still to be chosen.
pub fn plain_jamd_ask(words: &[&str]) -> process::Command {
    let mut jamd = process::Command::new(cargo_bin!("jamd"));
    jamd.arg("ask").args(words);
    jamd
}

/// Asks a server that plays `script`; standard input is empty.
pub fn ask(words: &[&str], script: impl FnOnce(&mut Session) + Send + 'static) -> Output {
    type_lines(words, b"", script)
}

/// Pipes `lines` to `jamd ask` and has the server play `script`.
pub fn type_lines(
    words: &[&str],
    lines: &[u8],
    script: impl FnOnce(&mut Session) + Send + 'static,
) -> Output {
    let server = ScriptedServer::start(script);
    let addr = server.addr().to_string();
    let output = jamd_ask(&[&[addr.as_str()], words].concat())
        .write_stdin(lines)
        .output()
        .expect("jamd to run");
    server.finish();
    mask(output, &addr)
}

/// Writes `SERVER` for the address of the server, which no two runs share.
pub fn mask(output: Output, addr: &str) -> Output {
    let stderr = String::from_utf8(output.stderr).expect("messages to be text");
    Output {
        stderr: stderr.replace(addr, "SERVER").into_bytes(),
        ..output
    }
}

/// Checks the exit code and every byte of what was printed.
#[track_caller]
pub fn assert_ends(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        (text(&output.stdout).as_str(), text(&output.stderr).as_str()),
        (stdout, stderr)
    );
    assert_eq!(output.status.code(), Some(code));
}
