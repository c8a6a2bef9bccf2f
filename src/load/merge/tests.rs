//! Tests of merged runs.

use proptest::prelude::*;

use super::*;
use crate::base::Percentile;
use crate::load::result::{Audit, AuditResult, End, Times};
use crate::load::{Failure, Outcome, Tally, sample};

/// A run that began `millis` later.
fn later(mut run: Measurement, millis: u64) -> Measurement {
    run.window.begin += Duration::from_millis(millis);
    run
}

fn audit<'a>(measured: &'a Measurement, name: &str) -> &'a Audit {
    let found = measured.audits.iter().find(|audit| audit.name == name);
    found.unwrap_or_else(|| panic!("no audit {name}: {:?}", measured.audits))
}

fn p99(measured: &Measurement) -> f64 {
    measured.percentile(0.99).unwrap().time.as_secs_f64()
}

#[test]
fn t12_merged_p99_of_two_shards_equals_the_p99_of_the_union_to_one_bucket_and_the_average_is_something_else()
 {
    // One shard is fast, the other, of half as many sessions, is slow now and then.
    let shard = |count: u64, nanos: &dyn Fn(u64) -> u64| {
        let mut run = sample::closed(1);
        run.tally = Tally::default();
        for index in 0..count {
            run.tally.started += 1;
            let time = Duration::from_nanos(nanos(index));
            run.tally.end(Outcome::Good, time, time);
        }
        run
    };
    let fast = |index: u64| 100_000 + index * 7;
    let slow = |index: u64| {
        if index.is_multiple_of(20) {
            50_000_000 + index * 1000
        } else {
            200_000
        }
    };
    let (a, b) = (shard(20_000, &fast), shard(10_000, &slow));
    let mut union: Vec<u64> = (0..20_000).map(fast).chain((0..10_000).map(slow)).collect();
    union.sort_unstable();
    let exact = union[29_700 - 1] as f64 / 1e9;

    let merged = merge(&[a.clone(), later(b.clone(), 10)]).unwrap();

    // A bucket is a part in a thousand wide.
    assert!(
        (p99(&merged) / exact - 1.0).abs() <= 0.001,
        "{} for {exact}",
        p99(&merged)
    );
    let average = f64::midpoint(p99(&a), p99(&b));
    assert!((average / exact - 1.0).abs() > 0.1, "{average} is {exact}");
}

#[test]
fn t13_windows_that_do_not_overlap_are_labelled_and_never_added_up() {
    let runs = [sample::closed(1), later(sample::closed(2), 60_000)];
    let merged = merge(&runs).unwrap();
    assert_eq!(
        merged.goodput(),
        runs[0].goodput(),
        "twice as much in twice the time"
    );
    assert_eq!(merged.window.elapsed, Duration::from_secs(22));
    assert_eq!(merged.plan.drive.clients(), 64);
    let label = audit(&merged, "windows");
    assert_eq!(label.verdict, AuditResult::Noted);
    assert!(
        label
            .evidence
            .contains("one after another; rates are per second of measuring")
    );

    let partly = merge(&[sample::closed(1), later(sample::closed(2), 6_000)]).unwrap();
    assert_eq!(partly.goodput(), runs[0].goodput());
    assert!(audit(&partly, "windows").evidence.contains("only in part"));
}

#[test]
fn runs_at_one_time_add_up_to_one_load() {
    let merged = merge(&[sample::closed(1), later(sample::closed(2), 300)]).unwrap();
    assert_eq!(merged.window.elapsed, Duration::from_millis(11_300));
    assert_eq!(merged.plan.drive.clients(), 128);
    assert_eq!(merged.ended.good, 2 * 10_780);
    assert_eq!(audit(&merged, "windows").verdict, AuditResult::Passed);
    assert_eq!(merged.parts.len(), 2);
    assert!(merged.is_valid());

    let open = merge(&[sample::open(1), later(sample::open(2), 1)]).unwrap();
    let Drive::Open { stages, .. } = open.plan.drive else {
        panic!("an open loop")
    };
    assert_eq!(stages.to_string(), "0s:2000");
}

#[test]
fn seconds_that_coincide_add_up_and_have_no_percentile() {
    let (a, b) = (sample::closed(1), sample::closed(2));
    let merged = merge(&[a.clone(), later(b.clone(), 2_400)]).unwrap();
    let seconds = &merged.seconds;
    assert_eq!(seconds.len(), 13);
    assert_eq!(seconds[1], a.seconds[1], "one run's own");
    let both = seconds[2];
    assert_eq!((both.started, both.ended.good), (2000, 1960));
    assert_eq!((both.p50_ns, both.p99_ns, both.connect_ns), (0, 0, 0));
    assert_eq!(both.max_ns, a.seconds[2].max_ns.max(b.seconds[0].max_ns));

    let apart = merge(&[a.clone(), later(b, 11_000)]).unwrap();
    assert_eq!(apart.seconds.len(), 22);
    assert!(apart.seconds.iter().all(|second| second.p50_ns > 0));
}

#[test]
fn repetitions_that_were_merged_before_stay_single_runs_and_shards_become_one() {
    let run = |seed, after| later(sample::closed(seed), after);
    let two = merge(&[run(1, 0), run(2, 60_000)]).unwrap();
    let four = merge(&[two, run(3, 120_000), run(4, 180_000)]).unwrap();
    assert_eq!(four.parts.len(), 4);
    assert_eq!(four.goodput(), run(1, 0).goodput());

    let pair = |seed, after| merge(&[run(seed, after), run(seed + 1, after)]).unwrap();
    let pairs = merge(&[pair(1, 0), pair(3, 60_000)]).unwrap();
    assert_eq!(pairs.parts.len(), 2);
    assert_eq!(pairs.goodput(), 2.0 * run(1, 0).goodput());
    assert_eq!(pairs.parts[0].ended.good, 2 * 10_780);
}

