//! What is shipped for Prometheus and Grafana, judged by Prometheus' own tool and held against what the program
//! exposes.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use jamd::config::KEYS;
use jamd::observe::metrics;
use serde_json::{Value, json};
use support::http::exchange;
use support::own_address;
use support::program::{Program, ask};
use tempfile::NamedTempFile;

const CONFIGURATION: &str = "config/prometheus/prometheus.yml";
const RULES: &str = "config/prometheus/jamd.rules.yml";
const TESTS_OF_RULES: &str = "config/prometheus/jamd.rules.test.yml";
const BOARD: &str = "config/grafana/jamd.json";

/// The labels whose values the program chooses.
const LABELS: [&str; 4] = ["life", "state", "outcome", "reason"];

#[test]
#[ignore = "needs promtool"]
fn prometheus_understands_the_configuration_and_the_rules() {
    promtool(&["check", "config", CONFIGURATION], "");
    promtool(&["check", "rules", RULES], "");
}

#[test]
#[ignore = "needs promtool"]
fn every_alert_fires_when_it_should_and_only_then() {
    promtool(&["test", "rules", TESTS_OF_RULES], "");
}

#[test]
#[ignore = "needs promtool"]
fn prometheus_understands_every_expression_of_the_board() {
    let expressions = expressions(&board());
    let rules: Vec<_> = expressions
        .iter()
        .enumerate()
        .map(|(nth, expr)| json!({"record": format!("board:{nth}"), "expr": expr}))
        .collect();
    // What is JSON is YAML as well.
    let rules = json!({"groups": [{"name": "board", "rules": rules}]});
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), rules.to_string()).unwrap();
    promtool(&["check", "rules", file.path().to_str().unwrap()], "");
}

#[test]
#[ignore = "needs promtool"]
fn prometheus_has_nothing_to_object_to_in_the_metrics() {
    promtool(&["check", "metrics"], &exposed());
}

#[test]
fn every_alert_is_tested() {
    let tests = shipped(TESTS_OF_RULES);
    let rules = shipped(RULES);
    let alerts: Vec<_> = after_each("- alert: ", &rules)
        .map(|rest| rest.lines().next().unwrap())
        .collect();
    assert!(!alerts.is_empty());
    for alert in alerts {
        let fires = format!("alertname=\"{alert}\",alertstate=\"firing\"");
        assert!(tests.contains(&fires), "{alert}");
    }
}

#[test]
fn every_metric_that_is_named_is_one_that_the_program_exposes() {
    let known = names_of_metrics();
    for path in [RULES, TESTS_OF_RULES, BOARD] {
        let named = metrics_in(&shipped(path));
        assert!(!named.is_empty(), "{path}");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
    }
}

#[test]
fn every_value_of_a_label_that_is_asked_for_is_one_that_the_program_gives() {
    let exposed = exposed();
    let rules = shipped(RULES);
    let board = expressions(&board()).join("\n");
    let mut asked_for = 0;
    for label in LABELS {
        for value in [&rules, &board]
            .into_iter()
            .flat_map(|text| values_of(label, text))
        {
            let given = format!("{label}=\"{value}\"");
            assert!(exposed.contains(&given), "{given}");
            asked_for += 1;
        }
    }
    assert!(asked_for > 0);
}

#[test]
fn what_an_alert_advises_to_change_is_a_key_of_the_configuration() {
    let rules = shipped(RULES);
    let advice = rules.lines().filter(|line| !line.trim().starts_with('#'));
    // In backticks: every second piece.
    let advised: BTreeSet<_> = advice
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    let keys: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
    let unknown: Vec<_> = advised.difference(&keys).collect();
    assert!(!advised.is_empty());
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn no_two_panels_of_the_board_are_the_same_or_in_the_same_place() {
    let board = board();
    let panels = board["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        let [x, y, w, h] =
            ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        // The width of Grafana's grid.
        assert!(x + w <= 24, "{panel}");
        for place in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(place), "{place:?}: {panel}");
        }
    }
}

/// Runs `promtool` on what is shipped; it must have nothing to object to.
#[track_caller]
fn promtool(args: &[&str], input: &str) {
    let promtool = Command::new("promtool")
        .current_dir(root())
        .args(args)
        .write_stdin(input)
        .assert()
        .success();
    let output = promtool.get_output();
    let objected = String::from_utf8_lossy(&output.stderr);
    assert_eq!(objected.trim(), "", "{args:?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped(path: &str) -> String {
    let path: PathBuf = root().join(path);
    fs::read_to_string(&path).unwrap()
}

fn board() -> Value {
    serde_json::from_str(&shipped(BOARD)).unwrap()
}

/// Every expression of the board, with something in the place of Grafana's variables.
fn expressions(board: &Value) -> Vec<String> {
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let expressions = targets.map(|target| target["expr"].as_str().unwrap());
    expressions
        .map(|expr| expr.replace("$__rate_interval", "1m"))
        .collect()
}

/// The names of all metrics as Prometheus keeps them: a histogram is three.
fn names_of_metrics() -> BTreeSet<String> {
    let table = metrics::table().unwrap();
    let rows = table.lines().filter(|row| row.starts_with("| `"));
    rows.flat_map(|row| {
        let name = metrics_in(row).pop_first().unwrap();
        let parts: &[&str] = if row.contains("| histogram |") {
            &["_bucket", "_sum", "_count"]
        } else {
            &[""]
        };
        parts.iter().map(move |part| format!("{name}{part}"))
    })
    .collect()
}

/// What looks like the name of one of our metrics.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_of_name(c))
        .filter(|word| word.starts_with("jamd_"))
        .map(String::from)
        .collect()
}

/// The values that selectors ask for: `label="value"`, or `label=~"one|other"`.
fn values_of<'a>(label: &str, text: &'a str) -> Vec<&'a str> {
    let [is, is_one_of] = [format!("{label}=\""), format!("{label}=~\"")];
    let selections = after_each(&is, text).chain(after_each(&is_one_of, text));
    let values = selections.filter_map(|rest| rest.split('"').next());
    values.flat_map(|values| values.split('|')).collect()
}

/// What follows each occurrence.
fn after_each<'a>(wanted: &str, text: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(wanted).skip(1)
}

/// What a server answers to Prometheus, in the text format that its tool reads.
fn exposed() -> String {
    let admin = own_address().to_string();
    let mut program = Program::serve(&["--admin", &admin]);
    let admin = program.next_address("administration on http://");
    ask(&mut program.connect());
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {admin}\r\nAccept: text/plain\r\n\r\n");
    let answer = exchange(admin, request.as_bytes());
    assert_eq!(answer.code, 200, "{answer:?}");
    answer.body
}
