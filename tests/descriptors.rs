//! A server out of descriptors. The one test of this file, because the limit it lowers is its whole
//! process's.

mod support;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use jamd::server::{Outcome, Settings};
use nix::time::{ClockId, clock_gettime};
use socket2::{Domain, Socket, Type};
use support::PATIENCE;
use support::client::Client;
use support::descriptors::leave_descriptors;
use support::server::{TestServer, settings};

/// Descriptors that the server has for its sessions.
const LEFT: usize = 3;

/// How long the server is watched while it can accept nothing.
const WATCH: Duration = Duration::from_secs(1);

#[test]
fn a_server_out_of_descriptors_waits_without_spinning_and_then_serves_who_waited() {
    let server = TestServer::with(Settings {
        workers: 8,
        ..settings()
    });
    // They take the clients' descriptors from what is left to the server, so they are made before.
    let sockets: Vec<_> = (0..8)
        .map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap())
        .collect();
    let _taken = leave_descriptors(LEFT);
    let mut clients = sockets.into_iter().map(|socket| {
        let addr = server.addr().into();
        socket.connect_timeout(&addr, PATIENCE).unwrap();
        let mut client = Client::from(TcpStream::from(socket));
        client.send(b"TIME\r\n");
        client
    });
    let mut served: Vec<_> = clients.by_ref().take(LEFT).collect();
    let waiting: Vec<_> = clients.collect();
    for client in &mut served {
        client.expect(support::JAM);
    }

    let share = share_of_cpu(WATCH);
    assert!(share < 0.25, "a core was {:.0} % busy", share * 100.0);
    let accepted = server.balance().accepted();
    assert!(accepted < 8, "it was not out of descriptors");

    served.into_iter().for_each(quit);
    for mut client in waiting {
        client.expect(support::JAM);
        quit(client);
    }
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Quit), 8, "{balance}");
}

/// Ends a session, which makes room for one that waits.
fn quit(mut client: Client) {
    client.send(b"QUIT\r\n");
    client.expect_last(b"");
}

/// How busy this process keeps a core for some time, of which this thread only waits.
fn share_of_cpu(time: Duration) -> f64 {
    let cpu = || Duration::from(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap());
    let (began, used) = (Instant::now(), cpu());
    let nothing = never::<()>().recv_timeout(time);
    assert!(nothing.is_err());
    cpu().saturating_sub(used).as_secs_f64() / began.elapsed().as_secs_f64()
}
