//! The live page of a real server in a real browser.

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use jamd::observe::{ByState, State};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use support::browser::Browser;
use support::http::{get, post, status};
use support::load::jamd_load;
use support::program::{Program, Running};
use support::{await_that, own_address};

/// Milliseconds that a redraw of a thousand workers may take at the median.
const REDRAW: f64 = 50.0;

/// A page that does what ours must not.
const PRYING: &str =
    "data:text/html,<img src='http://127.0.0.1:9/'><script>console.error(1)</script>";

/// A server whose page is at this address, and where that is if its port is for the server to choose.
fn serve(admin: SocketAddr, args: &[&str]) -> (Program, SocketAddr) {
    let admin = admin.to_string();
    let own = ["--admin", &admin, "--zone=utc", "--command-timeout=none"];
    let mut program = Program::serve(&[&own, args].concat());
    let admin = program.next_address("administration on http://");
    (program, admin)
}

/// Sessions that begin and end all the time, so many at a time. They end when this is dropped.
fn load(program: &Program, clients: usize) -> Running {
    let clients = clients.to_string();
    let pace = ["--commands=5", "--think=exp:100ms", "--duration=1h"];
    let words = [&["--clients", &clients], pace.as_slice()].concat();
    Running::start(jamd_load(program.addr(), &words))
}

/// A browser that shows the page of a server.
fn looking_at(admin: SocketAddr) -> Browser {
    let browser = Browser::start();
    look_at(&browser, admin);
    browser
}

fn look_at(browser: &Browser, admin: SocketAddr) {
    browser.open(&format!("http://{admin}/"));
    browser.await_true("told.connection === 'live'");
}

/// Workers, each with its state, and how many there are in each.
type Workers = (Vec<(usize, State)>, ByState<usize>);

/// What the page shows, where there is room to show every worker with its name.
fn shown(browser: &Browser) -> Workers {
    browser.value(
        "[all('#cards li').map(({dataset}) => [Number(dataset.worker), dataset.state]), \
         Object.fromEntries(all('#legend li').map(({dataset}) => [dataset.state, Number(dataset.count)]))]",
    )
}

