//! Tests of the timeline with servers whose clients are known, and of its bounds.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::whatif::QueueTimeout;
use crate::whatif::observation::Machine;
use crate::whatif::shadow_pool::ShadowPool;
use crate::whatif::simulation::{Client, Server, simulate};

const MILLI: Nanos = 1_000_000;
const SECOND: Nanos = 1000 * MILLI;

/// Clients in order with distinct arrivals; some wait for seconds, some stay for many.
fn clients() -> impl Strategy<Value = Vec<Client>> {
    let gap = prop_oneof![3 => 1..100 * MILLI, 1 => 1..2 * SECOND];
    let waited = prop_oneof![2 => Just(0), 1 => 0..500 * MILLI, 1 => 0..3 * SECOND];
    let lasted = prop_oneof![4 => 0..300 * MILLI, 2 => 0..3 * SECOND, 1 => 0..20 * SECOND];
    let client = (gap, waited, proptest::option::weighted(0.9, lasted));
    vec(client, 1..60).prop_map(|clients| {
        let mut arrived = 0;
        let arrive = |(gap, waited, lasted)| {
            arrived += gap;
            Client {
                arrived,
                waited,
                lasted,
            }
        };
        clients.into_iter().map(arrive).collect()
    })
}

/// Observes the clients at this interval until the last is let through and has ended.
fn look_at(clients: &[Client], every: Nanos) -> (Timeline, Vec<Event>) {
    let end = clients.iter().map(Client::ended).max().unwrap();
    let mut server = Server::of(clients.to_vec());
    let (mut timeline, mut events) = (Timeline::new(0), Vec::new());
    let mut now = 0;
    while now <= end {
        now += every;
        timeline.take(&server.look(now), &mut events);
    }
    (timeline, events)
}

/// The arrivals with their final lengths and fates.
fn arrivals(events: &[Event]) -> Vec<(Nanos, Nanos, Fate)> {
    let ended = |open| {
        events.iter().find_map(|event| match event {
            Event::Ended {
                session, lasted, ..
            } if *session == open => Some(*lasted),
            _ => None,
        })
    };
    let arrival = |event: &Event| match event {
        Event::Arrived(Arrival { at, length }, fate) => Some(match length {
            Length::Known(lasted) => (*at, *lasted, *fate),
            Length::Open { session, .. } => (*at, ended(*session).unwrap(), *fate),
        }),
        _ => None,
    };
    events.iter().filter_map(arrival).collect()
}

proptest! {
    #[test]
    fn everybody_is_let_through_once_in_order_of_arrival_and_with_the_length_that_was(
        clients in clients(), every in MILLI..2 * SECOND
    ) {
        let (timeline, events) = look_at(&clients, every);
        prop_assert_eq!(timeline.disorder(), Disorder::default());
        let arrivals = arrivals(&events);
        prop_assert_eq!(arrivals.len(), clients.len());
        for ((at, lasted, fate), client) in arrivals.into_iter().zip(&clients) {
            prop_assert_eq!(at, client.arrived);
            if let Some(known) = client.lasted {
                prop_assert_eq!((lasted, fate), (known, Fate::Waited(client.waited)));
            } else {
                prop_assert_eq!(fate, Fate::Refused);
            }
        }
    }

    #[test]
    fn a_pool_that_is_told_all_that_says_what_a_simulation_of_the_whole_says(
        clients in clients(), every in MILLI..2 * SECOND, workers in 1_usize..6,
        places in prop_oneof![0_usize..8, Just(usize::MAX)],
        limits in proptest::array::uniform2(proptest::option::of(0..5 * SECOND))
    ) {
        let (_, events) = look_at(&clients, every);
        let [normal, busy] = limits.map(|limit| limit.map(Duration::from_nanos));
        let timeout = QueueTimeout::of(normal, busy);
        let mut pool = ShadowPool::new(workers, places, timeout);
        let mut told = Vec::new();
        let mut tell = |at, fate| told.push((at, fate));
        for event in &events {
            match *event {
                Event::Ended { at, session, lasted } => pool.close(at, session, lasted, &mut tell),
                Event::StillOpen(until) => pool.still_open(until, &mut tell),
                Event::Arrived(arrival, _) => pool.enter(arrival, &mut tell),
            }
        }
        pool.nobody_before(u64::MAX, &mut tell);
        told.sort_by_key(|(at, _)| *at);
        let arrivals: Vec<_> = arrivals(&events).iter().map(|(at, lasted, _)| (*at, *lasted)).collect();
        let simulated = simulate(workers, places, timeout, &arrivals);
        let arrived = arrivals.iter().map(|(at, _)| *at);
        prop_assert_eq!(told, arrived.zip(simulated).collect::<Vec<_>>());
    }
}

/// A timeline with single observations.
struct Looks(Timeline);

impl Looks {
    fn new() -> Self {
        Self(Timeline::new(0))
    }

