//! Tests of the whole configuration: layers, origins and round trips of values.

use std::ffi::OsString;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use proptest::prelude::*;

use super::rate::Rates;
use super::value::{Domain, Form, Written};
use super::*;

fn variables(pairs: &[(&str, String)]) -> Vec<(OsString, OsString)> {
    let pair = |(name, value): &(&str, String)| ((*name).into(), value.into());
    pairs.iter().map(pair).collect()
}

fn problems(layers: Layers) -> Vec<String> {
    let errors = layers.resolve().unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

fn millis(least: u64, most: u64) -> impl Strategy<Value = Duration> {
    (least..=most).prop_map(Duration::from_millis)
}

fn seconds(least: u64, most: u64) -> impl Strategy<Value = Duration> {
    (least..=most).prop_map(Duration::from_secs)
}

fn blocks() -> impl Strategy<Value = Vec<IpNet>> {
    let block = (any::<IpAddr>(), 0..=32_u8)
        .prop_map(|(address, length)| IpNet::new(address, length).unwrap().trunc());
    prop::collection::vec(block, 0..4)
}

type OfClients = (Option<u32>, Option<Rate>, u32, bool, Vec<IpNet>, Vec<IpNet>);

/// The limits for single clients.
fn of_clients() -> impl Strategy<Value = OfClients> {
    let count = || 1..=1_000_000_u32;
    let rate = (count(), prop::sample::select(vec!['s', 'm', 'h']));
    let rate = rate.prop_map(|(times, unit)| {
        let (text, form) = (format!("{times}/{unit}"), Form::Plain);
        Rates.read(&Written { text, form }).unwrap()
    });
    (
        prop::option::of(count()),
        prop::option::of(rate),
        count(),
        any::<bool>(),
        blocks(),
        blocks(),
    )
}

fn logging() -> impl Strategy<Value = (LogLevel, LogFormat)> {
    let levels = vec![
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Info,
        LogLevel::Debug,
        LogLevel::Trace,
        LogLevel::Off,
    ];
    let formats = vec![LogFormat::Text, LogFormat::Json];
    (prop::sample::select(levels), prop::sample::select(formats))
}

type Names = (bool, Vec<SocketAddr>, Zone, (LogLevel, LogFormat));

fn names() -> impl Strategy<Value = Names> {
    (
        any::<bool>(),
        prop::collection::vec(any::<std::net::SocketAddrV4>().prop_map(Into::into), 1..4),
        prop_oneof![
            Just(Zone::Local),
            Just(Zone::Utc),
            (-1439..=1439_i32).prop_map(Zone::East)
        ],
        logging(),
    )
}

/// Any configuration within bounds.
fn config() -> impl Strategy<Value = Config> {
    (serving(), administration()).prop_map(|(serving, administration)| Config {
        admin: administration.admin,
        admin_public: administration.admin_public,
        agent: administration.agent,
        ready_max_refused: administration.ready_max_refused,
        log_sample: administration.log_sample,
        ..serving
    })
}

/// A stack size, and the memory for closed sessions.
fn sizes() -> impl Strategy<Value = (usize, usize)> {
    const KIB: usize = 1024;
    (48 * KIB..=16 * KIB * KIB, 64 * KIB..=KIB * KIB * KIB)
}

/// Any configuration within bounds, with defaults for administration.
fn serving() -> impl Strategy<Value = Config> {
    let or_none = prop::option::of::<BoxedStrategy<Duration>>;
    let numbers = (
        1..=30_000_usize,
        1..=1_000_000_usize,
        16..=65_536_usize,
        1..=65_535_u32,
        sizes(),
        0..=1_000_000_u32,
    );
    let timeouts = (
        [(); 2].map(|()| or_none(millis(1, 3_600_000).boxed())),
        or_none(millis(100, 30 * 86_400_000).boxed()),
        or_none(millis(100, 3_600_000).boxed()),
        or_none(millis(100, 3_600_000).boxed()),
        or_none(seconds(1, 30 * 86_400).boxed()),
        (millis(0, 3_600_000), millis(0, 3_600_000)),
        or_none(seconds(1, 60).boxed()),
    );
    let turn = or_none(millis(100, 3_600_000).boxed());
    let rest = (turn, of_clients(), names());
    (numbers, timeouts, rest).prop_map(|(numbers, timeouts, (turn, of_clients, names))| {
        let (workers, queue, max_line, backlog, (stack_size, closing_memory), log_sessions) = numbers;
        let ([queue_timeout, queue_timeout_busy], idle_timeout, command_timeout, write_timeout, ..) = timeouts;
        let (.., session_timeout, (drain_delay, drain_timeout), defer_accept) = timeouts;
        let (reuse_port, listen, zone, (log, log_format)) = names;
        let (sessions, rate, burst, limits_dry_run, allow, deny) = of_clients;
        Config {
            listen,
            workers,
            queue,
            queue_timeout,
            queue_timeout_busy,
            idle_timeout,
            command_timeout,
            write_timeout,
            session_timeout,
            turn,
            max_sessions_per_client: sessions,
            session_rate_per_client: rate,
            session_burst_per_client: burst,
            limits_dry_run,
            allow,
            deny,
            drain_delay,
            drain_timeout,
            max_line,
            backlog,
            defer_accept,
            reuse_port,
            zone,
            stack_size,
            closing_memory,
            log,
            log_format,
            log_sessions,
            ..Config::default()
        }
    })
}

/// A configuration of which only the fields for administration and its log are used.
fn administration() -> impl Strategy<Value = Config> {
    let addr = || prop::option::of((any::<[u8; 4]>(), any::<u16>()).prop_map(SocketAddr::from));
    let refused = prop::option::of(0..=100_u32);
    let parts = (addr(), any::<bool>(), addr(), refused, 1..=1_000_000_u32);
    parts.prop_map(|(admin, is_public, agent, ready_max_refused, log_sample)| {
        let is_guarded = admin.is_none_or(|addr| addr.ip().is_loopback());
        Config {
            admin,
            admin_public: is_public || !is_guarded,
            agent,
            ready_max_refused,
            log_sample,
            ..Config::default()
        }
    })
}

#[test]
fn no_default_contradicts_another() {
    let (config, _) = Layers::default().resolve().unwrap();
    let limits = [
        ("queue-timeout-busy", config.queue_timeout_busy),
        ("queue-timeout", config.queue_timeout),
        ("turn", config.turn),
        ("command-timeout", config.command_timeout),
        ("idle-timeout", config.idle_timeout),
    ];
    for pair in limits.windows(2) {
        let [(shorter, a), (longer, b)] = pair else {
            unreachable!()
        };
        assert!(a < b, "{shorter} = {a:?} and {longer} = {b:?}");
    }
    // The kernel gives up a silent connection before the server does.
    assert!(config.defer_accept < config.command_timeout);
    // During a drain there is time for a command to arrive and for its reply to be read.
    assert!(config.command_timeout <= Some(config.drain_timeout));
    assert!(config.write_timeout <= Some(config.drain_timeout));
    // A burst of as many clients as workers fits in the queue.
    assert!(config.queue >= config.workers);
}

#[test]
fn an_administration_port_for_others_has_to_be_wanted() {
    let layers = |text: &str| Layers::default().file("a.toml", text.to_owned());
    for text in [
        "admin = \"127.0.0.1:1\"",
        "admin = \"[::1]:1\"",
        "admin = \"[::ffff:127.0.0.1]:1\"",
    ] {
        assert!(layers(text).resolve().is_ok(), "{text}");
    }
    assert_eq!(
        problems(layers("\nadmin = \"0.0.0.0:45001\"")),
        [
            "a.toml:2: admin must be a loopback address such as 127.0.0.1:45001 unless admin-public is \
          true, got 0.0.0.0:45001"
        ]
    );
    let wanted = "admin = \"0.0.0.0:45001\"\nadmin-public = true";
    assert!(layers(wanted).resolve().is_ok());
}

#[test]
fn every_problem_of_every_layer_is_named_and_the_file_comes_first() {
    let workers = keys::find("workers").unwrap();
    let layers = Layers::default()
        .file("a.toml", "log = info\nwokers = 3\n\nqueue = 0")
        .environment(variables(&[("JAMD_ZNE", "utc".to_owned())]))
        .flags([(workers, "-4".to_owned())]);
    assert_eq!(
        problems(layers),
        [
            "a.toml:1: text without quotes in \"log = info\"",
            "a.toml:2: unknown key \"wokers\", did you mean workers?",
            "a.toml:4: queue must be between 1 and 1000000, got 0",
            "unknown variable JAMD_ZNE, did you mean JAMD_ZONE?",
            "--workers must be between 1 and 30000, got -4",
        ]
    );
}

#[test]
fn a_retired_key_is_named_with_what_replaces_it() {
    for Retired { name, instead } in RETIRED {
        let variable = format!("JAMD_{}", name.to_uppercase().replace('-', "_"));
        let layers = Layers::default()
            .file("a.toml", format!("\n{name} = 1"))
            .environment(variables(&[(&variable, "1".to_owned())]));
        assert_eq!(
            problems(layers),
            [
                format!("a.toml:2: {name} is no longer a key: {instead}"),
                format!("{variable} is no longer a key: {instead}"),
            ]
        );
    }
}

#[test]
fn a_mistake_in_a_value_that_another_layer_goes_over_is_still_named() {
    let layers = Layers::default()
        .file("a.toml", "workers = 0")
        .environment(variables(&[("JAMD_WORKERS", "7".to_owned())]));
    assert_eq!(
        problems(layers),
        ["a.toml:1: workers must be between 1 and 30000, got 0"]
    );
}

#[test]
fn a_list_of_one_empty_text_is_not_a_list_of_nothing() {
    let (config, _) = Layers::default()
        .file("a.toml", "allow = []")
        .resolve()
        .unwrap();
    assert_eq!(config.allow, []);
    assert_eq!(
        problems(Layers::default().file("a.toml", "allow = [\"\"]")),
        ["a.toml:1: allow must be an address or a network such as 10.0.0.0/8, got \"\""]
    );
}

#[test]
fn variables_of_others_are_not_read() {
    let variables = variables(&[
        ("JAMDX", "1".to_owned()),
        ("PATH", "/bin".to_owned()),
        (FILE_VARIABLE, "nowhere".to_owned()),
    ]);
    let (config, _) = Layers::default().environment(variables).resolve().unwrap();
    assert_eq!(config, Config::default());
}

proptest! {
    #[test]
    fn a_later_layer_goes_over_an_earlier_one(
        file in prop::option::of(1..=30_000_usize),
        variable in prop::option::of(1..=30_000_usize),
        flag in prop::option::of(1..=30_000_usize),
    ) {
        let workers = keys::find("workers").unwrap();
        let text = file.map_or(String::new(), |n| format!("# first\nworkers = {n}"));
        let pairs: Vec<_> = variable.iter().map(|n| ("JAMD_WORKERS", n.to_string())).collect();
        let layers = Layers::default()
            .file("a.toml", text)
            .environment(variables(&pairs))
            .flags(flag.map(|n| (workers, n.to_string())));
        let (config, settings) = layers.resolve().unwrap();

        let expected = flag.or(variable).or(file).unwrap_or(256);
        let origin = match (flag, variable, file) {
            (Some(_), _, _) => "--workers",
            (_, Some(_), _) => "JAMD_WORKERS",
            (_, _, Some(_)) => "a.toml:2",
            _ => "default",
        };
        let setting = settings.iter().find(|s| s.key == "workers").unwrap();
        prop_assert_eq!(config.workers, expected);
        prop_assert_eq!(&setting.value, &expected.to_string());
        prop_assert_eq!(setting.origin.to_string(), origin);
    }

    #[test]
    fn a_configuration_reads_back_what_it_writes(config in config()) {
        let mut file = String::new();
        for key in KEYS {
            writeln!(file, "{} = {}", key.name, key.literal(&config)).unwrap();
        }
        let flags = KEYS.iter().map(|key| (key, key.text(&config)));
        let (from_file, _) = Layers::default().file("a.toml", file).resolve().unwrap();
        let (from_flags, _) = Layers::default().flags(flags).resolve().unwrap();
        prop_assert_eq!(&from_file, &config);
        prop_assert_eq!(&from_flags, &config);
    }
}
