//! The page of a load test in a real browser: it asks nobody for anything, and every plot shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::json;
use tempfile::TempDir;

use jamd::load::{
    Audit, Backlog, ClientSide, End, Ended, Measurement, Outcome, Place, Second, Tally, Verdict,
    Window,
};
use jamd::report::html;

/// The limit of one run of the browser; only a failing test reaches it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The plots of an open loop.
const PLOTS: usize = 5;

/// A page that does what ours must not.
const PRYING: &str = "<img src=\"http://127.0.0.1:9/\"><script>console.error(1)</script>";

#[test]
#[ignore = "needs chromium"]
fn the_page_asks_nobody_for_anything_and_has_nothing_to_complain_of() {
    let browser = Browser::new();
    let seen = browser.open(PRYING);
    assert!(
        seen.asked.iter().any(|url| url.contains("127.0.0.1:9")),
        "a request goes unseen"
    );
    assert!(!seen.complaints.is_empty(), "a complaint goes unseen");

    let seen = browser.open(&page());
    assert_eq!(seen.asked, Vec::<String>::new());
    assert_eq!(seen.complaints, Vec::<String>::new());
}

#[test]
#[ignore = "needs chromium"]
fn every_plot_is_seen_on_a_screen_and_on_a_phone() {
    let browser = Browser::new();
    let page = page();
    // Each plot is there twice, for a page and for a phone, and one of them is seen.
    let (wide, narrow) = (0, 1);
    let screen = browser.picture(&page, 1000, Theme::Light);
    for plot in 0..PLOTS {
        let without = browser.picture(&emptied(&page, 2 * plot + wide), 1000, Theme::Light);
        assert!(screen != without, "plot {plot} shows nothing");
    }
    let phone = browser.picture(&page, 400, Theme::Light);
    for (plot, is_seen) in [(narrow, true), (wide, false)] {
        let without = browser.picture(&emptied(&page, plot), 400, Theme::Light);
        assert_eq!(phone != without, is_seen, "plot {plot} on a phone");
    }
}

#[test]
#[ignore = "needs chromium"]
fn the_page_is_dark_where_the_reader_wants_it_dark() {
    let browser = Browser::new();
    let [light, dark] =
        [Theme::Light, Theme::Dark].map(|theme| browser.picture(&page(), 1000, theme));
    assert!(light != dark);
}

/// What a reader prefers, by the browser's own numbers.
#[derive(Clone, Copy)]
enum Theme {
    Dark = 0,
    Light = 1,
}

/// What a browser did with a page.
struct Seen {
    /// What the page made it ask for.
    asked: Vec<String>,
    /// What it wrote to its console.
    complaints: Vec<String>,
}

/// A browser that reaches no network, with a profile of its own.
struct Browser(TempDir);

impl Browser {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Opens a page and listens.
    fn open(&self, page: &str) -> Seen {
        let log = self.path("net.json");
        let flag = format!("--log-net-log={}", log.display());
        let output = self.run(page, &["--enable-logging=stderr", "--dump-dom", &flag]);
        let dom = String::from_utf8(output.stdout).unwrap();
        assert!(dom.contains("<body"), "no page: {dom}");
        let console = String::from_utf8_lossy(&output.stderr);
        let complaints = console.lines().filter(|line| line.contains("CONSOLE"));
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains("logEventTypes"), "no log: {log}");
        // The browser itself calls home, or would; what it does for a page has an origin.
        let own = |line: &&str| !line.contains("\"initiator\":\"not an origin\"");
        let asked = log.lines().filter(|line| line.contains("\"initiator\":"));
        Seen {
            asked: asked.filter(own).map(str::to_owned).collect(),
            complaints: complaints.map(str::to_owned).collect(),
        }
    }

    /// What a page looks like, as PNG.
    fn picture(&self, page: &str, width: u32, theme: Theme) -> Vec<u8> {
        let png = self.path("page.png");
        let flags = [
            format!("--screenshot={}", png.display()),
            format!("--window-size={width},4500"),
            format!("--blink-settings=preferredColorScheme={}", theme as u8),
        ];
        self.run(page, &flags.each_ref().map(String::as_str));
        let picture = fs::read(&png).unwrap();
        fs::remove_file(png).unwrap();
        picture
    }

    fn run(&self, page: &str, flags: &[&str]) -> Output {
        let file = self.path("page.html");
        fs::write(&file, page).unwrap();
        let output = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--hide-scrollbars", "--no-first-run", "--disable-sync"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!(
                "--user-data-dir={}",
                self.path("profile").display()
            ))
            .args(flags)
            .arg(format!("file://{}", file.display()))
            .timeout(PATIENCE)
            .output()
            .expect("chromium is on the PATH");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", output.status);
        output
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.0.path()).join(name)
    }
}

