//! Tests of the whole what-if, with servers whose clients are known.

use proptest::prelude::*;

use super::*;
use crate::whatif::advice::PoolFigures;
use crate::whatif::queue_timeout::QueueTimeout;
use crate::whatif::share;
use crate::whatif::simulation::{Client, Server, exponential, simulate};
use crate::whatif::times::Times;

const MILLI: Nanos = 1_000_000;
const SECOND: Nanos = 1000 * MILLI;

/// The mean length of a session.
const MEAN: f64 = 20e6;

/// Half a minute of arrivals, and the time until the last session has ended.
const LAST: Nanos = 30 * SECOND;
const END: Nanos = 35 * SECOND;

/// The interval between observations.
const EVERY: usize = 250 * 1_000_000;

const SETTINGS: Pool = Pool {
    workers: 4,
    places: 64,
    timeout: QueueTimeout {
        normal: Some(Duration::from_secs(1)),
        busy: Some(Duration::from_millis(100)),
        ..QueueTimeout::NONE
    },
};

/// The clients of a simulated pool with random arrivals, `load` of them in the mean length of a session.
fn clients(seed: u64, load: f64) -> Vec<Client> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut at = SECOND;
    let mut arrivals = Vec::new();
    while at < LAST {
        arrivals.push((at, exponential(&mut random, MEAN)));
        at += 1 + exponential(&mut random, MEAN / load);
    }
    let fates = simulated(SETTINGS.workers, &arrivals);
    let client = |((arrived, length), fate)| match fate {
        Fate::Waited(waited) => Client {
            arrived,
            waited,
            lasted: Some(length),
        },
        Fate::Refused => Client {
            arrived,
            waited: 0,
            lasted: None,
        },
    };
    arrivals.into_iter().zip(fates).map(client).collect()
}

fn simulated(workers: usize, arrivals: &[(Nanos, Nanos)]) -> Vec<Fate> {
    simulate(workers, SETTINGS.places, SETTINGS.timeout, arrivals)
}

/// An advisor that has observed the clients until the end.
fn advised(clients: &[Client], machine: Machine) -> Advisor {
    let mut advisor = Advisor::new(SETTINGS, Duration::ZERO);
    let mut server = Server::of(clients.to_vec());
    for now in (0..=END).step_by(EVERY) {
        let look = server.look(now);
        advisor.look(&Observation { machine, ..look });
    }
    advisor
}

/// The advice about the clients on a machine with idle CPU.
fn advice(clients: &[Client]) -> Advice {
    advised(clients, Machine::default()).advice()
}

/// An observation without clients.
fn look_at_nobody(now: Nanos, machine: Machine) -> Observation<'static> {
    Observation {
        now: Duration::from_nanos(now),
        oldest_waiting: None,
        under_way: &[],
        records: &[],
        machine,
    }
}

fn pool(advice: &Advice, workers: usize) -> PoolFigures {
    let mut pools = advice.windows[0].pools.iter();
    *pools.find(|pool| pool.workers == workers).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_pool_there_is_would_have_done_what_it_did(seed in any::<u64>(), load in 2.0..6.0_f64) {
        let advice = advice(&clients(seed, load));
        for window in &advice.windows {
            let mut current = window.pools.iter().filter(|pool| pool.is_current);
            let current = current.next().unwrap();
            prop_assert_eq!(current.workers, SETTINGS.workers);
            prop_assert_eq!(current.wait_p50_seconds, window.wait.p50_seconds);
            prop_assert_eq!(current.wait_p99_seconds, window.wait.p99_seconds);
            let refused = share(window.refused.into(), window.arrivals.into());
            prop_assert_eq!(current.refused_ratio, refused);
        }
    }

    #[test]
    fn every_other_would_have_done_what_a_simulation_says(seed in any::<u64>()) {
        let clients = clients(seed, 3.0);
        let lasted = |client: &Client| Some((client.arrived, client.lasted?));
        let arrivals: Vec<_> = clients.iter().filter_map(lasted).collect();
        prop_assume!(arrivals.len() == clients.len());
        for pool in &advice(&clients).windows[0].pools {
            let mut waits = Times::default();
            let fates = simulated(pool.workers, &arrivals);
            for fate in &fates {
                if let Fate::Waited(waited) = fate {
                    waits.record(*waited);
                }
            }
            let refused = fates.len() as u64 - waits.count();
            prop_assert_eq!(pool.refused_ratio, share(refused.into(), fates.len() as i128));
            let waits = Percentiles::of(&waits);
            prop_assert_eq!(pool.wait_p50_seconds, waits.p50_seconds);
            prop_assert_eq!(pool.wait_p99_seconds, waits.p99_seconds);
        }
    }

    #[test]
    fn workers_are_occupied_for_what_sessions_lasted(seed in any::<u64>()) {
        let clients = clients(seed, 2.0);
        let lasted: Nanos = clients.iter().filter_map(|client| client.lasted).sum();
        prop_assume!(clients.iter().all(|client| client.lasted.is_some()));
        let pool = pool(&advice(&clients), 16);
        let utilisation = lasted as f64 / (16 * END) as f64;
        prop_assert!((pool.utilisation_ratio.unwrap() - utilisation).abs() < 1e-9);
    }
}

