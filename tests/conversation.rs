//! What a client sees of the protocol, over a real socket.

mod support;

use jamd::server::Outcome;
use proptest::prelude::*;
use support::client::Client;
use support::server::TestServer;
use support::{JAM, TOO_LONG, UNKNOWN};

#[test]
fn nothing_is_sent_on_connect_and_quit_ends_without_text() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    client.send(b"QUIT\r\n");
    client.expect_last(b"");
    assert_eq!(server.finish().count(Outcome::Quit), 1);
}

#[test]
fn a_command_split_at_any_byte_is_answered_once() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    for command in [&b"TIME\r\n"[..], b"TIME\n", b"TIME with words\r\n"] {
        for cut in 1..command.len() {
            let (begin, end) = command.split_at(cut);
            client.send(begin);
            client.send(end);
            client.expect(JAM);
        }
    }
    client.send(b"QUIT\r\n");
    client.expect_last(b"");
    server.finish();
}

#[test]
fn a_session_sent_byte_by_byte_reads_as_one_sent_at_once() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    for byte in b"TIME\r\nfoo\r\nTIME x\nQUIT \r\n" {
        client.send(&[*byte]);
    }
    client.expect_last(&[JAM, UNKNOWN, JAM].concat());
    server.finish();
}

#[test]
fn ten_thousand_pipelined_commands_get_ten_thousand_replies() {
    const COMMANDS: usize = 10_000;
    let server = TestServer::of(1, 1);
    let client = server.connect();
    let mut writer = Client::clone_of(&client);
    let sending = std::thread::spawn(move || {
        writer.send(&b"TIME\r\n".repeat(COMMANDS));
        writer.send(b"QUIT\r\n");
    });
    let mut client = client;
    client.expect_last(&JAM.repeat(COMMANDS));
    sending.join().unwrap();
    server.finish();
}

#[test]
fn ten_thousand_empty_lines_are_answered_although_the_replies_outgrow_every_buffer() {
    const LINES: usize = 10_000;
    let server = TestServer::of(1, 1);
    let client = server.connect();
    let mut writer = Client::clone_of(&client);
    let sending = std::thread::spawn(move || {
        writer.send(&b"\n".repeat(LINES));
        writer.send(b"QUIT\n");
    });
    let mut client = client;
    client.expect_last(&UNKNOWN.repeat(LINES));
    sending.join().unwrap();
    server.finish();
}

#[test]
fn each_line_gets_the_reply_of_the_protocol_table() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    for (line, reply) in [
        (&b"TIME\r\n"[..], JAM),
        (b"TIME\n", JAM),
        (b"TIME \r\n", JAM),
        (b"TIME x\r\n", JAM),
        (b"TIMEX\r\n", UNKNOWN),
        (b" TIME\r\n", UNKNOWN),
        (b"time\r\n", UNKNOWN),
        (b"quit\r\n", UNKNOWN),
        (b"\r\n", UNKNOWN),
        (b"\n", UNKNOWN),
        (b"\0\r\n", UNKNOWN),
        (b"\0TIME\r\n", UNKNOWN),
        (b"\xff\xfe\r\n", UNKNOWN),
        (b"TIME \xff\xfe\0\r\n", JAM),
    ] {
        client.send(line);
        client.expect(reply);
    }
    client.send(b"QUIT\t \n");
    client.expect_last(b"");
    server.finish();
}

#[test]
fn commands_before_a_quit_are_answered_and_those_after_it_are_not_and_the_end_is_a_fin() {
    let server = TestServer::of(1, 1);
    for _ in 0..50 {
        let mut client = server.connect();
        client.send(b"TIME\r\nFOO\r\nQUIT\r\nTIME\r\nTIME\r\n");
        client.expect_last(&[JAM, UNKNOWN].concat());
    }
    assert_eq!(server.finish().count(Outcome::Quit), 50);
}

#[test]
fn bytes_behind_a_quit_that_still_wait_in_the_kernel_do_not_destroy_the_reply() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    client.send(&[&b"TIME\r\nQUIT\r\n"[..], &b"A".repeat(200_000)].concat());
    client.expect_last(JAM);
    server.finish();
}

