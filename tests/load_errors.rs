//! That each way in which a server can misbehave is counted as what it is, and no session is lost.

mod support;

use jamd::load::{Failure, Length, Plan, Shape};

use support::bad_server::{self as bad, BadServer, Caller};
use support::load::{assert_all_failed, closed, measure};
use support::{PATIENCE, millis};

/// Sessions in a run that is over when they are.
const SESSIONS: u64 = 40;

/// So many sessions of eight clients.
fn sessions(server: &BadServer) -> Plan {
    Plan {
        length: Length::Sessions { count: SESSIONS },
        timeout: millis(300),
        threads: 2,
        ..closed(server.addr(), 8)
    }
}

/// Checks that a server that behaves like this makes every session fail in that way.
#[track_caller]
fn assert_manner(manner: impl Fn(&mut Caller) + Send + Sync + 'static, failure: Failure) {
    let server = BadServer::start(manner);
    let measured = measure(&sessions(&server));
    assert_eq!(measured.tally.started, SESSIONS);
    assert_all_failed(&measured, failure);
}

#[test]
fn a_server_that_does_right_fails_nobody() {
    let server = BadServer::start(bad::right);
    let measured = measure(&sessions(&server));
    assert_eq!(measured.tally.good.count(), SESSIONS);
    assert_eq!(measured.ended.replies, server.commands());
    assert!(measured.is_valid(), "{:?}", measured.audits);
}

#[test]
fn a_reply_that_comes_byte_by_byte_is_a_right_reply() {
    let server = BadServer::start(bad::byte_by_byte);
    let measured = measure(&sessions(&server));
    assert_eq!(measured.tally.good.count(), SESSIONS);
}

#[test]
fn a_server_that_never_replies_makes_every_session_a_timeout() {
    let server = BadServer::start(bad::hung);
    let measured = measure(&sessions(&server));
    assert_all_failed(&measured, Failure::ReplyTimedOut);
    let waited = measured.tally.failed(Failure::ReplyTimedOut).min().unwrap();
    assert!(waited >= millis(299), "{waited:?}");
    assert!(measured.percentile(0.5).unwrap().is_bound);
}

#[test]
fn other_bytes_than_a_time_are_a_malformed_reply() {
    assert_manner(
        bad::says(b"HTTP/1.1 400 Bad Request\r\n"),
        Failure::Malformed,
    );
    assert_manner(bad::says(b"JAM 24:00:00\r\n"), Failure::Malformed);
    assert_manner(bad::says(b"ERROR unknown command\r\n"), Failure::Malformed);
    assert_manner(bad::says(&[b'x'; 100]), Failure::Malformed);
}

#[test]
fn a_reset_instead_of_a_reply_is_a_reset() {
    assert_manner(bad::resets, Failure::Reset);
}

#[test]
fn a_close_instead_of_a_reply_is_an_early_end() {
    assert_manner(bad::closes_early, Failure::EndedEarly);
}

#[test]
fn a_time_that_is_an_hour_off_is_wrong() {
    assert_manner(bad::off_by(3600), Failure::WrongTime);
    assert_manner(bad::off_by(-3600), Failure::WrongTime);
}

#[test]
fn a_time_that_runs_backwards_is_wrong_however_well_it_agrees() {
    let server = BadServer::start(bad::backwards);
    let plan = sessions(&server);
    let measured = measure(&Plan {
        skew: millis(3_600_000),
        shape: Shape {
            commands: 2,
            ..plan.shape
        },
        ..plan
    });
    assert_all_failed(&measured, Failure::WrongTime);
    assert_eq!(
        measured.ended.replies, SESSIONS,
        "each first reply was right"
    );
}

#[test]
fn more_replies_than_commands_are_extra_bytes() {
    assert_manner(bad::says_too_much, Failure::ExtraBytes);
}

#[test]
fn a_connection_that_stays_open_after_quit_is_not_closed_in_time() {
    assert_manner(bad::clings, Failure::NotClosed);
}

#[test]
fn busy_is_neither_good_nor_an_error() {
    let server = BadServer::start(bad::busy);
    let measured = measure(&sessions(&server));
    let tally = &measured.tally;
    assert_eq!(tally.busy.count(), SESSIONS);
    assert_eq!((tally.good.count(), tally.errors()), (0, 0));
    assert_eq!((measured.ended.busy, measured.goodput()), (SESSIONS, 0.0));
    assert!(measured.attempts() > 0.0);
}

#[test]
#[cfg(target_os = "linux")]
fn busy_said_between_two_rounds_is_the_end_of_the_next_one() {
    use jamd::load::{Arrivals, Drive, Stages, Then, Think};

    for rate in [Some(20.0), None] {
        let server = BadServer::start(|caller: &mut Caller| {
            caller.asked();
            caller.tell(0);
            // So the client rests: it asks again only after a pause. On a machine so slow that the pause
            // is over, it is refused all the same, for it is listened to until it has gone.
            caller.await_read();
            caller.say(support::BUSY);
            caller.await_end();
        });
        let clients = 2;
        let drive = rate.map_or(Drive::Closed { clients }, |rate| Drive::Open {
            stages: Stages::constant(rate).unwrap(),
            arrivals: Arrivals::Constant,
            clients,
        });
        let measured = measure(&Plan {
            drive,
            shape: Shape {
                then: Then::KeepAlive,
                think: Think::Fixed {
                    seconds: millis(50),
                },
                ..sessions(&server).shape
            },
            length: Length::Sessions { count: 8 },
            timeout: PATIENCE,
            ..sessions(&server)
        });
        let (good, busy) = (measured.tally.good.count(), measured.tally.busy.count());
        assert_eq!(good + busy, 8, "good and busy");
        // In turn, for each of the two clients.
        assert!((3..=4).contains(&busy), "{busy}");
    }
}

#[test]
fn a_server_that_closes_with_its_last_reply_is_not_waited_for() {
    let server = BadServer::start(|caller: &mut Caller| {
        caller.asked();
        caller.tell(0);
    });
    let measured = measure(&sessions(&server));
    assert_eq!(measured.tally.failed(Failure::NotClosed).count(), 0);
}

#[test]
fn only_what_was_answered_rightly_is_goodput() {
    let half = SESSIONS / 2;
    for (manner, failed, busy) in [
        (bad::hung as fn(&mut Caller), half, 0),
        (|_| {}, half, 0),
        (|caller| caller.say(support::BUSY), 0, half),
    ] {
        let server = BadServer::start(bad::every_other(manner));
        let measured = measure(&sessions(&server));
        let (tally, ended) = (&measured.tally, &measured.ended);
        assert_eq!((tally.good.count(), tally.intended.count()), (half, half));
        assert_eq!((tally.errors(), tally.busy.count()), (failed, busy));
        assert_eq!((ended.good, ended.failed, ended.busy), (half, failed, busy));
        assert_eq!(ended.replies, half);
        let share = measured.goodput() / measured.attempts();
        assert!((share - 0.5).abs() < 1e-9, "{share}");
    }
}
