//! The shipped units of systemd, judged by systemd itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// Tenths of systemd's measure of exposure, from 0 to 100.
const MOST_EXPOSED: u32 = 5;

/// Where the units expect the program.
const INSTALLED: &str = "/usr/local/bin/jamd";

/// The units with the program that was built, where systemd can look at them.
fn units() -> (TempDir, [String; 2]) {
    let dir = TempDir::new().unwrap();
    let built = cargo_bin!("jamd").display().to_string();
    let units = ["jamd.service", "jamd.socket"].map(|name| {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/systemd");
        let text = fs::read_to_string(shipped.join(name)).unwrap();
        let path = dir.path().join(name);
        fs::write(&path, text.replace(INSTALLED, &built)).unwrap();
        path.display().to_string()
    });
    (dir, units)
}

/// Runs `systemd-analyze`, which must have nothing to object to, and returns what it says.
#[track_caller]
fn analyzed(args: &[&str]) -> String {
    let output = Command::new("systemd-analyze").args(args).output();
    let output = output.expect("systemd-analyze");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, objected) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{args:?}: {said}{objected}");
    assert_eq!(objected, "", "{args:?}");
    said
}

#[test]
#[ignore = "needs systemd-analyze"]
fn systemd_understands_every_line_of_the_units() {
    let (_dir, [service, socket]) = units();
    analyzed(&["verify", "--man=no", &service, &socket]);
}

#[test]
#[ignore = "needs systemd-analyze"]
fn the_service_is_exposed_as_little_as_the_readme_says() {
    let said = exposure();
    let score = said.lines().find(|line| line.contains("exposure level"));
    println!("{}", score.unwrap_or(&said));
}

#[test]
#[ignore = "needs systemd-analyze"]
fn the_service_may_ask_how_well_the_clock_is_kept_and_not_change_it() {
    let said = exposure();
    let is_kept = |rule: &str| {
        let mut lines = said.lines().map(str::trim_start);
        let line = lines.find(|line| line.contains(rule));
        line.unwrap_or_else(|| panic!("nothing about {rule} in {said}"))
            .starts_with('✓')
    };
    assert!(!is_kept(" SystemCallFilter=~@clock "));
    assert!(!is_kept(" ProtectClock="));
    assert!(is_kept(" CapabilityBoundingSet=~CAP_SYS_TIME "));
}

/// What systemd says of everything that the service may do.
fn exposure() -> String {
    let (_dir, [service, _socket]) = units();
    let threshold = format!("--threshold={MOST_EXPOSED}");
    analyzed(&[
        "security",
        "--offline=true",
        &threshold,
        "--no-pager",
        &service,
    ])
}
