//! Many clients at once: bursts that fit into pool and queue, and floods of connections without a command.
//!
//! The numbers are those of a suite that takes seconds. Others are asked for, and the figures printed last:
//!
//! ```text
//! TEST_CLIENTS=5000 TEST_SECONDS=20 cargo test --test floods without_a_command -- --nocapture
//! TEST_BURST='10000 1024' cargo test --test floods burst -- --nocapture
//! ```

mod support;

use std::collections::HashMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jamd::load::Plan;
use jamd::server::{Outcome, Settings, raise_open_files};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};
use support::load::{lasting, measure, open};
use support::program::{Program, jamd_serve};
use support::server::{TestServer, settings};
use support::{JAM, await_that, own_address};

/// Connections without a command, and seconds, where the environment does not say otherwise.
const CLIENTS: usize = 300;
const SECONDS: u64 = 2;

/// Workers and places in the queue of a burst, likewise.
const BURSTS: [(usize, usize); 4] = [(100, 1), (100, 100), (10, 200), (300, 16)];

/// How often a client that trickles sends a byte.
const TRICKLE: Duration = Duration::from_millis(500);

#[test]
fn a_burst_that_fits_into_the_pool_and_the_queue_is_served_whole() {
    raise_open_files().unwrap();
    let bursts = match env::var("TEST_BURST") {
        Ok(text) => {
            let numbers: Vec<_> = text.split(' ').map(|it| it.parse().unwrap()).collect();
            vec![(numbers[0], numbers[1])]
        }
        Err(_) => BURSTS.to_vec(),
    };
    for (workers, queue) in bursts {
        let server = TestServer::with(Settings {
            workers,
            queue,
            stack_size: 64 << 10,
            ..settings()
        });
        let burst = (workers + queue) * 9 / 10;
        let ask = |_| {
            let mut client = server.connect();
            client.send(b"TIME\r\n");
            client
        };
        let mut clients: Vec<_> = (0..burst).map(ask).collect();
        server.await_accepted(burst as u64);
        for client in &mut clients {
            client.send(b"QUIT\r\n");
        }
        for client in &mut clients {
            client.expect(JAM);
            client.expect_last(b"");
        }
        let balance = server.finish();
        println!("{burst} clients at once, {workers} workers, {queue} places: {balance}");
        assert_eq!(balance.count(Outcome::Quit), burst as u64);
    }
}

mod without_a_command {
    use super::*;

    #[test]
    fn clients_that_are_silent_keep_nobody_from_an_answer() {
        withstand("silent", Flood::Silent);
    }

    #[test]
    fn clients_that_send_one_byte_keep_nobody_from_an_answer() {
        withstand("one byte", Flood::OneByte);
    }

    #[test]
    fn clients_that_send_a_byte_now_and_then_keep_nobody_from_an_answer() {
        withstand("trickle", Flood::Trickle);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flood {
    Silent,
    OneByte,
    Trickle,
}

/// Checks that a client that behaves is answered ten times a second, and says how long it took at worst.
fn withstand(name: &str, flood: Flood) {
    raise_open_files().unwrap();
    let number = |name, otherwise: usize| match env::var(name) {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => otherwise,
    };
    let clients = number("TEST_CLIENTS", CLIENTS);
    let seconds = number("TEST_SECONDS", usize::try_from(SECONDS).unwrap()) as u64;
    let listen = own_address().to_string();
    let server = Program::start(jamd_serve(&["--listen", &listen, "--workers", "8"]));
    let (connected, stop) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let flooding = {
        let (addr, connected, stop) = (server.addr(), Arc::clone(&connected), Arc::clone(&stop));
        thread::spawn(move || flood_with(addr, clients, flood, &connected, &stop).unwrap())
    };
    await_that("all are connected", || {
        connected.load(Ordering::Relaxed) >= clients
    });
    let measured = measure(&Plan {
        length: lasting(Duration::from_secs(seconds)),
        zone: jamd::clock::Zone::Local,
        skew: Duration::from_secs(5),
        ..open(server.addr(), 10.0)
    });
    let memory = resident_kib(&server);
    stop.store(true, Ordering::Relaxed);
    flooding.join().unwrap();
    server.finish();
    println!(
        "{clients} clients, {name}: {} of {} answered, slowest {:.1?}, {:.1} MiB resident",
        measured.tally.good.count(),
        measured.tally.started,
        measured.latency().max().unwrap_or_default(),
        f64::from(memory.unwrap_or(0)) / 1024.0,
    );
    assert_eq!(measured.tally.good.count(), measured.tally.started);
}

/// Keeps so many connections open, each of which is begun anew when it is closed.
fn flood_with(
    server: SocketAddr,
    clients: usize,
    flood: Flood,
    connected: &AtomicUsize,
    stop: &AtomicBool,
) -> io::Result<()> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    let mut streams = HashMap::new();
    for client in 0..clients {
        streams.insert(client, begin(&poll, server, client)?);
    }
    let mut next_byte = Instant::now() + TRICKLE;
    while !stop.load(Ordering::Relaxed) {
        poll.poll(&mut events, Some(Duration::from_millis(20)))?;
        for event in &events {
            let Token(client) = event.token();
            let Some(stream) = streams.get_mut(&client) else {
                continue;
            };
            if event.is_writable() {
                connected.fetch_add(1, Ordering::Relaxed);
                if flood != Flood::Silent {
                    // A connection that is gone is seen when it is read.
                    let _ = stream.write(b"T");
                }
                poll.registry()
                    .reregister(stream, event.token(), Interest::READABLE)?;
            } else if !matches!(stream.read(&mut [0; 99]), Err(err) if err.kind() == io::ErrorKind::WouldBlock)
            {
                streams.insert(client, begin(&poll, server, client)?);
            }
        }
        if flood == Flood::Trickle && Instant::now() >= next_byte {
            next_byte += TRICKLE;
            for stream in streams.values_mut() {
                let _ = stream.write(b"T");
            }
        }
    }
    Ok(())
}

/// Begins a connection from one of many addresses.
fn begin(poll: &Poll, server: SocketAddr, client: usize) -> io::Result<TcpStream> {
    let [.., high, low] = (client + 1).to_be_bytes();
    let source = Ipv4Addr::new(127, 3, high, low);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    match socket.connect(&server.into()) {
        Err(err) if err.raw_os_error() != Some(nix::libc::EINPROGRESS) => return Err(err),
        _ => {}
    }
    let mut stream = TcpStream::from_std(socket.into());
    let interest = Interest::READABLE | Interest::WRITABLE;
    poll.registry()
        .register(&mut stream, Token(client), interest)?;
    Ok(stream)
}

/// The memory of a server in KiB, where the system tells.
fn resident_kib(server: &Program) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
