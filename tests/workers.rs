//! `jamd workers`: what it prints, what it asks for, and with which code it ends.

mod support;

use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

use support::admin_port::{AdminPort, answer, status};
use support::ask::{assert_ends, mask};

/// Runs `jamd workers` with these arguments against an administration port.
fn workers(port: &AdminPort, words: &[&str]) -> Output {
    let addr = port.addr().to_string();
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.args(["workers", "--admin", &addr]).args(words);
    mask(jamd.output().expect("jamd to run"), &addr)
}

#[test]
fn without_a_number_the_workers_are_counted() {
    let port = AdminPort::start(|_| answer(200, &status().to_string()));
    let output = workers(&port, &[]);
    assert_ends(&output, 0, "8 workers (6 idle, 2 occupied)\n", "");
    assert_eq!(port.asked(), ["GET /status"]);
}

#[test]
fn with_a_number_there_are_so_many_from_now_on() {
    let port = AdminPort::start(|asked| match asked {
        "GET /workers" => answer(200, "{\"workers\":8}\n"),
        _ => answer(200, "{\"workers\":12}\n"),
    });
    let output = workers(&port, &["12"]);
    assert_ends(&output, 0, "8 -> 12 workers\n", "");
    let asked = ["GET /workers", "POST /workers {\"workers\": 12}"];
    assert_eq!(port.asked(), asked);
}

#[test]
fn what_the_server_will_not_have_is_told_in_its_words() {
    let port = AdminPort::start(|asked| match asked {
        "GET /workers" => answer(200, "{\"workers\":8}\n"),
        _ => answer(409, "{\"error\":\"the server is ending\"}\n"),
    });
    let output = workers(&port, &["12"]);
    let complaint = "jamd: SERVER answered 409: the server is ending\n";
    assert_ends(&output, 1, "", complaint);
}

#[test]
fn what_is_no_number_of_workers_is_refused_before_anything_is_sent() {
    let port = AdminPort::start(|_| answer(200, "{\"workers\":8}\n"));
    for word in ["0", "30001", "many", "8x", "1.5"] {
        let output = workers(&port, &[word]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("expected a number from 1 to 30000"),
            "{stderr}"
        );
    }
    assert_eq!(port.asked(), [""; 0]);
}

#[test]
fn what_is_no_address_is_refused_with_what_is_one() {
    let mut jamd = Command::new(cargo_bin!("jamd"));
    let output = jamd.args(["workers", "--admin", "h:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("HOST:PORT, [IPV6]:PORT or PORT"),
        "{stderr}"
    );
}
