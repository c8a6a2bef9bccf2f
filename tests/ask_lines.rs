//! `jamd ask --prompt` without a terminal: piped lines, sent one by one.

mod support;

use std::io::Write;
use std::process::Stdio;
use std::sync::mpsc;

use support::PATIENCE;
use support::ask::{assert_ends, jamd_ask, mask, plain_jamd_ask, type_lines};
use support::scripted::ScriptedServer;

#[test]
fn piped_lines_are_sent_one_by_one_and_replies_printed_as_they_came() {
    let output = type_lines(
        &["--prompt"],
        b"TIME\n\r\nfoo\xff\0bar\rbaz\nTIME",
        |session| {
            session.expect(b"TIME\r\n");
            session.say(b"JAM 12:34:56\r\n");
            session.expect(b"\r\n");
            session.say(b"ERROR unknown command\r\n");
            session.expect(b"foo\xff\0bar\rbaz\r\n");
            session.say(b"whatever\n");
            session.serve(&["12:34:57"]);
        },
    );
    let replies = "JAM 12:34:56\nERROR unknown command\nwhatever\nJAM 12:34:57\n";
    assert_ends(&output, 0, replies, "");
}

#[test]
fn a_piped_quit_ends_the_session_and_what_follows_is_not_sent() {
    let output = type_lines(&["--prompt"], b"QUIT \nTIME\n", |session| {
        session.expect(b"QUIT\r\n");
        session.half_close();
        session.expect_close();
    });
    assert_ends(&output, 0, "", "");
}

#[test]
fn no_piped_line_is_no_session() {
    jamd_ask(&["localhost:1", "--prompt"])
        .assert()
        .success()
        .stdout("")
        .stderr("");
}

#[test]
fn a_line_too_long_is_refused_and_never_sent() {
    let longest = vec![b'a'; 64 * 1024];
    let lines = [&longest[..], b"\n", &longest, b"b\nTIME\n"].concat();
    let output = type_lines(&["--prompt"], &lines, move |session| {
        session.expect(&longest);
        session.expect(b"\r\n");
        session.say(b"ERROR line too long\r\n");
        session.expect_close();
    });
    let message = format!(
        "jamd: a line has at most 65536 bytes, this one has more: \"{}...\"\n",
        "a".repeat(64)
    );
    assert_ends(&output, 1, "ERROR line too long\n", &message);
}

#[test]
fn a_session_closed_between_two_lines_is_said_plainly() {
    let (closed, may_go_on) = mpsc::channel();
    let server = ScriptedServer::start(move |session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:34:56\r\n");
        session.half_close();
        closed.send(()).unwrap();
        session.expect_close();
    });
    let addr = server.addr().to_string();
    let mut typist = plain_jamd_ask(&[&addr, "--prompt"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = typist.stdin.take().unwrap();
    keys.write_all(b"TIME\n").unwrap();
    may_go_on.recv_timeout(PATIENCE).unwrap();
    keys.write_all(b"TIME\n").unwrap();
    drop(keys);
    let output = mask(typist.wait_with_output().unwrap(), &addr);
    server.finish();
    let message = "jamd: SERVER had closed the session before TIME was sent\n";
    assert_ends(&output, 1, "JAM 12:34:56\n", message);
}