    /// The events after an observation.
    fn at(
        &mut self,
        now: Nanos,
        oldest_waiting: Option<Nanos>,
        under_way: &[UnderWay],
        records: &[Record],
    ) -> Vec<Event> {
        let mut events = Vec::new();
        let look = Observation {
            now: time(now),
            oldest_waiting: oldest_waiting.map(time),
            under_way,
            records,
            machine: Machine::default(),
        };
        self.0.take(&look, &mut events);
        events
    }
}

fn time(nanos: Nanos) -> Duration {
    Duration::from_nanos(nanos)
}

fn session(number: u64) -> SessionId {
    SessionId { worker: 3, number }
}

fn under_way(number: u64, arrived: Nanos) -> UnderWay {
    UnderWay {
        session: session(number),
        arrived: time(arrived),
        waited: Duration::ZERO,
    }
}

fn served(number: u64, arrived: Nanos, lasted: Nanos) -> Record {
    Record::Served {
        session: session(number),
        arrived: time(arrived),
        waited: Duration::ZERO,
        lasted: time(lasted),
    }
}

fn arrived(at: Nanos, lasted: Nanos) -> Event {
    let length = Length::Known(lasted);
    Event::Arrived(Arrival { at, length }, Fate::Waited(0))
}

#[test]
fn everything_waits_for_who_waits_and_for_the_length_of_a_young_session() {
    let mut looks = Looks::new();
    let records = [served(1, 300, 5), served(2, 200, 200), served(3, 100, 400)];
    let events = looks.at(1000, Some(250), &[], &records);
    assert_eq!(events[1..], [arrived(100, 400), arrived(200, 200)]);
    let events = looks.at(2000, None, &[under_way(4, 250)], &[]);
    assert_eq!(events[1..], []);
    let events = looks.at(3000, None, &[], &[served(4, 250, 2000)]);
    assert_eq!(events[1..], [arrived(250, 2000), arrived(300, 5)]);
}

#[test]
fn a_session_that_goes_on_is_let_through_as_open_and_told_of_again_when_it_ends() {
    let mut looks = Looks::new();
    let open = Length::Open {
        session: session(1),
        began: 100,
    };
    let arrival = Arrival {
        at: 100,
        length: open,
    };
    let now = 100 + nanos(GRACE);
    let events = looks.at(now, None, &[under_way(1, 100)], &[]);
    let still_open = Event::StillOpen(now);
    assert_eq!(
        events,
        [still_open, Event::Arrived(arrival, Fate::Waited(0))]
    );
    assert_eq!(looks.0.under_way(), [arrival]);
    let events = looks.at(now + 100, None, &[], &[served(1, 100, now)]);
    let ended = Event::Ended {
        at: 100,
        session: session(1),
        lasted: now,
    };
    assert_eq!(events, [ended, Event::StillOpen(now + 100)]);
    assert_eq!(looks.0.under_way(), []);
}

#[test]
fn a_session_that_is_neither_seen_nor_recorded_may_have_ended_at_any_time_and_is_given_up() {
    let mut looks = Looks::new();
    let now = 10 * SECOND;
    looks.at(now, None, &[under_way(1, 0)], &[]);
    let later = now + nanos(GRACE);
    let events = looks.at(later, None, &[], &[]);
    assert_eq!(
        events,
        [Event::StillOpen(now)],
        "its record may be on its way"
    );
    let events = looks.at(later + 1, None, &[], &[]);
    let ended = Event::Ended {
        at: 0,
        session: session(1),
        lasted: now,
    };
    assert_eq!(events, [ended, Event::StillOpen(later + 1)]);
    assert_eq!(looks.0.disorder().lost, 1);
}

#[test]
fn what_comes_late_is_taken_as_the_last() {
    let mut looks = Looks::new();
    looks.at(1000, None, &[], &[served(1, 500, 5)]);
    let events = looks.at(2000, None, &[], &[served(2, 400, 5), served(3, 1500, 5)]);
    assert_eq!(events[1..], [arrived(1000, 5), arrived(1500, 5)]);
    assert_eq!(looks.0.disorder().late, 1);
}

#[test]
fn what_is_held_is_bounded_and_the_earliest_is_let_through_beyond() {
    let mut looks = Looks::new();
    let most = HELD_MOST as u64;
    let records: Vec<_> = (0..most + 2)
        .map(|number| served(number, 100 + number, 5))
        .collect();
    let events = looks.at(SECOND, Some(1), &[], &records);
    assert_eq!(events[1..], [arrived(100, 5), arrived(101, 5)]);
    let events = looks.at(2 * SECOND, None, &[], &[served(most + 2, 1, 5)]);
    assert_eq!(events[1..3], [arrived(101, 5), arrived(102, 5)]);
    let (early, late, lost) = (2, 1, 0);
    assert_eq!(looks.0.disorder(), Disorder { early, late, lost });
}

#[test]
fn who_was_refused_would_have_stayed_as_long_as_somebody_who_was_not() {
    let mut looks = Looks::new();
    let refused = Record::Refused { arrived: time(10) };
    let events = looks.at(1000, None, &[], &[refused, served(1, 5, 42)]);
    let length = Length::Known(42);
    let refused = Event::Arrived(Arrival { at: 10, length }, Fate::Refused);
    assert_eq!(events[1..], [arrived(5, 42), refused]);
}
