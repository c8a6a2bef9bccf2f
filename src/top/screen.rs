//! The full screen: takes the terminal, draws on it when there is something new, and gives it back.

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEvent};

use super::fetch::{self, Told};
use super::model::{Deed, Model, News};
use super::view::{self, Palette};
use crate::client::admin::AdminClient;

/// What may wait to be shown; whoever has more to tell waits.
const IN_HAND: usize = 16;

/// Something that may change what the screen shows.
enum Change {
    News(News),
    Key(KeyEvent),
    /// The terminal has another size.
    Size,
    /// There will be no more keys.
    NoKeys(io::Error),
}

/// Watches a server until a key or a signal says to leave.
pub(crate) fn watch(admin: AdminClient, interval: Duration) -> io::Result<()> {
    let model = Model::new(admin.address().clone());
    let (tx, rx) = bounded(IN_HAND);
    let news = tx.clone();
    let workers = fetch::spawn(admin, interval, move |it| {
        match news.send(Change::News(it)) {
            Ok(()) => Told::Heard,
            Err(_) => Told::NobodyListens,
        }
    })?;
    let signalled = signals();
    // Made before the terminal is taken, which may fail half way; dropped after the terminal.
    let _given_back = GiveBack;
    let mut terminal = ratatui::try_init()?;
    let keys = move || read_keys(&tx);
    thread::Builder::new().name("keys".into()).spawn(keys)?;
    run(&mut terminal, model, &rx, &signalled, &workers)
}

/// Draws, and waits for something new; ends when it is told to, or nobody is left to tell it.
fn run(
    terminal: &mut DefaultTerminal,
    mut model: Model,
    changes: &Receiver<Change>,
    signalled: &Receiver<()>,
    workers: &Sender<usize>,
) -> io::Result<()> {
    let palette = Palette::of_environment();
    loop {
        terminal.draw(|frame| {
            let area = frame.area();
            view::draw(&model, palette, area, frame.buffer_mut());
        })?;
        let change = select! {
            recv(changes) -> change => change,
            recv(signalled) -> _ => return Ok(()),
        };
        let deed = match change {
            Ok(Change::News(news)) => {
                model.learn(news);
                None
            }
            Ok(Change::Key(key)) => model.press(key),
            Ok(Change::Size) => None,
            Ok(Change::NoKeys(err)) => return Err(err),
            Err(_) => return Ok(()),
        };
        match deed {
            Some(Deed::Leave) => return Ok(()),
            Some(Deed::Change(wanted)) if workers.try_send(wanted).is_err() => {
                model.learn(News::NotChanged(
                    "earlier changes still wait for the server".into(),
                ));
            }
            Some(Deed::Change(_)) | None => {}
        }
    }
}

/// Reads what the terminal says; ends when nobody listens, or the terminal is gone.
fn read_keys(changes: &Sender<Change>) {
    loop {
        let (change, is_last) = match event::read() {
            Ok(Event::Key(key)) => (Change::Key(key), false),
            Ok(Event::Resize(..)) => (Change::Size, false),
            Ok(_) => continue,
            Err(err) => (Change::NoKeys(err), true),
        };
        if changes.send(change).is_err() || is_last {
            return;
        }
    }
}

/// Hears the first signal to end.
fn signals() -> Receiver<()> {
    let (tx, rx) = bounded(1);
    let handled = ctrlc::set_handler(move || {
        // Whoever has heard one signal needs no other.
        let _ = tx.try_send(());
    });
    match handled {
        Ok(()) => rx,
        // Then a signal ends the program where it is, as it does any other.
        Err(_) => never(),
    }
}

/// Gives the terminal back, however the screen ends; a panic does so before its message is printed.
struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = ratatui::try_restore();
    }
}
