//! A browser that is started anew for every page, to see what the page asks for and what it looks like.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

/// The limit of one run of the browser; only a failing test reaches it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Higher than any page up to the last of its plots.
const HEIGHT: u32 = 7000;

/// A page that does what ours must not.
const PRYING: &str = "<img src=\"http://127.0.0.1:9/\"><script>console.error(1)</script>";

/// What a reader prefers, by the browser's own numbers.
#[derive(Clone, Copy)]
pub enum Theme {
    Dark = 0,
    Light = 1,
}

/// What a browser did with a page.
pub struct Seen {
    /// What the page made it ask for.
    pub asked: Vec<String>,
    /// What it wrote to its console.
    pub complaints: Vec<String>,
}

/// A browser that reaches no network, with a profile of its own.
pub struct Browser(TempDir);

impl Browser {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Opens a page and listens.
    pub fn open(&self, page: &str) -> Seen {
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
    pub fn picture(&self, page: &str, width: u32, theme: Theme) -> Vec<u8> {
        let png = self.path("page.png");
        let flags = [
            format!("--screenshot={}", png.display()),
            format!("--window-size={width},{HEIGHT}"),
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

/// Checks that a page asks nobody for anything and has nothing to complain of, and that it would be seen.
#[track_caller]
pub fn assert_asks_nobody(page: &str) {
    let browser = Browser::new();
    let seen = browser.open(PRYING);
    assert!(
        seen.asked.iter().any(|url| url.contains("127.0.0.1:9")),
        "a request goes unseen"
    );
    assert!(!seen.complaints.is_empty(), "a complaint goes unseen");

    let seen = browser.open(page);
    assert_eq!(seen.asked, Vec::<String>::new());
    assert_eq!(seen.complaints, Vec::<String>::new());
}

/// Checks that each of so many plots shows something by day and by night and on a phone. Each is there
/// twice, for a screen and for a phone, and one of them is seen.
#[track_caller]
pub fn assert_every_plot_shows(page: &str, plots: usize) {
    let browser = Browser::new();
    assert_eq!(page.matches("<svg").count(), 2 * plots);
    let (wide, narrow) = (0, 1);
    for (width, theme, shape) in [
        (1000, Theme::Light, wide),
        (1000, Theme::Dark, wide),
        (400, Theme::Light, narrow),
    ] {
        let whole = browser.picture(page, width, theme);
        let is_seen = |picture| browser.picture(&emptied(page, picture), width, theme) != whole;
        for plot in 0..plots {
            assert!(
                is_seen(2 * plot + shape),
                "plot {plot} shows nothing at {width}"
            );
        }
        assert!(!is_seen(1 - shape), "plot 0 is seen twice at {width}");
    }
}

/// Checks that a page is dark where the reader wants it dark.
#[track_caller]
pub fn assert_dark_by_night(page: &str) {
    let browser = Browser::new();
    let [light, dark] = [Theme::Light, Theme::Dark].map(|theme| browser.picture(page, 1000, theme));
    assert!(light != dark);
}

/// The page with one of its pictures emptied, and as high as before.
pub fn emptied(page: &str, index: usize) -> String {
    let (begin, _) = page.match_indices("<svg").nth(index).expect("a plot");
    let (before, picture) = page.split_at(begin);
    let (tag, picture) = picture.split_once('>').unwrap();
    let (drawn, after) = picture.split_once("</svg>").unwrap();
    let shapes = ["<path", "<rect", "<circle"].map(|shape| drawn.matches(shape).count());
    assert!(shapes.iter().sum::<usize>() > 0, "plot {index} is empty");
    format!("{before}{tag}></svg>{after}")
}