#[test]
fn the_same_looks_give_the_same_advice() {
    let clients = clients(1, 8.0);
    assert_eq!(advice(&clients), advice(&clients));
}

#[test]
fn a_pool_that_is_too_small_is_told_of_one_that_is_not() {
    let advice = advice(&clients(1, 3.3));
    let said = &advice.sentence;
    assert!(
        said.contains(" refused now; 12 workers would have refused none; "),
        "{said}"
    );
    assert!(said.ends_with("; 16 add nothing."), "{said}");
    assert!(advice.holds && advice.why_not.is_empty());
    assert_eq!(advice.assumption, ASSUMPTION);
}

#[test]
fn until_a_hundred_have_arrived_nothing_is_said() {
    let few = &clients(1, 2.0)[..99];
    let said = "no advice yet: 99 sessions seen, 100 needed.";
    assert_eq!(advice(few).sentence, said);
}

#[test]
fn until_a_session_has_ended_nobody_knows_how_long_it_may_be() {
    let client = |number: u64| Client {
        arrived: SECOND + number,
        waited: 0,
        lasted: (number < 4).then_some(2 * END),
    };
    let clients: Vec<_> = (0..200).map(client).collect();
    let advice = advice(&clients);
    assert!(
        advice
            .sentence
            .starts_with("no advice yet: no session has ended"),
        "{}",
        advice.sentence
    );
    let current = pool(&advice, 4);
    let open = 4 * (END - SECOND);
    let utilisation = open as f64 / (4 * END) as f64;
    assert!((current.utilisation_ratio.unwrap() - utilisation).abs() < 1e-6);
}

#[test]
fn where_the_machine_is_the_limit_it_says_so_and_is_silent() {
    let machine = Machine {
        idle: Some(0.04),
        ..Machine::default()
    };
    let advice = advised(&clients(1, 3.9), machine).advice();
    assert!(!advice.holds);
    assert!(
        advice
            .why_not
            .starts_with("the machine's CPU was 96 % busy")
    );
    assert_eq!(advice.sentence, format!("no advice: {}.", advice.why_not));
}

#[test]
fn where_many_sessions_were_missed_it_says_so_and_is_silent() {
    let machine = Machine {
        missed: 1000,
        ..Machine::default()
    };
    let advice = advised(&clients(1, 3.9), machine).advice();
    assert!(!advice.holds);
    assert!(advice.why_not.contains("too fast to be followed"));
    assert_eq!(advice.sentence, format!("no advice: {}.", advice.why_not));
}

#[test]
fn where_many_sessions_were_shortened_it_says_so_and_is_silent_until_they_have_left_the_window() {
    let shortened = |shortened| Machine {
        idle: Some(0.5),
        shortened,
        ..Machine::default()
    };
    let mut advisor = advised(&clients(1, 3.9), shortened(1000));
    let advice = advisor.advice();
    assert!(!advice.holds);
    assert!(advice.why_not.contains("closed early to make room"));
    assert!(advice.sentence.contains("or a longer turn"), "{advice:?}");
    advisor.look(&look_at_nobody(END + SECOND, shortened(1000)));
    assert!(!advisor.advice().holds);
    advisor.look(&look_at_nobody(END + 900 * SECOND, shortened(1000)));
    assert!(advisor.advice().holds);
}

