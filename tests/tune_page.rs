//! The page of a tuning in a real browser: it asks nobody for anything, and every plot shows in either
//! theme.

mod support;

use std::time::Duration;

use jamd::load::{Place, Stop};
use jamd::report::tune::{Origin, Subject, html};
use jamd::tune::{
    Calibration, Demand, Effort, Evidence, Latency, Offered, Order, Service, Settings, Split,
    Target, TargetError, Trial, tune,
};

use support::headless::{Browser, PRYING, Theme, emptied};

/// The plots of a tuning that had time for everything.
const PLOTS: usize = 7;

#[test]
#[ignore = "needs chromium"]
fn the_page_asks_nobody_for_anything_and_has_nothing_to_complain_of() {
    let browser = Browser::new();
    let seen = browser.open(PRYING);
    assert!(!seen.asked.is_empty(), "a request goes unseen");
    assert!(!seen.complaints.is_empty(), "a complaint goes unseen");

    let seen = browser.open(&page());
    assert_eq!(seen.asked, Vec::<String>::new());
    assert_eq!(seen.complaints, Vec::<String>::new());
}

#[test]
#[ignore = "needs chromium"]
fn every_plot_is_seen_by_day_and_by_night_and_on_a_phone() {
    let browser = Browser::new();
    let page = page();
    assert_eq!(page.matches("<svg").count(), 2 * PLOTS);
    // Each plot is there twice, for a page and for a phone, and one of them is seen.
    let (wide, narrow) = (0, 1);
    for (width, theme, shape) in [
        (1000, Theme::Light, wide),
        (1000, Theme::Dark, wide),
        (400, Theme::Light, narrow),
    ] {
        let whole = browser.picture(&page, width, theme);
        for plot in 0..PLOTS {
            let without = browser.picture(&emptied(&page, 2 * plot + shape), width, theme);
            assert!(whole != without, "plot {plot} shows nothing at {width}");
        }
    }
}

#[test]
#[ignore = "needs chromium"]
fn the_page_is_dark_where_the_reader_wants_it_dark() {
    let (browser, page) = (Browser::new(), page());
    let [light, dark] =
        [Theme::Light, Theme::Dark].map(|theme| browser.picture(&page, 1000, theme));
    assert!(light != dark);
}

fn page() -> String {
    let settings = Settings {
        most_workers: 64,
        demand: Demand::PerWorker(4),
        wait: Some(Duration::from_millis(10)),
        queue: None,
        slo: Some("p99<50ms,busy<1%".to_owned()),
        budget: Duration::from_mins(2),
        effort: Effort::Full,
        seed: 7,
    };
    let calibration = Calibration {
        ceiling: Some(20_000.0),
        service: Service {
            mean: Duration::from_millis(2),
            variability: 0.3,
        },
        overhead: Duration::from_millis(300),
        cores: 2,
        shares_machine: true,
        took: Duration::from_secs(4),
    };
    let mut server = Sleeping(Duration::from_secs(4));
    let tuning = tune(
        &mut server,
        &settings,
        &calibration,
        &Stop::default(),
        &mut (),
    );
    let origin = Origin {
        subject: Subject::Own,
        place: Place {
            command: "jamd tune --slo <figures>".to_owned(),
            ..Place::default()
        },
        begin: Duration::from_secs(1_790_000_000),
    };
    html::page(&tuning, &origin)
}

/// A server whose sessions sleep for 2 ms, and of whose workers only ten fit; and the time of day.
struct Sleeping(Duration);

/// What ten workers serve in a second.
const CAP: f64 = 5000.0;

impl Target for Sleeping {
    fn run(&mut self, order: &Order) -> Result<Trial, TargetError> {
        let began = self.0;
        let took = order.length + Duration::from_millis(300);
        self.0 += took;
        let workers = u32::try_from(order.candidate.workers).map_or(f64::MAX, f64::from);
        // Not twice the same, and the same every time.
        let mood = 1.0 + 0.03 * (began.as_secs_f64() * 7.0).sin();
        let capacity = CAP.min(500.0 * workers) * mood;
        let (goodput, wait) = match order.offered {
            Offered::Clients { .. } => (capacity, 3.0 * workers / capacity),
            Offered::Rate(rate) => {
                let busy = (rate / capacity).min(0.9);
                (rate.min(capacity), busy / (1.0 - busy) * 1e-3)
            }
        };
        let service = workers / capacity;
        let time = |times: f64| Duration::from_secs_f64(times * (wait + service));
        Ok(Trial {
            purpose: order.purpose,
            candidate: order.candidate,
            offered: order.offered,
            began,
            took,
            length: order.length,
            goodput,
            latency: Latency {
                p50: time(1.0),
                p95: time(1.2),
                p99: time(1.4),
            },
            split: Split {
                connect: Duration::from_micros(50),
                queue: Duration::from_secs_f64(wait),
                service: Duration::from_secs_f64(service),
                close: Duration::from_micros(30),
            },
            refused: 0.0,
            failed: 0.0,
            strain: None,
            evidence: Evidence {
                client_busy: 0.3,
                client_cpu: Some(0.2),
                server_cpu: Some(0.2),
                occupied: Some(1.0),
                working: Some(1.0),
                ..Evidence::default()
            },
            doubts: Vec::new(),
        })
    }
}
