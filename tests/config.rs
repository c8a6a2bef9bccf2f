//! The configuration as a shell sees it: what `jamd` answers, complains of and ends with.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use jamd::config::{KEYS, RETIRED};
use tempfile::TempDir;

/// The bound on every wait, reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(10);

const SHIPPED: &str = "config/jamd.toml";

/// `jamd` in the root of the repository, with nothing of ours in its environment.
fn jamd(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("jamd").unwrap();
    command
        .timeout(PATIENCE)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("COLUMNS", "80")
        .args(args);
    command
}

/// What a run left behind: exit code, stdout, stderr.
fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A file of a given text that lives as long as its directory.
fn file(text: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.toml");
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn value_and_origin<'a>(report: &'a str, key: &str) -> (&'a str, &'a str) {
    let line = report
        .lines()
        .find(|line| line.split_once(" = ").is_some_and(|(k, _)| k.trim() == key))
        .unwrap_or_else(|| panic!("no {key} in:\n{report}"));
    let (_, rest) = line.split_once(" = ").unwrap();
    let (value, origin) = rest.split_once("   ").unwrap();
    (value.trim(), origin.trim())
}

#[test]
fn the_shipped_file_is_valid_and_every_value_comes_from_it() {
    let (code, report, stderr) = outcome(&mut jamd(&["check", "--config", SHIPPED]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(
        report.lines().next(),
        Some("configuration is valid and fits this machine")
    );
    let origins = report.lines().skip(1);
    let from_file = origins.filter(|line| line.contains("   config/jamd.toml:"));
    assert_eq!(from_file.count(), KEYS.len(), "{report}");
}

#[test]
fn the_shipped_file_says_what_holds_without_it() {
    let values = |args: &[&str]| -> Vec<String> {
        let (_, report, _) = outcome(&mut jamd(args));
        let lines = report.lines().skip(1);
        lines
            .map(|line| line.rsplit_once("   ").unwrap().0.trim().to_owned())
            .collect()
    };
    let shipped = values(&["check", "--config", SHIPPED]);
    assert_eq!(shipped.len(), KEYS.len());
    assert_eq!(shipped, values(&["check"]));
}

#[test]
fn each_value_is_reported_with_its_origin() {
    let (_dir, path) = file("# mine\nworkers = 3\nqueue = 5\nmax-line = 0x20\n");
    let mut command = jamd(&["check", "--queue", "9", "--listen", "127.0.0.1:0"]);
    let command = command
        .args(["--listen", "[::1]:0"])
        .env("JAMD_CONFIG", &path)
        .env("JAMD_QUEUE", "7")
        .env("JAMD_IDLE_TIMEOUT", "2 min");
    let (code, report, stderr) = outcome(command);

    assert_eq!((code, stderr.as_str()), (0, ""));
    let line = |number: u32| format!("{}:{number}", path.display());
    for (key, value, origin) in [
        ("workers", "3", line(2).as_str()),
        ("max-line", "32", line(4).as_str()),
        ("queue", "9", "--queue"),
        ("idle-timeout", "\"2m\"", "JAMD_IDLE_TIMEOUT"),
        ("listen", "[\"127.0.0.1:0\", \"[::1]:0\"]", "--listen"),
        ("session-timeout", "\"none\"", "default"),
    ] {
        assert_eq!(value_and_origin(&report, key), (value, origin), "{key}");
    }
}

#[test]
fn a_wrong_file_ends_both_commands_with_78_and_a_line_for_each_problem() {
    let (_dir, path) = file("workers = 0\nidle-timeout = 60\nlsten = \"x\"\n");
    let at = path.display();
    let expected = format!(
        "jamd: {at}:1: workers must be between 1 and 30000, got 0\n\
         jamd: {at}:2: idle-timeout must be a duration between 100ms and 30d or none, got 60: \
         a duration carries its unit, \"60s\" or \"60ms\"\n\
         jamd: {at}:3: unknown key \"lsten\", did you mean listen?\n"
    );
    for name in ["serve", "check"] {
        let run = outcome(jamd(&[name, "--config"]).arg(&path));
        assert_eq!(run, (78, String::new(), expected.clone()), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_with_78() {
    let (dir, path) = file("");
    fs::write(&path, b"zone = \"\xff\"").unwrap();
    let missing = dir.path().join("missing.toml");
    for (path, reason) in [
        (missing.as_path(), "no such file"),
        (dir.path(), "it is a directory"),
        (path.as_path(), "it is not UTF-8"),
        ("/dev/zero".as_ref(), "it is longer than 65536 bytes"),
        ("".as_ref(), "no such file"),
    ] {
        let run = outcome(jamd(&["check"]).env("JAMD_CONFIG", path));
        let complaint = format!("jamd: cannot read {path:?}: {reason}\n");
        assert_eq!(run, (78, String::new(), complaint));
    }
}

#[test]
fn a_wrong_variable_ends_with_78_and_a_wrong_flag_with_2() {
    let complaint = |subject| {
        format!(
            "jamd: {subject} must be IP:PORT, got 45000: \
             write \"[::]:45000\" or \"127.0.0.1:45000\"\n"
        )
    };
    let variable = outcome(jamd(&["check"]).env("JAMD_LISTEN", "45000"));
    assert_eq!(variable, (78, String::new(), complaint("JAMD_LISTEN")));
    let flag = outcome(&mut jamd(&["check", "--listen", "45000"]));
    assert_eq!(flag, (2, String::new(), complaint("--listen")));
    let both = outcome(jamd(&["check", "--queue", "0"]).env("JAMD_WRKERS", "1"));
    assert_eq!(
        both.2,
        "jamd: unknown variable JAMD_WRKERS, did you mean JAMD_WORKERS?\n\
         jamd: --queue must be between 1 and 1000000, got 0\n"
    );
    assert_eq!(both.0, 78);
}

#[test]
fn a_flag_may_begin_with_a_hyphen() {
    let (code, report, _) = outcome(&mut jamd(&["check", "--zone", "-04:30"]));
    assert_eq!(code, 0);
    assert_eq!(value_and_origin(&report, "zone"), ("\"-04:30\"", "--zone"));
}

#[test]
fn a_flag_that_says_yes_needs_no_value_and_takes_none_that_is_another_flag() {
    for (args, value) in [
        (&["--reuse-port", "--queue", "9"][..], "true"),
        (&["--queue", "9", "--reuse-port"], "true"),
        (&["--reuse-port", "true", "--queue", "9"], "true"),
        (&["--reuse-port=false", "--queue", "9"], "false"),
    ] {
        let (code, report, _) = outcome(&mut jamd(&[&["check"], args].concat()));
        assert_eq!(code, 0, "{args:?}");
        let reported = value_and_origin(&report, "reuse-port");
        assert_eq!(reported, (value, "--reuse-port"), "{args:?}");
        assert_eq!(value_and_origin(&report, "queue"), ("9", "--queue"));
    }
    let (_dir, path) = file("reuse-port = true");
    let (code, report, _) = outcome(jamd(&["check", "--config"]).arg(&path));
    assert_eq!(
        (code, value_and_origin(&report, "reuse-port").0),
        (0, "true")
    );
    let (_dir, path) = file("reuse-port = \"true\"");
    let (code, _, stderr) = outcome(jamd(&["check", "--config"]).arg(&path));
    let said = "reuse-port must be true or false, got \"true\"";
    assert!(code == 78 && stderr.contains(said), "{stderr}");
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let (code, stdout, stderr) = outcome(&mut jamd(&["serve", "--wrokers", "4"]));
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("--workers"), "{stderr}");
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    for args in [
        ["check", "--log=off"],
        ["completions", "bash"],
        ["man", "serve"],
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("jamd"));
        command.env_clear().args(args).stdout(writer);
        let (done, ended) = mpsc::channel();
        thread::spawn(move || done.send(command.status()));
        let status = ended.recv_timeout(PATIENCE).unwrap().unwrap();
        assert!(status.success(), "{args:?}: {status}");
    }
}

#[test]
fn the_short_help_of_serve_fits_a_screen() {
    let (code, help, _) = outcome(&mut jamd(&["serve", "-h"]));
    assert_eq!(code, 0);
    assert!(help.contains("--workers <COUNT>"), "{help}");
    assert!(help.lines().count() <= 24, "{help}");
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
}

#[test]
fn the_long_help_of_serve_names_every_key_with_its_bounds_and_variable() {
    let (_, help, _) = outcome(&mut jamd(&["serve", "--help"]));
    let one_line = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "between 1 and 30000 [default: 256] [env: JAMD_WORKERS]",
        "--stack-size <SIZE>",
        "[env: JAMD_DEFER_ACCEPT]",
    ] {
        assert!(one_line.contains(text), "no {text:?} in:\n{help}");
    }
    assert_eq!(one_line.matches("[default: ").count(), KEYS.len(), "{help}");
}

#[test]
fn no_subcommand_shows_the_help_without_what_scripts_use() {
    let (_, stdout, help) = outcome(&mut jamd(&[]));
    assert_eq!(stdout, "");
    assert!(help.contains("serve"), "{help}");
    assert!(!help.contains("completions"), "{help}");
}

#[test]
fn scripts_and_manual_pages_go_to_stdout() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, stderr) = outcome(&mut jamd(&["completions", shell]));
        assert_eq!((code, stderr.as_str()), (0, ""), "{shell}");
        assert!(script.contains("queue-timeout"), "{shell}:\n{script}");
    }
    let (code, page, _) = outcome(&mut jamd(&["man"]));
    assert_eq!(code, 0);
    assert!(page.contains(".TH jamd 1"), "{page}");
    let (code, page, _) = outcome(&mut jamd(&["man", "serve"]));
    assert_eq!(code, 0);
    assert!(page.contains(".TH jamd-serve 1"), "{page}");
    let (code, _, stderr) = outcome(&mut jamd(&["man", "srve"]));
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "jamd: COMMAND must be a subcommand of jamd, got \"srve\"\n"
    );
}

#[test]
fn the_flag_of_a_retired_key_says_what_replaces_it() {
    for key in RETIRED {
        let flag = format!("--{}", key.name);
        let (code, stdout, stderr) = outcome(&mut jamd(&["check", &flag, "1"]));
        assert_eq!((code, &*stdout), (2, ""));
        assert!(stderr.contains(&flag), "{stderr}");
        assert!(stderr.contains(key.instead), "{stderr}");
    }
}
