//! Bottlenecks that are there for real, and what `jamd tune` calls them. Above each stands what a person
//! types to see it.

#![cfg(target_os = "linux")]

mod support;

use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

use jamd::tune::Bottleneck;

use support::burners::Burners;
use support::own_address;
use support::program::Program;
use support::tune::{jamd_tune, tuned};

/// One at a time: whoever forces a bottleneck takes from the others what they are to have.
static ALONE: Mutex<()> = Mutex::new(());

/// Checks what a tuning calls the bottleneck, and that it says so.
#[track_caller]
fn assert_named(command: Command, bottleneck: Bottleneck, said: &str) {
    let (ended, tuning) = tuned(command);
    let diagnosis = &tuning.diagnosis;
    let context = || {
        let trials = tuning.trials.iter();
        let shown = trials.map(|trial| {
            let (workers, evidence) = (trial.candidate.workers, trial.evidence);
            format!("\n{workers} workers: {evidence:?}")
        });
        format!("{ended:?}\n{diagnosis:?}{}", shown.collect::<String>())
    };
    assert_eq!(diagnosis.bottleneck, bottleneck, "{}", context());
    assert!(diagnosis.evidence.contains(said), "{}", context());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = format!("bottleneck {}.", bottleneck.name());
    assert!(words(&ended.stdout).contains(&line), "{}", context());
    assert!(matches!(ended.code, Some(0 | 4)), "{}", context());
}

/// `jamd tune` of a server of its own, unless another is named.
fn brief(words: &[&str]) -> Command {
    jamd_tune(&[&["--quick", "--budget=11s"], words].concat())
}

/// More threads than this machine has cores, by far.
fn many() -> String {
    let cores = thread::available_parallelism().expect("cores");
    format!("--max-workers={}", 4 * cores.get())
}

/// ```text
/// jamd tune --quick --service-time 5ms --max-workers 4
/// ```
#[test]
fn workers_that_sleep_are_the_bottleneck_where_more_would_serve_more() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let command = brief(&["--service-time=5ms", "--max-workers=4"]);
    assert_named(command, Bottleneck::Workers, "The 4 workers were occupied");
}

/// ```text
/// jamd tune --quick --service-time work:5ms --max-workers 8
/// ```
#[test]
fn workers_that_compute_take_all_cores() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let command = brief(&["--service-time=work:5ms", &many()]);
    assert_named(command, Bottleneck::ServerCpu, "cores");
}

/// ```text
/// jamd serve --listen 127.0.0.1:45000 --admin 127.0.0.1:45001 --backlog 1 --service-time 2ms
/// jamd tune --quick --target 127.0.0.1:45000 --admin 127.0.0.1:45001 --clients 32 --max-workers 4
/// ```
#[test]
fn a_backlog_of_one_place_drops_whoever_comes_with_others() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let served = ["--backlog=1", "--service-time=2ms"];
    let tune = ["--clients=32", "--max-workers=4", "--budget=11s"];
    let (server, tune) = live(&served, &tune);
    assert_named(tune, Bottleneck::Backlog, "the accept backlog was full");
    server.finish().ledger(0);
}

/// ```text
/// jamd serve --listen 127.0.0.1:45000 --admin 127.0.0.1:45001
/// for core in $(seq $(nproc)); do nice -n 5 sh -c 'while :; do :; done' & done
/// nice -n 15 jamd tune --quick --target 127.0.0.1:45000 --admin 127.0.0.1:45001 --max-workers 4
/// ```
#[test]
fn a_load_generator_that_others_keep_from_the_cores_is_the_bottleneck() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever has no core takes longer to find out what has to be known first.
    let (server, tune) = live(&[], &["--max-workers=4", "--budget=20s"]);
    // About a tenth of a core: what is left beside a program of so much more weight on each.
    let starved = after(&["nice", "-n", "15"], &tune);
    let burners = Burners::start(1, 5);
    assert_named(starved, Bottleneck::Client, "load generator");
    drop(burners);
    server.finish().ledger(0);
}

/// ```text
/// jamd tune --quick --service-time 2ms --rate 200 --max-workers 4 &
/// while kill -STOP $!; do sleep 0.03; kill -CONT $!; sleep 0.07; done
/// ```
#[test]
fn a_load_generator_that_is_stopped_now_and_then_does_not_keep_to_its_pace() {
    const STOPPED: &str = r#"
"$0" "$@" &
tuner=$!
while kill -STOP $tuner 2> /dev/null; do sleep 0.03; kill -CONT $tuner; sleep 0.07; done
wait $tuner
"#;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let command = brief(&["--service-time=2ms", "--rate=200", "--max-workers=4"]);
    let stopped = after(&["sh", "-c", STOPPED], &command);
    assert_named(stopped, Bottleneck::Pacing, "began late");
}

/// ```text
/// unshare -rn sh
/// ip link set lo up; echo 20000 20019 > /proc/sys/net/ipv4/ip_local_port_range
/// jamd serve --listen 127.0.0.1:45000 --admin 127.0.0.1:45001 --zone utc &
/// jamd tune --quick --target 127.0.0.1:45000 --admin 127.0.0.1:45001 --zone utc --clients 64
/// ```
#[test]
#[ignore = "needs unshare and ip"]
fn a_load_generator_with_twenty_ports_has_none_left() {
    // A server of the tuner's own would need one of those ports each time.
    const FEW_PORTS: &str = r#"
ip link set lo up
echo "20000 20019" > /proc/sys/net/ipv4/ip_local_port_range
"$0" serve --listen 127.0.0.1:45000 --admin 127.0.0.1:45001 --zone utc --log off > /dev/null &
server=$!
trap 'kill $server' EXIT
until ss -ltn | grep -q :45001; do :; done
code=0
"$0" "$@" || code=$?
exit $code
"#;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let live = [
        "--target=127.0.0.1:45000",
        "--admin=127.0.0.1:45001",
        "--zone=utc",
    ];
    let command = brief(&[&live[..], &["--clients=64", "--max-workers=4"]].concat());
    let inside = after(&["unshare", "-rn", "sh", "-ec", FEW_PORTS], &command);
    assert_named(inside, Bottleneck::Ports, "found no local port");
}

/// ```text
/// jamd tune --quick --service-time 2ms --clients 4 --think 50ms --max-workers 4
/// ```
#[test]
fn nothing_is_the_bottleneck_of_a_server_to_which_few_come() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let few = [
        "--clients=4",
        "--think=50ms",
        "--service-time=2ms",
        "--max-workers=4",
    ];
    assert_named(brief(&few), Bottleneck::Nothing, "more could be served");
}

/// A server with these arguments besides, and a tuning of it.
fn live(server: &[&str], tune: &[&str]) -> (Program, Command) {
    let admin = own_address().to_string();
    let served = ["--workers=4", "--zone=utc", "--admin"];
    let mut server = Program::serve(&[&served[..], &[&admin], server].concat());
    let admin = format!(
        "--admin={}",
        server.next_address("administration on http://")
    );
    let target = format!("--target={}", server.addr());
    let words = [&["--quick", "--zone=utc", &admin, &target], tune].concat();
    (server, jamd_tune(&words))
}

/// A command that begins with these words and goes on as another one.
fn after(words: &[&str], command: &Command) -> Command {
    let mut longer = Command::new(words[0]);
    longer.args(&words[1..]).arg(command.get_program());
    longer.args(command.get_args()).env_clear();
    longer
}
