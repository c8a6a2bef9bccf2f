//! The administration port from the other end: what is asked, and what is made of the answers.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use jamd::client::admin::{Address, AdminClient};
use serde_json::json;
use socket2::{Domain, Socket, Type};

use support::admin_port::{AdminPort, answer, request, status};
use support::{PATIENCE, millis};

fn admin(addr: SocketAddr) -> AdminClient {
    AdminClient::new(Address::from(addr), PATIENCE)
}

/// How reading the status of a server that answers so goes wrong.
#[track_caller]
fn complaint(answers: Vec<u8>) -> String {
    let port = AdminPort::start(move |_| answers.clone());
    let err = admin(port.addr()).status().expect_err("a complaint");
    err.to_string().replace(&port.addr().to_string(), "SERVER")
}

#[test]
fn a_status_is_read_with_the_advice_in_it() {
    let mut written = status();
    written["advice"] = json!({"sentence": "8 are enough.", "assumption": "", "holds": true,
        "why_not": "", "windows": []});
    let port = AdminPort::start(move |_| answer(200, &written.to_string()));
    let status = admin(port.addr()).status().unwrap();
    assert_eq!(status.server.workers.wanted, 8);
    assert_eq!(status.server.pool.len(), 3);
    assert_eq!(status.advice.unwrap().sentence, "8 are enough.");
    assert_eq!(port.asked(), ["GET /status"]);
}

#[test]
fn the_number_of_workers_is_read_and_changed() {
    let port = AdminPort::start(|asked| match asked {
        "GET /workers" => answer(200, "{\"workers\":8}\n"),
        _ => answer(200, "{\"workers\":12}\n"),
    });
    let admin = admin(port.addr());
    assert_eq!(admin.workers().unwrap(), 8);
    assert_eq!(admin.set_workers(12).unwrap(), 12);
    assert_eq!(
        port.asked(),
        ["GET /workers", "POST /workers {\"workers\": 12}"]
    );
}

#[test]
fn a_lease_is_taken_renewed_and_ended_by_its_number() {
    let port = AdminPort::start(|_| {
        let lease = json!({"number": 7, "otherwise": 16, "left_seconds": 6.0});
        answer(200, &json!({"workers": 8, "lease": lease}).to_string())
    });
    let admin = admin(port.addr());
    let lease = admin.lease(8, millis(6000)).unwrap();
    assert_eq!(lease.otherwise, 16);
    admin.renew(lease, 4, millis(1500)).unwrap();
    admin.end_lease(lease, 16).unwrap();
    assert_eq!(
        port.asked(),
        [
            r#"POST /workers {"workers": 8, "for_seconds": 6}"#,
            r#"POST /workers {"workers": 4, "for_seconds": 1.5, "lease": 7}"#,
            r#"POST /workers {"workers": 16, "lease": 7}"#,
        ]
    );
}

#[test]
fn a_server_that_knows_no_leases_is_not_believed_to_keep_one() {
    let port = AdminPort::start(|_| answer(200, "{\"workers\":8}\n"));
    let err = admin(port.addr()).lease(8, millis(6000)).unwrap_err();
    assert!(err.to_string().contains("missing field `lease`"), "{err}");
    assert!(!err.is_over());
}

