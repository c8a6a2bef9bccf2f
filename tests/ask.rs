//! `jamd ask` that asks for the time: what it prints, where, and with which code it ends.

mod support;

use std::fs::File;
use std::net::SocketAddr;
use std::process::Stdio;

use socket2::{Domain, Socket, Type};

use support::ask::{ask, assert_ends, jamd_ask, mask, plain_jamd_ask, type_lines};
use support::scripted::ScriptedServer;

/// A timeout that is meant to be reached.
const SOON: &str = "250ms";

#[test]
fn the_time_is_asked_for_and_printed() {
    let output = ask(&[], |session| session.serve(&["07:08:09"]));
    assert_ends(&output, 0, "07:08:09\n", "");
}

#[test]
fn the_reply_is_printed_as_it_came_if_wanted_raw() {
    let output = ask(&["--raw"], |session| session.serve(&["07:08:09"]));
    assert_ends(&output, 0, "JAM 07:08:09\n", "");
}

#[test]
fn several_questions_share_one_session() {
    let output = ask(&["--count", "3", "--interval", "1ms"], |session| {
        session.serve(&["23:59:58", "23:59:59", "00:00:00"]);
    });
    assert_ends(&output, 0, "23:59:58\n23:59:59\n00:00:00\n", "");
}

#[test]
fn a_reply_may_be_split_anywhere() {
    for at in 1.."JAM 12:34:56\r\n".len() {
        let output = ask(&[], move |session| {
            session.expect(b"TIME\r\n");
            session.say_split(b"JAM 12:34:56\r\n", at);
            session.expect(b"QUIT\r\n");
        });
        assert_ends(&output, 0, "12:34:56\n", "");
    }
}

#[test]
fn a_name_with_several_addresses_reaches_the_one_that_listens() {
    let server = ScriptedServer::start(|session| session.serve(&["01:02:03"]));
    let target = format!("localhost:{}", server.addr().port());
    jamd_ask(&[&target]).assert().success().stdout("01:02:03\n");
    server.finish();
}

#[test]
fn what_is_not_the_time_is_quoted_escaped() {
    for reply in [
        "JAM 24:00:00\r\n",
        "JAM 12:60:00\r\n",
        "JAM 12:00:00\n",
        "\x1b[2J\x07\r\n",
    ] {
        let output = ask(&[], move |session| {
            session.expect(b"TIME\r\n");
            session.say(reply.as_bytes());
            session.expect_close();
        });
        let quoted = reply.escape_default().to_string();
        let quoted = quoted
            .replace("\\u{1b}", "\\x1b")
            .replace("\\u{7}", "\\x07");
        let message = format!(
            "jamd: SERVER answered TIME with \"{quoted}\" and not with \"JAM hh:mm:ss\\r\\n\"\n"
        );
        assert_ends(&output, 1, "", &message);
    }
}

#[test]
fn an_error_reply_is_an_error() {
    let output = ask(&[], |session| {
        session.expect(b"TIME\r\n");
        session.say(b"ERROR busy\r\n");
    });
    assert_ends(
        &output,
        1,
        "",
        "jamd: SERVER answered TIME with \"ERROR busy\\r\\n\"\n",
    );
}

#[test]
fn a_server_that_refuses_before_it_is_asked_is_heard() {
    let output = ask(&[], |session| session.say(b"ERROR busy\r\n"));
    assert_ends(
        &output,
        1,
        "",
        "jamd: SERVER answered TIME with \"ERROR busy\\r\\n\"\n",
    );
}

#[test]
fn a_close_without_a_reply_is_told_apart_from_half_a_reply() {
    let output = ask(&[], |session| session.expect(b"TIME\r\n"));
    assert_ends(
        &output,
        1,
        "",
        "jamd: SERVER closed the session instead of answering TIME\n",
    );
    let output = ask(&[], |session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:");
    });
    let message =
        "jamd: SERVER closed the session instead of answering TIME, only \"JAM 12:\" came\n";
    assert_ends(&output, 1, "", message);
}

#[test]
fn a_reset_is_named() {
    let output = ask(&[], |session| {
        session.expect(b"TIME\r\n");
        session.close_with_reset();
    });
    assert_ends(
        &output,
        1,
        "",
        "jamd: the session with SERVER broke at TIME: connection reset\n",
    );
}