/// What the server says.
fn said(admin: SocketAddr) -> Workers {
    let server = status(admin).server;
    let pool = server.pool.iter().map(|it| (it.worker, it.state)).collect();
    (pool, server.workers.states)
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn every_tile_is_what_the_status_says_of_its_worker_under_load() {
    let (program, admin) = serve(own_address(), &["--workers=16"]);
    let _awaiting = [(); 3].map(|()| program.occupy());
    let _reading = [(); 2].map(|()| program.occupy_in_mid_command());
    let load = load(&program, 8);
    let browser = looking_at(admin);
    browser.await_true("Number(find('#served-rate').dataset.value) > 0");
    // A moment of rest, as long as it takes the page to ask once more.
    load.signal(Signal::SIGSTOP);
    let mut workers = said(admin);
    await_that("the page shows what the server says", || {
        let before = said(admin);
        workers = shown(&browser);
        before == workers && said(admin) == workers
    });
    let (tiles, states) = workers;
    assert_eq!(tiles.len(), 16);
    assert_eq!(states.idle + states.occupied(), 16);
    assert!(states.awaiting >= 3 && states.reading == 2, "{states:?}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn its_form_changes_the_number_of_workers_once_that_is_confirmed() {
    let (_program, admin) = serve(own_address(), &["--workers=4"]);
    let browser = looking_at(admin);
    browser.write("#wanted", "7");
    browser.click("#apply");
    assert_eq!(
        browser.value::<String>("find('#change').innerText"),
        "4 → 7"
    );
    let workers = || get(admin, "/workers").body;
    assert_eq!(workers(), "{\"workers\":4}\n", "nobody has confirmed it");
    browser.click("#yes");
    browser.await_true("told.workers === '7' && all('#cards li').length === 7");
    assert_eq!(workers(), "{\"workers\":7}\n");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn its_form_says_what_the_server_has_against_a_number_and_changes_nothing() {
    let (_program, admin) = serve(own_address(), &["--workers=4"]);
    let refusal = post(admin, "/workers", r#"{"workers": 30001}"#).body;
    let refusal: Value = serde_json::from_str(&refusal).unwrap();
    let browser = looking_at(admin);
    browser.write("#wanted", "30001");
    browser.click("#apply");
    browser.click("#yes");
    browser.await_true("find('#resized').className === 'failed'");
    let said: String = browser.value("find('#resized').innerText");
    let refusal = refusal["error"].as_str().expect("a reason");
    assert_eq!(said, format!("Not changed: {refusal}"));
    assert_eq!(get(admin, "/workers").body, "{\"workers\":4}\n");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn it_says_that_the_server_is_gone_and_that_another_has_come() {
    let (program, admin) = serve(own_address(), &["--workers=3"]);
    let browser = looking_at(admin);
    let started = || browser.value::<String>("told.startedSeconds");
    let assert_is_run = |started: &str| {
        let status = get(admin, "/status").body;
        let run = format!("\"started_seconds\":{started},");
        assert!(status.contains(&run), "no {run} in {status}");
    };
    let banner = |id| browser.value::<String>(&format!("find('{id}:not([hidden])').innerText"));
    let first = started();
    assert_is_run(&first);
    program.finish();
    browser.await_true("told.connection === 'lost'");
    let lost = banner("#connection");
    assert!(lost.contains("no answer since"), "{lost}");

    let _program = serve(admin, &["--workers=5"]);
    browser.await_true("told.connection === 'live'");
    let restarted = banner("#notice");
    assert!(
        restarted.contains("all counters began again at 0"),
        "{restarted}"
    );
    assert!(browser.value::<bool>("find('#connection').hidden"));
    let second = started();
    assert_is_run(&second);
    assert_ne!(second, first);
    assert_eq!(browser.value::<usize>("all('#cards li').length"), 5);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn light_or_dark_it_asks_nobody_but_its_server_and_has_nothing_to_complain_of() {
    let (program, admin) = serve(own_address(), &["--workers=16"]);
    let _load = load(&program, 8);
    let browser = Browser::start();
    browser.open(PRYING);
    assert_eq!(browser.requests(), ["http://127.0.0.1:9/"]);
    assert!(!browser.complaints().is_empty(), "a complaint goes unseen");

    look_at(&browser, admin);
    let [light, dark] = ["light", "dark"].map(|theme| {
        prefer(&browser, theme);
        let answers: u32 = browser.value("Number(told.answers)");
        browser.await_true(&format!("Number(told.answers) > {answers} + 1"));
        let [ground, ink] = ["backgroundColor", "color"].map(|colour| lightness(&browser, colour));
        (ground, ink)
    });
    assert!(light.0 > light.1 && dark.0 < dark.1, "{light:?} {dark:?}");

    // Without its timers it asks once more and then no more, and only the theme differs.
    let answers = browser.run("window.setTimeout = () => 0; return Number(told.answers);");
    browser.await_true(&format!("Number(told.answers) > {answers}"));
    let [light, again, dark] = ["light", "light", "dark"].map(|theme| {
        prefer(&browser, theme);
        browser.picture()
    });
    assert!(light == again, "it moves");
    assert!(light != dark);

    let asked: BTreeSet<_> = browser.requests().into_iter().collect();
    let own = ["/", "/status"].map(|path| format!("http://{admin}{path}"));
    assert_eq!(asked, BTreeSet::from(own));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Has a reader who likes it light or dark, and still.
fn prefer(browser: &Browser, theme: &str) {
    let features = json!([
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]);
    browser.emulate(
        "Emulation.setEmulatedMedia",
        json!({ "features": features }),
    );
}

/// How light a colour of the page is, as the sum of its parts.
fn lightness(browser: &Browser, colour: &str) -> u32 {
    let parts = format!("getComputedStyle(document.body).{colour}.match(/\\d+/g).map(Number)");
    browser.value::<[u32; 3]>(&parts).iter().sum()
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn on_a_phone_nothing_is_wider_than_the_screen() {
    let (program, admin) = serve(own_address(), &["--workers=16"]);
    let _load = load(&program, 8);
    let browser = looking_at(admin);
    let phone = json!({"width": 375, "height": 812, "deviceScaleFactor": 1, "mobile": true});
    browser.emulate("Emulation.setDeviceMetricsOverride", phone);
    for workers in [1, 16, 1000] {
        let wanted = json!({ "workers": workers }).to_string();
        post(admin, "/workers", &wanted);
        browser.await_true(&format!("told.workers === '{workers}'"));
        // A phone zooms out until everything fits, and its window is wider then than its screen.
        let widths: [u32; 2] = browser.value("[innerWidth, root.scrollWidth]");
        assert_eq!(widths, [375, 375], "with {workers} workers");
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_thousand_workers_are_redrawn_within_50_ms_and_each_has_a_tile() {
    let (program, admin) = serve(own_address(), &["--workers=1000"]);
    let _held: Vec<_> = (0..200).map(|_| program.occupy()).collect();
    let load = load(&program, 100);
    let browser = looking_at(admin);
    let redraws = browser.run_until_done(
        "const redraws = []; \
         new MutationObserver(() => { \
             redraws.push(Number(told.redrawMs)); \
             if (redraws.length === 10) done(redraws); \
         }).observe(root, {attributeFilter: ['data-answers']});",
    );
    let mut redraws: Vec<f64> = serde_json::from_value(redraws).unwrap();
    redraws.sort_by(f64::total_cmp);
    assert!(redraws[5] < REDRAW, "{redraws:?}");

    load.signal(Signal::SIGSTOP);
    await_that("the tiles are what the server says", || {
        let before = occupied(admin);
        tiles(&browser) == before && occupied(admin) == before
    });
    assert!(occupied(admin).iter().filter(|it| **it).count() >= 200);
}

/// Whether each worker holds a session, by what is in the middle of its tile: a mark if it does, and a
/// shade if not.
fn tiles(browser: &Browser) -> Vec<bool> {
    let alphas: Vec<u8> = browser.value(
        "(({dataset: {columns, step, gutter}, width, height}, size) => { \
             const pixels = find('#tiles').getContext('2d').getImageData(0, 0, width, height).data; \
             const middle = (at, from) => Math.floor(from + (at + .5) * step) - 1; \
             return Array.from({length: size}, (_, at) => pixels[4 * (middle(at % columns, Number(gutter)) \
                 + width * middle(Math.floor(at / columns), 0)) + 3]); \
         })(find('#tiles'), Number(told.workers))",
    );
    assert!(alphas.iter().all(|alpha| *alpha > 0), "a tile is missing");
    alphas.iter().map(|alpha| *alpha == 255).collect()
}

fn occupied(admin: SocketAddr) -> Vec<bool> {
    let pool = status(admin).server.pool;
    pool.iter().map(|it| it.state != State::Idle).collect()
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn while_nobody_looks_it_neither_asks_nor_draws_and_then_goes_on() {
    let (program, admin) = serve(own_address(), &["--workers=16"]);
    let _load = load(&program, 8);
    let browser = looking_at(admin);
    // A tab in front of it, where the same page goes on.
    browser.run("window.front = window.open('/');");
    let seen_in_front = |answers: u32| {
        let front = "front.document.documentElement.dataset";
        browser.await_true(&format!("Number({front}.answers) >= {answers}"));
    };
    browser.await_true("document.hidden");
    seen_in_front(1);
    let behind = || {
        let asked = "performance.getEntriesByType('resource').length";
        browser.value::<(u32, String)>(&format!("[{asked}, root.outerHTML]"))
    };
    let before = behind();
    seen_in_front(4);
    assert!(browser.value::<bool>("document.hidden"));
    assert_eq!(behind(), before);

    let answers: u32 = browser.value("Number(told.answers)");
    browser.run("front.close();");
    browser.await_true(&format!("Number(told.answers) > {answers}"));
    assert!(!browser.value::<bool>("document.hidden"));
    assert_eq!(browser.value::<String>("told.connection"), "live");
}
