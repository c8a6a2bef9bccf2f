//! `jamd serve` on sockets that whoever starts it has bound: which it takes, and what it says of others.

mod support;

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;

use nix::sys::signal::Signal;
use support::activation::{MeantFor, handle, listener, passing, passing_to};
use support::client::Client;
use support::http::get;
use support::program::{Ended, Program, ask, run};
use support::{PATIENCE, own_address};

fn refused(descriptor: impl Into<OwnedFd>, names: &str) -> Ended {
    run(passing(vec![descriptor.into()], names, &[]))
}

#[test]
fn two_passed_sockets_are_served_and_named_in_the_log() {
    let sockets = [listener(), listener()];
    let handles = sockets.iter().map(handle).collect();
    let args = ["--log", "info", "--log-sessions", "0"];
    let program = Program::start(passing(handles, "jamd:other", &args));
    let addresses = sockets.each_ref().map(|it| it.local_addr().unwrap());
    assert_eq!(program.addresses(), addresses, "not the default of listen");
    for addr in addresses {
        let mut client = Client::connect(addr);
        ask(&mut client);
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    program.signal(Signal::SIGTERM);
    let ended = program.end_of_a_shared_port();
    let served = "2 accepted = 2 served (2 quit) + 0 refused + 0 closed + 0 failed + 0 probes";
    assert_eq!(ended.ledger(0), served);
    for said in [
        "listening on the passed descriptor 3 (\"jamd\")",
        "listening on the passed descriptor 4 (\"other\")",
    ] {
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}

#[test]
fn nobody_is_served_before_it_is_sure_that_every_port_can_be() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    for key in ["--admin", "--agent"] {
        let socket = listener();
        let mut waiting: Vec<_> = (0..8)
            .map(|_| Client::connect(socket.local_addr().unwrap()))
            .collect();
        for client in &mut waiting {
            client.send(b"TIME\r\n");
        }
        let ended = run(passing(vec![handle(&socket)], "jamd", &[key, &taken]));
        ended.assert_refused(1, &[&format!("cannot listen on {taken}: ")]);
        for _ in &waiting {
            socket.accept().expect("all of them wait for the next");
        }
    }
}

#[test]
fn sockets_that_are_meant_for_another_process_are_left_alone() {
    let socket = listener();
    let own = own_address().to_string();
    let args = ["--listen", &own];
    let handles = vec![handle(&socket)];
    let program = Program::start(passing_to(MeantFor::SomebodyElse, handles, "jamd", &args));
    assert_ne!(program.addr(), socket.local_addr().unwrap());
    assert_eq!(program.addresses().len(), 1);
    program.finish().ledger(0);
}

#[test]
fn what_is_no_listening_tcp_socket_is_named_with_what_would_be_right() {
    let must = "must be a listening TCP socket, got ";
    let dir = tempfile::TempDir::new().unwrap();
    let unix = UnixListener::bind(dir.path().join("socket")).unwrap();
    let connected = std::net::TcpStream::connect(listener_of_this_test().local_addr().unwrap());
    for (ended, got) in [
        (
            refused(File::open("/dev/null").unwrap(), "jamd"),
            "/dev/null",
        ),
        (
            refused(UdpSocket::bind("127.0.0.1:0").unwrap(), "jamd"),
            "a UDP socket: ",
        ),
        (refused(unix, "jamd"), "a Unix socket: "),
        (
            refused(connected.unwrap(), "jamd"),
            "one that does not listen: ",
        ),
    ] {
        let said = format!("the passed descriptor 3 (\"jamd\") {must}{got}");
        ended.assert_refused(78, &[&said]);
    }
    let unnamed = refused(File::open("/dev/null").unwrap(), "");
    unnamed.assert_refused(78, &[&format!("the passed descriptor 3 {must}/dev/null")]);
}

/// Listens to the end of the process, so that a connection to it stays one.
fn listener_of_this_test() -> &'static TcpListener {
    Box::leak(Box::new(listener()))
}

#[test]
fn one_socket_that_does_not_fit_keeps_the_others_from_being_served() {
    let descriptors = vec![handle(&listener()), File::open("/dev/null").unwrap().into()];
    let said = "the passed descriptor 4 (\"second\") must be";
    run(passing(descriptors, "first:second", &[])).assert_refused(78, &[said]);
}

#[test]
fn a_socket_for_administration_is_the_administration_port() {
    let [time, admin] = [listener(), listener()];
    let handles = vec![handle(&time), handle(&admin)];
    let mut program = Program::start(passing(handles, "jamd:admin", &[]));
    assert_eq!(program.addresses(), [time.local_addr().unwrap()]);
    let at = program.next_address("administration on http://");
    assert_eq!(at, admin.local_addr().unwrap());
    assert_eq!(get(at, "/healthz").code, 200);
    program.signal(Signal::SIGTERM);
    program.end_of_a_shared_port().ledger(0);
}

#[test]
fn a_socket_for_administration_is_for_this_machine_unless_that_is_wanted() {
    let public = TcpListener::bind("0.0.0.0:0").unwrap();
    let said = "the passed descriptor 3 (\"admin\") is for administration and must be on a loopback address";
    refused(handle(&public), "admin").assert_refused(78, &[said]);
    let handles = vec![handle(&listener())];
    let own = own_address().to_string();
    let both = run(passing(handles, "admin", &["--admin", &own]));
    both.assert_refused(78, &["admin is set (--admin)"]);
}

#[test]
fn passed_sockets_and_a_listen_that_is_set_leave_open_which_is_meant() {
    let descriptors = vec![handle(&listener())];
    let ended = run(passing(descriptors, "jamd", &["--listen", "127.0.0.1:0"]));
    ended.assert_refused(
        78,
        &["listen is set (--listen), but the sockets to listen on"],
    );
}

#[test]
fn a_client_that_waits_in_a_passed_socket_is_left_to_the_successor() {
    let socket = listener();
    let start = || {
        Program::start(passing(
            vec![handle(&socket)],
            "jamd",
            &["--defer-accept", "none"],
        ))
    };
    let first = start();
    let mut served = Client::connect(first.addr());
    ask(&mut served);
    first.signal(Signal::SIGTERM);
    served.expect_last(b"");
    let ended = first.end_of_a_shared_port();
    ended.ledger(0);

    // Nobody accepts now, and yet the kernel connects, and keeps what is sent.
    let mut waiting = Client::connect(socket.local_addr().unwrap());
    waiting.send(b"TIME\r\n");
    let second = start();
    support::program::expect_the_time(&mut waiting);
    waiting.send(b"QUIT\r\n");
    waiting.expect_last(b"");
    second.signal(Signal::SIGTERM);
    second.end_of_a_shared_port().ledger(0);
    assert!(std::net::TcpStream::connect_timeout(&socket.local_addr().unwrap(), PATIENCE).is_ok());
}