#[test]
fn all_shards_of_a_plan_make_the_plan_and_a_missing_one_is_noted() {
    let shard = |index| {
        let mut run = sample::closed(u64::from(index));
        run.plan.shard = Shard { index, count: 2 };
        run
    };
    let whole = merge(&[shard(1), shard(2)]).unwrap();
    assert_eq!(whole.plan.drive.clients(), 64);
    assert_eq!(whole.plan.shard, Shard::default());
    let twice = merge(&[shard(1), later(shard(1), 5)]).unwrap_err();
    assert_eq!(twice, MergeError::SameShard(1, 2, 1));

    let of_three = |index| {
        let mut run = shard(index);
        run.plan.shard.count = 3;
        run
    };
    let partial = merge(&[of_three(1), of_three(3)]).unwrap();
    assert!(
        audit(&partial, "shards")
            .evidence
            .starts_with("1 of 3 are missing")
    );
}

#[test]
fn an_invalid_run_makes_the_merge_invalid_and_is_named() {
    let mut broken = later(sample::closed(2), 60_000);
    broken.audits[0].verdict = AuditResult::Failed;
    broken.end = End::Interrupted;
    let merged = merge(&[sample::closed(1), broken]).unwrap();
    assert!(!merged.is_valid());
    assert!(
        audit(&merged, "runs")
            .evidence
            .starts_with("run 2: conservation: ")
    );
    assert_eq!(merged.end, End::Interrupted);

    let mut lossy = later(sample::closed(2), 60_000);
    lossy.tally.started += 1;
    let merged = merge(&[sample::closed(1), lossy]).unwrap();
    assert_eq!(audit(&merged, "conservation").verdict, AuditResult::Failed);
}

#[test]
fn what_cannot_be_merged_is_refused_with_the_reason() {
    let refused = |runs: &[Measurement]| merge(runs).unwrap_err().to_string();
    let closed = || sample::closed(1);
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut run = later(sample::closed(2), 60_000);
        change(&mut run.plan);
        run
    };
    assert_eq!(refused(&[]), "a merge takes at least two runs, got 0");
    assert_eq!(
        refused(&[closed()]),
        "a merge takes at least two runs, got 1"
    );
    let twice = refused(&[closed(), sample::closed(2), closed()]);
    assert!(
        twice.starts_with("run 1 and run 3 have measured the same thing"),
        "{twice}"
    );
    let kind = "run 1 and run 2 are not of one kind: ";
    for (other, said) in [
        (sample::open(2), "loop: closed and open"),
        (
            with(&|plan| plan.shape.commands = 5),
            "commands a session: 3 and 5",
        ),
        (with(&|plan| plan.timeout *= 2), "timeout: 5s and 10s"),
        (
            with(&|plan| plan.drive = Drive::Closed { clients: 9 }),
            "clients: 64 and 9",
        ),
    ] {
        assert_eq!(refused(&[closed(), other]), format!("{kind}{said}"));
    }
    let mut elsewhere = later(sample::closed(2), 60_000);
    elsewhere.place.cores = 64;
    let noted = merge(&[closed(), elsewhere]).unwrap();
    assert_eq!(audit(&noted, "conditions").evidence, "cores: 2 and 64");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_merge_holds_exactly_what_its_runs_held(
        all in prop::collection::vec((0_u64..100_000, 0_u64..50, 0_u64..50), 2..5)
    ) {
        let runs: Vec<_> = (1..).zip(&all).map(|(seed, (after, failed, busy))| {
            let mut run = later(sample::closed(seed), *after);
            for (outcome, count) in [
                (Outcome::Failed(Failure::ReplyTimedOut), *failed),
                (Outcome::Busy, *busy),
            ] {
                for _ in 0..count {
                    run.tally.started += 1;
                    run.tally.end(outcome, Duration::from_secs(1), Duration::from_secs(1));
                    run.ended.end(outcome);
                }
            }
            run
        }).collect();
        let Ok(merged) = merge(&runs) else {
            panic!("runs of one plan can be merged");
        };
        let sum = |count: fn(&Measurement) -> u64| runs.iter().map(count).sum::<u64>();
        prop_assert_eq!(merged.tally.started, sum(|run| run.tally.started));
        prop_assert_eq!(merged.tally.errors(), sum(|run| run.tally.errors()));
        prop_assert_eq!(merged.ended.attempts(), sum(|run| run.ended.attempts()));
        let by_second = |run: &Measurement| run.seconds.iter().map(|second| second.ended.good).sum::<u64>();
        prop_assert_eq!(by_second(&merged), sum(|run| run.seconds.iter().map(|second| second.ended.good).sum()));
        prop_assert!(merged.is_valid());
        let mut union = Times::new();
        for run in &runs {
            union.add(run.latency());
        }
        prop_assert_eq!(merged.latency(), &union);
        let is_known = |p: Percentile| !p.is_bound;
        prop_assert!(merged.percentile(0.5).is_some_and(is_known));
        let text = serde_json::to_string(&merged).unwrap();
        prop_assert!(serde_json::from_str::<Measurement>(&text).is_ok());
    }
}
