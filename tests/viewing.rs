//! What a running server says of its sessions.

mod support;

use jamd::server::State;
use support::await_that;
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};

#[test]
fn each_session_is_seen_with_its_client_its_state_and_what_it_was_answered() {
    let (puppet, strings) = puppet();
    let server = TestServer::start(&settings(), Shared(puppet));
    let mut silent = server.connect();
    silent.send(b"hello\n");
    silent.expect(b"hello\n");
    let mut begun = server.connect();
    begun.send(b"hello\n");
    begun.expect(b"hello\n");
    begun.send(b"half");
    let mut held = server.connect();
    held.send(b"HOLD\n");
    let gate = strings.await_held();
    let mut expected = [
        (&silent, State::Awaiting, 1),
        (&begun, State::Reading, 1),
        (&held, State::Working, 0),
    ]
    .map(|(client, state, commands)| (client.address(), state, commands));
    expected.sort_by_key(|(client, ..)| client.port());
    await_that("the three are seen", || {
        let mut seen: Vec<_> = server
            .sessions()
            .iter()
            .map(|session| (session.client, session.state, session.commands))
            .collect();
        seen.sort_by_key(|(client, ..)| client.port());
        seen == expected
    });
    drop(gate);
    drop((silent, begun, held));
    await_that("none is left", || server.sessions().is_empty());
    server.finish();
}
