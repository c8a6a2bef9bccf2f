//! A real browser, driven by the `WebDriver` protocol of a `chromedriver` of its own. It reaches no network
//! but this machine's.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use super::await_that;

/// The limit of one exchange with the driver; only a failing test reaches it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A window of the browser. The browser ends when it is dropped.
pub struct Browser {
    driver: Child,
    agent: Agent,
    /// Where the driver is asked about this browser.
    session: String,
    /// Removed with the browser.
    profile: TempDir,
}

impl Browser {
    pub fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is on the PATH");
        let said = BufReader::new(driver.stdout.take().expect("piped"));
        let mut lines = said.lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let url = format!("http://127.0.0.1:{}", port.expect("a port"));
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build();
        let mut browser = Self {
            driver,
            agent: Agent::new_with_config(agent),
            session: url,
            profile: TempDir::new().unwrap(),
        };
        let profile = format!("--user-data-dir={}", browser.profile.path().display());
        let options = json!({"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-sync", "--disable-background-networking", "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*", profile,
        ]});
        let capabilities =
            json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}});
        let begun = browser.ask(
            "/session",
            json!({"capabilities": {"alwaysMatch": capabilities}}),
        );
        let id = begun["sessionId"].as_str().expect("a session").to_owned();
        browser.session = format!("{}/session/{id}", browser.session);
        browser
    }

    pub fn open(&self, url: &str) {
        self.ask("/url", json!({ "url": url }));
    }

    /// What an expression comes to on the page.
    pub fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.ask("/execute/sync", json!({"script": script, "args": []}))
    }

    /// The same of an expression that comes to a text.
    pub fn text(&self, expression: &str) -> String {
        let value = self.value(expression);
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    }

    /// Does something on the page.
    pub fn act(&self, script: &str) {
        self.ask("/execute/sync", json!({"script": script, "args": []}));
    }

    /// Waits until an expression is true on the page.
    pub fn await_true(&self, expression: &str) {
        let truth = format!("Boolean({expression})");
        await_that(expression, || self.value(&truth) == true);
    }

    /// Tells the browser what only its developers' tools can.
    pub fn emulate(&self, command: &str, params: &Value) {
        let order = json!({"cmd": command, "params": params});
        self.ask("/goog/cdp/execute", order);
    }

    pub fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.emulate("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// What the window shows, as PNG in base64.
    pub fn picture(&self) -> String {
        let answer = self
            .agent
            .get(format!("{}/screenshot", self.session))
            .call();
        Self::read(answer).as_str().expect("a picture").to_owned()
    }

    /// What the page and its requests complained of since this was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.ask("/se/log", json!({"type": "browser"}));
        let entries = log.as_array().expect("a log").iter();
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    /// Opens another window and looks at that, so that this one is hidden; what is returned leads back.
    pub fn hide(&self) -> String {
        let answer = self.agent.get(format!("{}/window", self.session)).call();
        let shown = Self::read(answer).as_str().expect("a window").to_owned();
        let other = self.ask("/window/new", json!({"type": "tab"}));
        self.ask("/window", json!({"handle": other["handle"]}));
        shown
    }

    pub fn show(&self, window: &str) {
        self.ask("/window", json!({ "handle": window }));
    }

    fn ask(&self, path: &str, order: Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.session));
        Self::read(
            request
                .content_type("application/json")
                .send(order.to_string()),
        )
    }

    #[track_caller]
    fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
        let mut answer = answer.expect("an answer from chromedriver");
        let body = answer.body_mut().with_config().limit(64 << 20);
        let body = body.read_to_string().expect("a whole answer");
        let mut value: Value = serde_json::from_str(&body).expect("JSON");
        assert!(answer.status().is_success(), "{value}");
        value["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session, and the driver when it is killed; one that is gone already
        // cannot be ended.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