#[test]
fn a_lease_that_is_over_is_told_from_what_else_goes_wrong() {
    for (code, is_over) in [(412, true), (409, false), (423, false), (500, false)] {
        let port = AdminPort::start(move |asked| {
            if asked.contains("\"lease\"") {
                return answer(code, r#"{"error": "there are to be 12 workers now"}"#);
            }
            let lease = json!({"number": 7, "otherwise": 16, "left_seconds": 6.0});
            answer(200, &json!({"workers": 8, "lease": lease}).to_string())
        });
        let admin = admin(port.addr());
        let lease = admin.lease(8, millis(6000)).unwrap();
        let errors = [
            admin.renew(lease, 8, millis(6000)),
            admin.end_lease(lease, 16),
        ];
        assert!(
            errors
                .iter()
                .all(|it| it.as_ref().unwrap_err().is_over() == is_over)
        );
    }
}

#[test]
fn a_status_of_ten_thousand_workers_is_read() {
    let mut written = status();
    let worker = |worker| {
        json!({"worker": worker, "state": "awaiting", "since_seconds": 1.25,
            "client": "192.168.100.100:50000", "commands": 1_000_000})
    };
    written["pool"] = (1..=10_000).map(worker).collect();
    let written = answer(200, &written.to_string());
    assert!(written.len() > 1_000_000);
    let port = AdminPort::start(move |_| written.clone());
    let status = admin(port.addr()).status().unwrap();
    assert_eq!(status.server.pool.len(), 10_000);
}

#[test]
fn a_rejection_is_told_in_the_words_of_the_server() {
    assert_eq!(
        complaint(answer(409, r#"{"error": "the server is ending"}"#)),
        "SERVER answered 409: the server is ending"
    );
    assert_eq!(
        complaint(answer(503, "busy\n")),
        "SERVER answered 503: busy"
    );
}

#[test]
fn an_answer_that_is_no_status_is_said_to_be_none() {
    for body in ["", "hello", "{}", "[]", "{\"version\": 1}"] {
        let complaint = complaint(answer(200, body));
        let expected = "SERVER answered with something else than was asked for: ";
        assert!(complaint.starts_with(expected), "{complaint}");
    }
}

#[test]
fn a_port_that_speaks_something_else_is_no_administration_port() {
    let complaint = complaint(b"ERROR unknown command\r\n".to_vec());
    let expected = "SERVER does not speak HTTP; is it the time port? ";
    assert!(complaint.starts_with(expected), "{complaint}");
}

#[test]
fn a_redirection_leads_nowhere() {
    let elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(
        complaint(elsewhere.to_vec()),
        "SERVER answered 302: no reason given"
    );
}

#[test]
fn a_connection_that_breaks_in_the_middle_of_an_answer_is_said_to() {
    let whole = answer(200, &status().to_string());
    let complaint = complaint(whole[..whole.len() / 2].to_vec());
    assert!(
        complaint.starts_with("SERVER broke the connection off: "),
        "{complaint}"
    );
}

#[test]
fn an_answer_without_an_end_is_cut_off() {
    let port = AdminPort::with_connections(|stream, _| {
        request(stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
            .expect("a client that listens");
        while stream.write_all(&[b' '; 1 << 12]).is_ok() {}
    });
    let err = admin(port.addr()).status().unwrap_err();
    let expected = format!("{} answered with more than 16 MiB", port.addr());
    assert_eq!(err.to_string(), expected);
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_only_so_long() {
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"] {
        let port = AdminPort::with_connections(move |stream, _| {
            request(stream);
            stream.write_all(beginning).expect("a client that listens");
            await_the_end(stream);
        });
        let admin = AdminClient::new(Address::from(port.addr()), millis(250));
        let err = admin.status().unwrap_err();
        let expected = format!("{} did not answer within 250ms", port.addr());
        assert_eq!(err.to_string(), expected);
    }
}

#[test]
fn a_name_that_leads_nowhere_is_said_to() {
    // No such name will ever be given to anybody (RFC 6761).
    let address: Address = "nobody.invalid:9".parse().unwrap();
    let err = AdminClient::new(address, PATIENCE).status().unwrap_err();
    let expected = "nobody.invalid:9 cannot be reached: no address for that name";
    assert_eq!(err.to_string(), expected);
}

#[test]
fn a_port_that_nobody_listens_on_cannot_be_reached() {
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let addr = bound.local_addr().unwrap().as_socket().unwrap();
    let err = admin(addr).workers().unwrap_err();
    let expected = format!("{addr} cannot be reached: connection refused");
    assert_eq!(err.to_string(), expected);
}

/// Waits until the client has gone.
fn await_the_end(stream: &mut TcpStream) {
    let ended = stream.read(&mut [0]);
    assert!(!matches!(ended, Ok(1..)), "the client says no more");
}