/// The page with one of its pictures emptied, and as high as before.
fn emptied(page: &str, index: usize) -> String {
    let (begin, _) = page.match_indices("<svg").nth(index).expect("a plot");
    let (before, picture) = page.split_at(begin);
    let (tag, picture) = picture.split_once('>').unwrap();
    let (drawn, after) = picture.split_once("</svg>").unwrap();
    let shapes = ["<path", "<rect", "<circle"].map(|shape| drawn.matches(shape).count());
    assert!(shapes.iter().sum::<usize>() > 0, "plot {index} is empty");
    format!("{before}{tag}></svg>{after}")
}

fn page() -> String {
    html::page(&measurement(), &[])
}

/// Two seconds of an open loop, the second slower.
fn measurement() -> Measurement {
    let mut tally = Tally::default();
    let mut ended = Ended::default();
    for index in 1..=400_u32 {
        let (time, lag) = (Duration::from_micros(300), Duration::from_micros(9));
        let (time, lag) = (time + lag * index, lag * (index % 7));
        let outcome = match index % 50 {
            0 => Outcome::Busy,
            _ => Outcome::Good,
        };
        tally.started += 1;
        tally.end(outcome, time, time + lag);
        tally.lag.record(lag);
        ended.end(outcome);
    }
    Measurement {
        plan: serde_json::from_value(plan()).unwrap(),
        place: Place {
            address: "127.0.0.1:45000".to_owned(),
            command: "jamd load --rate 200 <host>".to_owned(),
            ..Place::default()
        },
        window: Window {
            begin: Duration::from_secs(1_790_000_000),
            elapsed: Duration::from_secs(2),
        },
        tally,
        ended,
        seconds: vec![second(0), second(1)],
        client: ClientSide::default(),
        backlog: Backlog::default(),
        audits: vec![Audit {
            name: "conservation".to_owned(),
            verdict: Verdict::Passed,
            evidence: "400 started = 392 good + 8 busy".to_owned(),
        }],
        end: End::Planned,
        parts: Vec::new(),
    }
}

fn second(at: u32) -> Second {
    let slower = u64::from(at) + 1;
    Second {
        at,
        length: Duration::from_secs(1),
        started: 200,
        ended: Ended {
            good: 196,
            busy: 4,
            failed: 0,
            replies: 196,
        },
        p50_ns: 1_200_000 * slower,
        p99_ns: 2_100_000 * slower,
        connect_ns: 60_000,
        first_reply_ns: 300_000 * slower,
        close_ns: 40_000,
        ..Second::default()
    }
}

fn plan() -> serde_json::Value {
    json!({
        "target": "localhost:45000",
        "drive": {
            "loop": "open", "stages": "0:200", "arrivals": "poisson", "clients": 1000
        },
        "shape": {"commands": 1, "then": "quit", "pipeline": 1, "think": "none"},
        "length": {"duration": {"seconds": 2.0}},
        "warmup_seconds": 0.0,
        "threads": 1,
        "timeout_seconds": 5.0,
        "sources": "",
        "seed": 7,
        "skew_seconds": 0.1,
        "zone": "local",
        "shard": {"index": 1, "count": 1}
    })
}
