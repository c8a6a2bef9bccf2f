//! Tests of the client limits: no client exceeds its limits in any sequence of sessions.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use proptest::prelude::*;

use std::time::Duration;

use super::*;

fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(number))
}

fn clients(sessions: Option<u32>, rate: Option<Rate>) -> Clients {
    let limits = ClientLimits {
        sessions,
        rate,
        ..ClientLimits::default()
    };
    Clients::new(limits, 100).unwrap()
}

#[test]
fn without_limits_there_is_nothing_to_keep() {
    assert!(Clients::new(ClientLimits::default(), 100).is_none());
}

#[test]
fn a_session_refused_for_its_place_is_not_charged_to_the_rate() {
    let rate = Rate {
        interval: Duration::from_hours(1),
        burst: 2,
    };
    let clients = clients(Some(1), Some(rate));
    let now = Instant::now();
    let place = clients.admit(address(1), now).unwrap();
    for _ in 0..5 {
        let refused = clients.admit(address(1), now).map(drop);
        assert_eq!(refused, Err(Outcome::ClientSessions));
    }
    drop(place);
    assert!(clients.admit(address(1), now).is_ok());
    let refused = clients.admit(address(1), now).map(drop);
    assert_eq!(refused, Err(Outcome::ClientRate));
}

#[test]
fn a_rate_alone_counts_no_sessions_and_always_finds_room() {
    let rate = Rate {
        interval: Duration::from_hours(1),
        burst: 1,
    };
    let clients = clients(None, Some(rate));
    let now = Instant::now();
    // More clients than the table holds.
    for number in 0..100_000 {
        assert!(matches!(clients.admit(address(number), now), Ok(None)));
    }
}

#[test]
fn places_given_back_by_other_threads_are_all_free_again() {
    const THREADS: u32 = 4;
    let clients = clients(Some(THREADS), None);
    let now = Instant::now();
    std::thread::scope(|scope| {
        let (send, receive) = crossbeam_channel::bounded::<Option<Share>>(1);
        for _ in 0..THREADS {
            let receive = receive.clone();
            scope.spawn(move || receive.iter().for_each(drop));
        }
        for number in 0..20_000 {
            if let Ok(place) = clients.admit(address(number % 3), now) {
                send.send(place).unwrap();
            }
        }
    });
    for number in 0..3 {
        let places: Vec<_> = (0..THREADS)
            .map(|_| clients.admit(address(number), now).unwrap())
            .collect();
        assert!(clients.admit(address(number), now).is_err());
        drop(places);
    }
}

proptest! {
    #[test]
    fn no_client_ever_holds_more_places_than_its_own_and_none_is_lost(
        most in 1..4_u32,
        steps in prop::collection::vec((0..5_u32, any::<bool>()), 0..200),
    ) {
        let clients = clients(Some(most), None);
        let now = Instant::now();
        let mut held: HashMap<u32, Vec<Option<Share>>> = HashMap::new();
        for (who, comes) in steps {
            let places = held.entry(who).or_default();
            if comes {
                let has_room = places.len() < most as usize;
                let place = clients.admit(address(who), now);
                prop_assert_eq!(place.is_ok(), has_room);
                places.extend(place.ok());
            } else {
                places.pop();
            }
        }
    }
}
