//! The live page of a real server in a real browser.

mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;

use jamd::load::{Plan, Stop};
use jamd::observe::State;
use serde_json::json;
use support::browser::Browser;
use support::http::{get, status};
use support::load::{closed, lasting, measure_until};
use support::program::Program;
use support::{PATIENCE, await_that, own_address};

/// The page says how far it is in the attributes of its root.
const TOLD: &str = "document.documentElement.dataset";

fn administered(listen: &str, admin: &str, args: &[&str]) -> (Program, SocketAddr) {
    let listening = [
        "--listen",
        listen,
        "--admin",
        admin,
        "--command-timeout=none",
    ];
    let command = support::program::jamd_serve(&[&listening, args].concat());
    let mut program = Program::start(command);
    let admin = program.next_address("administration on http://");
    (program, admin)
}

fn serve(args: &[&str]) -> (Program, SocketAddr) {
    let [listen, admin] = [own_address(), own_address()].map(|addr| addr.to_string());
    administered(&listen, &admin, args)
}

/// A browser that shows the page of a server.
fn looking_at(admin: SocketAddr) -> Browser {
    let browser = Browser::start();
    browser.open(&format!("http://{admin}/"));
    browser.await_true(&format!("{TOLD}.connection === 'live'"));
    browser
}

/// How many workers the page shows in each state.
fn tiles(browser: &Browser) -> BTreeMap<String, usize> {
    let legend = "JSON.stringify(Object.fromEntries([...document.querySelectorAll('#legend li')] \
        .map(it => [it.dataset.state, Number(it.dataset.count)])))";
    serde_json::from_str(&browser.text(legend)).expect("counts")
}

/// How many the server says there are.
fn workers(admin: SocketAddr) -> BTreeMap<String, usize> {
    let states = status(admin).server.workers.states;
    State::ALL
        .map(|state| (state.name().to_owned(), *states.of(state)))
        .into()
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn tiles_are_what_the_status_says_while_sessions_come_and_go_beside_those_that_stay() {
    let (program, admin) = serve(&["--workers=32"]);
    let browser = looking_at(admin);
    let _awaiting: Vec<_> = (0..5).map(|_| program.occupy()).collect();
    let _reading: Vec<_> = (0..3).map(|_| program.occupy_in_mid_command()).collect();
    let plan = Plan {
        length: lasting(PATIENCE * 2),
        ..closed(program.addr(), 8)
    };
    let stop = Stop::default();
    thread::scope(|scope| {
        scope.spawn(|| measure_until(&plan, &stop));
        await_that("the page has seen the load", || {
            tiles(&browser)["awaiting"] > 5
        });
        stop.request();
    });
    await_that("the page shows what the server says", || {
        let before = workers(admin);
        let shown = tiles(&browser);
        before["awaiting"] == 5 && before["reading"] == 3 && shown == before
    });
    assert_eq!(tiles(&browser).values().sum::<usize>(), 32);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn its_form_changes_the_number_of_workers_and_shows_why_it_does_not() {
    let (_program, admin) = serve(&["--workers=4"]);
    let browser = looking_at(admin);
    let wish = |workers: &str| {
        browser.act(&format!(
            "document.querySelector('#wanted').value = '{workers}'"
        ));
        browser.act("document.querySelector('#apply').click()");
    };
    wish("7");
    browser.await_true("document.querySelector('#change').innerText.includes('7')");
    assert_eq!(
        get(admin, "/workers").body,
        "{\"workers\":4}\n",
        "not confirmed yet"
    );
    browser.act("document.querySelector('#yes').click()");
    browser.await_true(&format!("{TOLD}.workers === '7'"));
    assert_eq!(get(admin, "/workers").body, "{\"workers\":7}\n");
    wish("99999");
    browser.act("document.querySelector('#yes').click()");
    browser.await_true("document.querySelector('#resized').className === 'failed'");
    let said = browser.text("document.querySelector('#resized').innerText");
    assert!(said.contains("between 1 and 30000"), "{said}");
    assert_eq!(get(admin, "/workers").body, "{\"workers\":7}\n");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn it_survives_a_restart_of_the_server_and_says_so() {
    let [listen, admin] = [own_address(), own_address()].map(|addr| addr.to_string());
    let (first, at) = administered(&listen, &admin, &["--workers=3"]);
    let browser = looking_at(at);
    let run = browser.text(&format!("{TOLD}.startedSeconds"));
    first.finish();
    browser.await_true(&format!("{TOLD}.connection === 'lost'"));
    let (_second, _) = administered(&listen, &at.to_string(), &["--workers=5"]);
    browser.await_true(&format!(
        "{TOLD}.connection === 'live' && {TOLD}.restarts === '1'"
    ));
    browser.await_true(&format!("{TOLD}.workers === '5'"));
    assert_ne!(browser.text(&format!("{TOLD}.startedSeconds")), run);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn it_is_light_or_dark_as_the_reader_has_it_and_fits_a_phone() {
    let (program, admin) = serve(&["--workers=16"]);
    let _awaiting: Vec<_> = (0..5).map(|_| program.occupy()).collect();
    let browser = looking_at(admin);
    let [light, dark] = ["light", "dark"].map(|theme| {
        let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
        browser.emulate(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
        let background = "getComputedStyle(document.body).backgroundColor";
        (browser.text(background), browser.picture())
    });
    assert!(light.0 != dark.0 && light.1 != dark.1);
    browser.resize(375, 812);
    browser.await_true("innerWidth === 375");
    let root = "document.documentElement";
    let fits = format!("{root}.scrollWidth <= {root}.clientWidth");
    assert_eq!(browser.value(&fits), true);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Milliseconds that a redraw may take at the median.
const REDRAW: f64 = 50.0;

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_thousand_workers_are_drawn_quickly_and_not_at_all_while_nobody_looks() {
    let (program, admin) = serve(&["--workers=1000"]);
    let _awaiting: Vec<_> = (0..200).map(|_| program.occupy()).collect();
    let browser = looking_at(admin);
    let answers = || browser.text(&format!("{TOLD}.answers"));
    let mut redraws = Vec::new();
    for _ in 0..9 {
        let before = answers();
        await_that("another answer", || answers() != before);
        redraws.push(
            browser
                .text(&format!("{TOLD}.redrawMs"))
                .parse::<f64>()
                .unwrap(),
        );
    }
    redraws.sort_by(f64::total_cmp);
    assert!(redraws[4] < REDRAW, "{redraws:?}");
    assert_eq!(tiles(&browser).values().sum::<usize>(), 1000);

    browser.act(&format!(
        "window.turns = []; document.addEventListener('visibilitychange', \
         () => turns.push([{TOLD}.answers, performance.now()].map(Number)))"
    ));
    let window = browser.hide();
    browser.open("about:blank");
    await_that("the time of some answers passes", || {
        browser.value("performance.now()").as_f64() > Some(3500.0)
    });
    browser.show(&window);
    browser.await_true("turns.length === 2");
    let turns: Vec<[f64; 2]> = serde_json::from_value(browser.value("turns")).unwrap();
    let [[before, hidden], [after, shown]] = turns[..] else {
        panic!("hidden and shown once: {turns:?}");
    };
    assert!(shown - hidden > 3000.0, "{turns:?}");
    // One that was on its way when the page was hidden.
    assert!(after - before <= 1.0, "{turns:?}");
    await_that("it goes on", || answers().parse::<f64>().unwrap() > after);
}
