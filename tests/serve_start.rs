//! What keeps `jamd serve` from starting: the exit code, and a message that names the way out.

mod support;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus};

use assert_cmd::cargo::cargo_bin;
use support::program::{jamd_serve, limited_jamd, run};
use tempfile::TempDir;

/// Owns nothing and may do nothing, by convention everywhere.
const NOBODY: u32 = 65534;

/// Whether this test may do anything, and so has to give that up to see what others see: whatever
/// it makes is its user's.
fn is_root(made: &TempDir) -> bool {
    fs::metadata(made.path()).unwrap().uid() == 0
}

/// The program where everybody may execute it: the build may lie in a directory of one user.
fn for_everybody() -> (TempDir, Command) {
    let dir = TempDir::new().unwrap();
    let jamd = dir.path().join("jamd");
    // Not by this process: another test may be forking, and a program that anybody has open for
    // writing cannot be executed.
    let copied = Command::new("cp")
        .arg(cargo_bin!("jamd"))
        .arg(&jamd)
        .status();
    assert!(
        copied.as_ref().is_ok_and(ExitStatus::success),
        "cp: {copied:?}"
    );
    for path in [dir.path(), &jamd] {
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(&jamd);
    command.env_clear().current_dir("/");
    (dir, command)
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = other.local_addr().unwrap().to_string();
    run(jamd_serve(&["--listen", &addr])).assert_refused(
        1,
        &[
            &format!("cannot listen on {addr}: "),
            "the port is in use, by a server or by an outgoing connection; choose another, or look with `ss -tanp`",
        ],
    );
}

#[test]
fn one_port_in_use_keeps_the_others_from_being_served() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = other.local_addr().unwrap().to_string();
    run(jamd_serve(&["--listen", "127.0.0.1:0", "--listen", &addr]))
        .assert_refused(1, &[&format!("cannot listen on {addr}: ")]);
}

#[test]
fn a_port_that_needs_a_privilege_is_named_with_the_way_out() {
    let first_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if first_free.is_ok_and(|first| first.trim() == "0") {
        println!("skipped: on this machine every port is everybody's");
        return;
    }
    let (dir, mut jamd) = for_everybody();
    jamd.args(["serve", "--listen", "127.0.0.1:1"]);
    if is_root(&dir) {
        jamd.uid(NOBODY);
    }
    run(jamd).assert_refused(
        1,
        &[
            "cannot listen on 127.0.0.1:1: ",
            "ports below 1024 need a privilege; choose a higher one",
        ],
    );
}

#[test]
fn an_address_that_is_none_is_a_usage_error_on_the_command_line_only() {
    let what = " must be IP:PORT, got 45000: write \"[::]:45000\" or \"127.0.0.1:45000\"";
    run(jamd_serve(&["--listen", "45000"])).assert_refused(2, &["--listen", what]);
    let mut jamd = jamd_serve(&[]);
    jamd.env("JAMD_LISTEN", "45000");
    run(jamd).assert_refused(78, &["JAMD_LISTEN", what]);
}

#[test]
fn workers_and_queue_that_need_too_many_open_files_are_refused_with_the_arithmetic() {
    for command in ["serve", "check"] {
        let args = [command, "--listen", "127.0.0.1:0", "--workers", "1000"];
        run(limited_jamd("-n 512", &args)).assert_refused(
            78,
            &[
                "open files: 1000 workers + 1024 queued + 1024 lingering + 64 deferred + \
                 1 listening + 64 others = 3177, but the open-file limit is 512: raise it (ulimit -n) or lower workers or queue",
            ],
        );
    }
}

#[test]
fn open_files_are_counted_for_the_administration_port_and_the_agent_as_well() {
    for command in ["serve", "check"] {
        let args = [
            command,
            "--listen=127.0.0.1:0",
            "--admin=127.0.0.1:0",
            "--agent=127.0.0.1:0",
        ];
        run(limited_jamd("-n 4096", &args)).assert_refused(
            78,
            &["64 deferred + 1 listening + 2694 for other ports + 64 others = 5127, but the open-file limit is 4096"],
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn stacks_that_do_not_fit_the_address_space_are_refused_with_the_arithmetic() {
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let args = [&serve[..], &["--workers", "2000", "--stack-size", "1MiB"]].concat();
    // In KiB: room for the program and some of the stacks.
    for limit in [400_000, 600_000, 1_000_000] {
        run(limited_jamd(&format!("-v {limit}"), &args)).assert_refused(
            78,
            &[
                "memory: 2000 workers * 1048576 bytes of stack = 2097152000",
                &format!("but the address-space limit is {}: ", limit * 1024),
                "raise it (ulimit -v) or lower workers or stack-size",
            ],
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn threads_that_the_machine_refuses_are_named_with_the_limit() {
    let (dir, _) = for_everybody();
    if !is_root(&dir) {
        println!("skipped: only root can be a user that has no other processes");
        return;
    }
    // Hard and soft, set by the shell once it is nobody's.
    let mut shell = Command::new("sh");
    shell.uid(NOBODY).env_clear().current_dir("/").args([
        "-c",
        "ulimit -u 100 2>/dev/null || ulimit -p 100; exec \"$0\" \"$@\"",
    ]);
    shell.arg(dir.path().join("jamd"));
    shell.args(["serve", "--listen", "127.0.0.1:0", "--workers", "200"]);
    run(shell).assert_refused(
        78,
        &[
            "threads: 200 workers + 8 others = 208, ",
            "but this user's limit of processes and threads is 100: raise it or lower workers",
        ],
    );
}
