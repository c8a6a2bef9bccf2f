//! What `jamd serve` logs on stderr about sessions.

mod support;

use std::collections::BTreeMap;

use support::lines::Reader;
use support::program::Program;

/// The fields of a log line, `name=value` each.
fn fields(line: &str) -> BTreeMap<&str, &str> {
    let fields = line.split(' ').filter_map(|word| word.split_once('='));
    fields.collect()
}

#[test]
fn each_session_has_a_line_for_its_start_and_one_for_its_end() {
    let program = Program::serve(&["--log", "info", "--workers", "3"]);
    let mut clients = Vec::new();
    for commands in 0..3 {
        let mut client = program.occupy();
        for _ in 0..commands {
            client.send(b"nonsense\n");
            client.expect(support::UNKNOWN);
        }
        clients.push(client.stream().local_addr().unwrap().to_string());
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    let stderr = program.finish().stderr;
    for (extra, client) in clients.iter().enumerate() {
        let of_client = stderr.lines().filter(|line| line.contains(client.as_str()));
        let lines: Vec<_> = of_client.collect();
        let [start, end] = lines[..] else {
            panic!("not two lines of {client} in:\n{stderr}");
        };
        assert!(start.contains(" INFO session started "), "{start}");
        assert!(end.contains(" INFO session ended "), "{end}");
        let (start, end) = (fields(start), fields(end));
        assert_eq!(start["client"], client);
        assert_eq!(end["client"], client);
        assert!(["1", "2", "3"].contains(&start["worker"]), "{start:?}");
        assert_eq!(start["worker"], end["worker"]);
        // With the first answer and with `QUIT`.
        assert_eq!(end["commands"], (extra + 2).to_string());
        assert!(start["waited"].ends_with('s'), "{start:?}");
        assert!(end["duration"].ends_with('s'), "{end:?}");
        assert_eq!(end["ended"], "\"quit\"");
    }
}

#[test]
fn every_session_line_is_written_or_counted_as_left_out() {
    let program = Program::serve(&["--log", "info", "--log-sessions", "2"]);
    for _ in 0..50 {
        let mut client = program.occupy();
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    let stderr = program.finish().stderr;
    let written = stderr
        .lines()
        .filter(|line| line.contains(" session started ") || line.contains(" session ended "));
    let written = written.count();
    let left_out: Vec<_> = stderr
        .lines()
        .filter(|line| line.contains("session lines left out in the last second"))
        .collect();
    let omitted = left_out
        .iter()
        .map(|line| fields(line)["omitted"].parse::<usize>().unwrap());
    assert_eq!(written + omitted.sum::<usize>(), 100, "{stderr}");
    assert!(!left_out.is_empty(), "{stderr}");
}

#[test]
fn of_a_sample_one_session_in_so_many_is_logged_and_every_one_that_fails() {
    let program = Program::serve(&["--log=info", "--log-sample=10", "--workers=2"]);
    for _ in 0..20 {
        let mut client = program.occupy();
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    for _ in 0..3 {
        let mut client = program.occupy();
        client.send(b"half a command");
        client.end_writing();
        client.expect_last(b"");
    }
    let stderr = program.finish().stderr;
    let count = |text: &str| stderr.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count("session started"), 3, "of 23 sessions: {stderr}");
    assert_eq!(count("ended=\"quit\""), 2, "{stderr}");
    assert_eq!(count("ended=\"truncated\""), 3, "{stderr}");
}

#[test]
fn many_refusals_do_not_crowd_out_the_sessions_and_are_counted() {
    let args = ["--log=info", "--log-sessions=4", "--workers=1", "--queue=1"];
    let program = Program::serve(&args);
    let mut occupied = program.occupy();
    let mut waiting = program.connect();
    waiting.send(b"TIME\r\n");
    for _ in 0..50 {
        let mut client = program.connect();
        client.send(b"TIME\r\n");
        client.expect_last(support::BUSY);
    }
    drop(waiting);
    occupied.send(b"QUIT\r\n");
    occupied.expect_last(b"");
    let stderr = program.finish().stderr;
    let refused = stderr
        .lines()
        .filter(|line| line.contains("client refused"));
    let left_out = (stderr.lines())
        .filter(|line| line.contains("refusals and failures left out in the last second"))
        .map(|line| fields(line)["omitted"].parse::<usize>().unwrap());
    let (refused, left_out) = (refused.count(), left_out.sum::<usize>());
    assert!(left_out > 0, "{stderr}");
    // The client that waited may have left the queue before a worker had it, which is a line as well.
    assert!((50..=51).contains(&(refused + left_out)), "{stderr}");
    assert!(stderr.contains("ended=\"quit\""), "{stderr}");
}

#[test]
fn a_log_in_json_is_one_object_a_line() {
    let program = Program::serve(&["--log", "info", "--log-format", "json"]);
    program.occupy();
    let stderr = program.finish().stderr;
    assert!(stderr.lines().count() >= 3, "{stderr}");
    for line in stderr.lines() {
        assert_eq!(object_at(line), Some(""), "{line}");
        assert!(line.contains(r#""level":"INFO""#), "{line}");
    }
    for message in ["session started", "session ended"] {
        let message = format!(r#""message":"{message}""#);
        assert!(stderr.contains(&message), "no {message} in {stderr}");
    }
}

/// What follows the JSON object at the beginning of a text, if there is one. Names and values that
/// the log does not write, nested objects among them, are none.
fn object_at(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('{')?;
    loop {
        rest = string_at(rest)?.strip_prefix(':')?;
        rest = string_at(rest).or_else(|| number_at(rest))?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return rest.strip_prefix('}'),
        }
    }
}

fn string_at(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('"')?;
    loop {
        let special = rest.find(['"', '\\'])?;
        let (_, after) = rest.split_at(special);
        match after.strip_prefix('"') {
            Some(rest) => return Some(rest),
            None => rest = after.get(2..)?,
        }
    }
}

fn number_at(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

#[test]
fn with_the_log_off_nothing_is_printed_on_stderr() {
    let program = Program::serve(&["--log", "off"]);
    program.occupy();
    drop(program.connect());
    let ended = program.finish();
    ended.ledger(0);
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_stalled_stderr_stops_nobody() {
    // More lines than the log's queue and the pipe hold together.
    const SESSIONS: usize = 8000;
    let command = Program::command(&["--workers", "2", "--log-sessions", "1000000"]);
    let program = Program::read_by(command, Reader::Stays, Reader::Stalls);
    for _ in 0..SESSIONS {
        let mut client = program.occupy();
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    let ended = program.finish();
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.stdout.contains("ledger: 8000 accepted"),
        "{}",
        ended.stdout
    );
}