#[test]
fn a_server_that_never_replies_is_waited_for_only_so_long() {
    let output = ask(&["--timeout", SOON], |session| {
        session.expect(b"TIME\r\n");
        session.expect_close();
    });
    assert_ends(
        &output,
        1,
        "",
        "jamd: no reply to TIME from SERVER within 250ms\n",
    );
    let output = ask(&["--timeout", SOON], |session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:34:56\r");
        session.expect_close();
    });
    let message =
        "jamd: no reply to TIME from SERVER within 250ms, only \"JAM 12:34:56\\r\" came\n";
    assert_ends(&output, 1, "", message);
}

#[test]
fn a_reply_without_an_end_is_cut_off() {
    let output = ask(&[], |session| {
        session.expect(b"TIME\r\n");
        session.say_forever(&[b'a'; 4096]);
    });
    let message = format!(
        "jamd: the reply to TIME from SERVER has no end within 512 bytes: \"{}...\"\n",
        "a".repeat(64)
    );
    assert_ends(&output, 1, "", &message);
}

#[test]
fn a_second_reply_to_one_question_is_not_taken_for_the_next() {
    let output = ask(&["--count", "2", "--interval", "0s"], |session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:34:56\r\nJAM 12:34:56\r\n");
        session.expect_close();
    });
    let message = "jamd: SERVER sent \"JAM 12:34:56\\r\\n\" unasked, before TIME\n";
    assert_ends(&output, 1, "12:34:56\n", message);
}

#[test]
fn a_server_that_does_not_close_after_quit_has_still_answered() {
    let output = ask(&["--timeout", SOON], |session| {
        session.serve(&["12:34:56"]);
        session.expect_close();
    });
    let warning = "jamd: warning: SERVER did not close the session within 250ms of QUIT\n";
    assert_ends(&output, 0, "12:34:56\n", warning);
}

#[test]
fn a_server_that_says_goodbye_may() {
    let output = ask(&[], |session| {
        session.serve(&["12:34:56"]);
        session.say(b"Goodbye!\r\n");
    });
    assert_ends(&output, 0, "12:34:56\n", "");
}

#[test]
fn nobody_listening_is_said_with_every_address_tried() {
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let addr = bound.local_addr().unwrap().as_socket().unwrap().to_string();
    let output = mask(jamd_ask(&[&addr]).output().unwrap(), &addr);
    let message = "jamd: could not connect to SERVER: connection refused (SERVER)\n";
    assert_ends(&output, 1, "", message);
}

#[test]
fn a_wrong_command_line_ends_with_code_2() {
    for words in [
        &["localhost:0"][..],
        &["[::1"],
        &["--count", "0"],
        &["--timeout", "5"],
        &["--interval", "2d"],
        &["--prompt", "--count", "2"],
        &["--nonsense"],
    ] {
        jamd_ask(words).assert().code(2).stdout("");
    }
}

#[test]
fn with_a_host_standard_input_is_not_read() {
    let server = ScriptedServer::start(|session| session.serve(&["12:34:56"]));
    let output = plain_jamd_ask(&[&server.addr().to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    server.finish();
    assert_ends(&output, 0, "12:34:56\n", "");
    let output = type_lines(&[], b"FOO\n", |session| session.serve(&["12:34:56"]));
    assert_ends(&output, 0, "12:34:56\n", "");
}

#[test]
fn an_output_that_nobody_reads_any_more_is_no_failure() {
    let server = ScriptedServer::start(|session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:34:56\r\n");
        session.expect_close();
    });
    let (nobody, out) = std::io::pipe().unwrap();
    drop(nobody);
    let output = plain_jamd_ask(&[&server.addr().to_string(), "--count", "2"])
        .stdin(Stdio::null())
        .stdout(out)
        .output()
        .unwrap();
    server.finish();
    assert_ends(&output, 0, "", "");
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_is_full_is_a_failure() {
    let server = ScriptedServer::start(|session| {
        session.expect(b"TIME\r\n");
        session.say(b"JAM 12:34:56\r\n");
        session.expect_close();
    });
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = plain_jamd_ask(&[&server.addr().to_string()])
        .stdin(Stdio::null())
        .stdout(full)
        .output()
        .unwrap();
    server.finish();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("could not write to standard output"),
        "{message}"
    );
}