#[test]
fn after_a_change_nothing_is_told_of_what_came_before_it() {
    let mut advisor = advised(&clients(1, 3.9), Machine::default());
    advisor.resize(6);
    let advice = advisor.advice();
    let pools = advice.windows[0].pools.iter();
    let workers: Vec<_> = pools.map(|pool| pool.workers).collect();
    assert_eq!(workers, counts(6));
    assert!(pool(&advice, 6).is_current);
    for window in &advice.windows {
        assert_eq!((window.arrivals, window.covered_seconds), (0, 0.0));
        let pools = window.pools.iter();
        assert!(pools.map(|pool| pool.refused_ratio).all(|it| it.is_none()));
    }
    assert!(
        advice
            .sentence
            .starts_with("no advice yet: 0 sessions seen"),
        "{}",
        advice.sentence
    );
}

#[test]
fn pools_that_are_kept_and_pools_that_begin_are_told_of_over_the_same_time() {
    let before = clients(1, 3.9);
    let after = before.iter().map(|client| Client {
        arrived: client.arrived + END,
        ..*client
    });
    let all: Vec<_> = before.iter().copied().chain(after).collect();
    let mut advisor = advised(&before, Machine::default());
    let mut server = Server::of(all);
    server.look(END);
    advisor.resize(6);
    for now in (END..=2 * END).step_by(EVERY).skip(1) {
        advisor.look(&server.look(now));
    }
    for window in advisor.advice().windows {
        // Each pool without refusals has as much to do.
        let busy = |pool: &PoolFigures| pool.utilisation_ratio.unwrap() * pool.workers as f64;
        let most = busy(window.pools.last().unwrap());
        for pool in &window.pools {
            let refused = pool.refused_ratio.unwrap();
            let expected = if refused == 0.0 {
                most
            } else {
                busy(pool).min(most)
            };
            assert!((busy(pool) - expected).abs() < 1e-9, "{pool:?}");
        }
    }
}

#[test]
fn a_pool_that_begins_has_the_sessions_that_are_under_way() {
    let client = |number| Client {
        arrived: SECOND * number,
        waited: 0,
        lasted: Some(2 * END),
    };
    let clients: Vec<_> = (1..=4).map(client).collect();
    let mut server = Server::of(clients.clone());
    let mut advisor = advised(&clients, Machine::default());
    server.look(END);
    advisor.resize(8);
    advisor.look(&server.look(END + SECOND));
    let advice = advisor.advice();
    assert_eq!(pool(&advice, 24).utilisation_ratio, Some(4.0 / 24.0));
}

#[test]
fn a_window_says_how_much_of_it_there_has_been() {
    let covered = |advisor: &Advisor| {
        let windows = advisor.advice().windows;
        windows
            .into_iter()
            .map(|window| window.covered_seconds)
            .collect::<Vec<_>>()
    };
    // The epoch may be any moment.
    let epoch = Duration::from_secs(1_790_000_002);
    let mut advisor = Advisor::new(SETTINGS, epoch);
    assert_eq!(covered(&advisor), [0.0, 0.0]);
    for (second, expected) in [(0, [0.0, 0.0]), (42, [42.0, 42.0]), (400, [57.0, 400.0])] {
        let now = nanos(epoch) + second * SECOND;
        advisor.look(&look_at_nobody(now, Machine::default()));
        assert_eq!(covered(&advisor), expected);
    }
}

#[test]
fn a_pool_is_judged_by_the_time_there_has_been() {
    let epoch = 1_790_000_002 * SECOND;
    let mut clients = clients(1, 2.0);
    for client in &mut clients {
        client.arrived += epoch;
    }
    let mut advisor = Advisor::new(SETTINGS, Duration::from_nanos(epoch));
    let mut server = Server::of(clients);
    advisor.look(&server.look(epoch + END));
    let windows = advisor.advice().windows;
    let utilisation = |window: &WindowFigures| window.pools[3].utilisation_ratio.unwrap();
    assert_eq!(utilisation(&windows[0]), utilisation(&windows[1]));
}
