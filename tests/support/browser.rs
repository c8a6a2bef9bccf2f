//! A real browser, driven by the `WebDriver` protocol of a `chromedriver` of its own. It reaches no network
//! but this machine's.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::lines::{Lines, Reader};

/// The limit of every wait for the browser, which is slow where it has to share a processor; only a failing
/// test reaches it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What every script may use.
const PRELUDE: &str = "const root = document.documentElement, told = root.dataset; \
    const find = selector => document.querySelector(selector); \
    const all = selector => [...document.querySelectorAll(selector)];";

/// A window of the browser. The browser ends when it is dropped.
pub struct Browser {
    driver: Driver,
    /// Where the driver is asked about this browser.
    session: String,
    /// Removed with the browser.
    _profile: TempDir,
}

impl Browser {
    pub fn start() -> Self {
        let driver = Driver::start();
        let profile = TempDir::new().unwrap();
        let options = json!({"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-sync", "--disable-background-networking", "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*",
            // By a pipe, so that the browser ends with its driver, however that ends.
            "--remote-debugging-pipe",
            "--window-size=1440,900",
            format!("--user-data-dir={}", profile.path().display()),
        ]});
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "timeouts": {"script": PATIENCE.as_millis()},
        });
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let begun = driver.post("/session", wanted).expect("a session");
        let id = begun["sessionId"].as_str().expect("its name");
        Self {
            session: format!("/session/{id}"),
            driver,
            _profile: profile,
        }
    }

    pub fn open(&self, url: &str) {
        self.ask("/url", json!({ "url": url }));
    }

    /// What an expression comes to on the page.
    #[track_caller]
    pub fn value<T: DeserializeOwned>(&self, expression: &str) -> T {
        let value = self.run(&format!("return ({expression});"));
        serde_json::from_value(value).unwrap_or_else(|err| panic!("{err} of {expression}"))
    }

    /// Does something on the page, and returns what a script returns.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        let script = format!("{PRELUDE} {script}");
        self.ask("/execute/sync", json!({"script": script, "args": []}))
    }

    /// The same of a script that calls `done` with what is returned, later.
    #[track_caller]
    pub fn run_until_done(&self, script: &str) -> Value {
        let script = format!("{PRELUDE} const [done] = arguments; {script}");
        self.ask("/execute/async", json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true on the page.
    #[track_caller]
    pub fn await_true(&self, expression: &str) {
        self.run_until_done(&format!(
            "const looking = setInterval(() => {{ \
             if ({expression}) {{ clearInterval(looking); done(); }} }}, 10);"
        ));
    }

    /// Clicks, as a person does.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.ask(&format!("{element}/click"), json!({}));
    }

    /// Replaces what is written in a field, as a person does.
    pub fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.ask(&format!("{element}/clear"), json!({}));
        self.ask(&format!("{element}/value"), json!({ "text": text }));
    }

    fn element(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.ask("/element", wanted);
        let ids = found.as_object().expect("an element").values();
        let id = ids.map(|id| id.as_str().expect("its name")).next();
        format!("/element/{}", id.expect("its name"))
    }

    /// Tells the browser what only its developers' tools can.
    pub fn emulate(&self, command: &str, params: Value) {
        let order = json!({"cmd": command, "params": params});
        self.ask("/goog/cdp/execute", order);
    }

    /// What the window shows, as PNG in base64.
    pub fn picture(&self) -> String {
        let picture = self.driver.get(&format!("{}/screenshot", self.session));
        let picture = picture.expect("a picture");
        picture.as_str().expect("a picture").to_owned()
    }

    /// What the page and its requests complained of since this was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.log("browser");
        log.map(|entry| entry["message"].to_string()).collect()
    }

    /// Whom the page asked for what since this was asked last; the browser's own pages do not count.
    pub fn requests(&self) -> Vec<String> {
        let urls = self.log("performance").filter_map(|entry| {
            let event = entry["message"].as_str().expect("an event");
            let event: Value = serde_json::from_str(event).expect("JSON");
            let event = &event["message"];
            let is_request = event["method"] == "Network.requestWillBeSent";
            let url = is_request.then(|| event["params"]["request"]["url"].as_str())?;
            Some(url.expect("an address").to_owned())
        });
        let is_own = |url: &String| {
            let schemes = ["chrome:", "chrome-untrusted:", "data:"];
            schemes.into_iter().any(|scheme| url.starts_with(scheme))
        };
        urls.filter(|url| !is_own(url)).collect()
    }

    fn log(&self, of: &str) -> impl Iterator<Item = Value> + use<> {
        let log = self.ask("/se/log", json!({ "type": of }));
        let entries: Vec<_> = serde_json::from_value(log).expect("a log");
        entries.into_iter()
    }

    #[track_caller]
    fn ask(&self, path: &str, order: Value) -> Value {
        let answer = self
            .driver
            .post(&format!("{}{path}", self.session), order.clone());
        answer.unwrap_or_else(|err| panic!("{err} of {order}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Waits until the browser has ended, so that its profile can be removed; one that is gone already
        // cannot be ended.
        let _ = self.driver.delete(&self.session);
    }
}

/// A `chromedriver`. Killed when dropped.
struct Driver {
    child: Child,
    url: String,
    agent: Agent,
}

impl Driver {
    fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is on the PATH");
        let lines = Lines::of(child.stdout.take().expect("a pipe"), Reader::Stays);
        let port = loop {
            let line = lines.next().expect("a line that says where");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let config = Agent::config_builder()
            // Longer than the driver itself waits.
            .timeout_global(Some(2 * PATIENCE))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            agent: Agent::new_with_config(config),
        }
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        read(self.agent.get(self.url(path)).call())
    }

    fn post(&self, path: &str, order: Value) -> Result<Value, String> {
        let request = self.agent.post(self.url(path));
        let request = request.content_type("application/json");
        read(request.send(order.to_string()))
    }

    fn delete(&self, path: &str) -> Result<Value, String> {
        read(self.agent.delete(self.url(path)).call())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the driver answered, or what it complained of.
fn read(answer: Result<Response<Body>, ureq::Error>) -> Result<Value, String> {
    let mut answer = answer.map_err(|err| err.to_string())?;
    let body = answer.body_mut().with_config().limit(64 << 20);
    let body = body.read_to_vec().map_err(|err| err.to_string())?;
    let mut answered: Value = serde_json::from_slice(&body).map_err(|err| err.to_string())?;
    let value = answered["value"].take();
    match value["error"].as_str() {
        Some(error) if !answer.status().is_success() => {
            Err(format!("{error}: {}", value["message"]))
        }
        _ => Ok(value),
    }
}