#[test]
fn a_client_that_half_closes_is_still_answered() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    client.send(b"TIME\nTIME\n");
    client.end_writing();
    client.expect_last(&JAM.repeat(2));
    assert_eq!(server.finish().count(Outcome::ClientClosed), 1);
}

#[test]
fn an_unterminated_last_line_is_never_answered() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    client.send(b"TIME\r\nTIME");
    client.end_writing();
    client.expect_last(JAM);
    assert_eq!(server.finish().count(Outcome::Truncated), 1);
}

#[test]
fn a_line_over_the_limit_is_told_so_after_what_came_before_it() {
    let server = TestServer::of(1, 1);
    let mut client = server.connect();
    client.send(&[&b"TIME\r\n"[..], &b"A".repeat(512), b"\r\n"].concat());
    client.expect(&[JAM, UNKNOWN].concat());
    client.send(&[&b"TIME\r\n"[..], &b"A".repeat(513), b"\r\nTIME\r\n"].concat());
    client.expect_last(&[JAM, TOO_LONG].concat());
    assert_eq!(server.finish().count(Outcome::Rejected), 1);
}

#[test]
fn ten_megabytes_without_a_line_end_are_told_so_and_the_worker_is_free_at_once() {
    let server = TestServer::of(1, 1);
    let client = server.connect();
    let mut writer = Client::clone_of(&client);
    let flood = std::thread::spawn(move || writer.send_if_taken(&vec![b'A'; 10 << 20]));
    let mut client = client;
    client.expect(TOO_LONG);
    server.occupy();
    flood.join().unwrap();
    assert_eq!(server.finish().count(Outcome::Rejected), 1);
}

#[test]
fn a_client_that_resets_in_the_middle_of_anything_frees_its_worker() {
    let server = TestServer::of(1, 4);
    let fresh = server.connect();
    fresh.reset();
    let mut mid_line = server.connect();
    mid_line.send(b"TI");
    mid_line.reset();
    let mut mid_reply = server.connect();
    mid_reply.send(&b"TIME\r\n".repeat(1000));
    mid_reply.reset();
    server.occupy();
    let balance = server.finish();
    assert_eq!(balance.accepted(), 4, "{balance}");
}

/// What the protocol table says the server answers to some bytes and the end of input, and how many
/// of the bytes belong to the session.
fn model(input: &[u8]) -> (Vec<u8>, usize) {
    let mut replies = Vec::new();
    let mut before = 0;
    for whole in input.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = whole.strip_suffix(b"\n") else {
            break;
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let blank = |byte: &u8| b" \t".contains(byte);
        if line == b"TIME" || line.starts_with(b"TIME ") || line.starts_with(b"TIME\t") {
            replies.extend_from_slice(JAM);
        } else if line.starts_with(b"QUIT") && line[4..].iter().all(blank) {
            return (replies, before);
        } else {
            replies.extend_from_slice(UNKNOWN);
        }
        before += whole.len();
    }
    (replies, input.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_session_cut_anywhere_is_answered_as_the_table_says(
        words in proptest::collection::vec(
            prop_oneof![
                3 => Just(b"TIME".to_vec()),
                1 => Just(b"QUIT".to_vec()),
                3 => Just(b"\r\n".to_vec()),
                2 => Just(b"\n".to_vec()),
                1 => Just(b" ".to_vec()),
                1 => proptest::collection::vec(any::<u8>(), 0..10),
            ],
            0..40,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let server = TestServer::of(1, 1);
        let input = words.concat();
        let (replies, session) = model(&input);
        // Not behind a QUIT: what is sent to a closed connection is answered with a reset.
        let (begin, end) = input.split_at(cut.index(session + 1));
        let mut client = server.connect();
        client.send(begin);
        client.send_if_taken(end);
        // After a QUIT the server may have closed already; the end of input is then its own.
        let _ = client.stream().shutdown(std::net::Shutdown::Write);
        client.expect_last(&replies);
    }
}
