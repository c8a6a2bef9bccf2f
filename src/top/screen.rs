//! The full screen: it takes the terminal, draws changes, and restores the terminal.

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

/// Changes that may wait to be shown. A sender beyond that number waits.
const IN_HAND: usize = 16;

/// An event that may change the screen.
enum Change {
    News(News),
    Key(KeyEvent),
    /// The size of the terminal changed.
    Size,
    /// The keys cannot be read any more.
    NoKeys(io::Error),
}

/// Watches a server until a key or signal ends it.
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
    // Created before the terminal is taken, because that may fail half way. Dropped after the terminal.
    let _given_back = GiveBack;
    let mut terminal = ratatui::try_init()?;
    let keys = move || read_keys(&tx);
    thread::Builder::new().name("keys".into()).spawn(keys)?;
    run(&mut terminal, model, &rx, &signalled, &workers)
}

/// Draws after each change. Ends on request, or when all senders are gone.
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

/// Reads the terminal. Ends when the receiver or the terminal is gone.
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

/// A channel that receives the first signal to end.
fn signals() -> Receiver<()> {
    let (tx, rx) = bounded(1);
    let handled = ctrlc::set_handler(move || {
        // One signal is enough: a full channel may drop the others.
        let _ = tx.try_send(());
    });
    match handled {
        Ok(()) => rx,
        // Without a handler, a signal ends the program at once.
        Err(_) => never(),
    }
}

/// Restores the terminal on every exit. A panic restores it before printing its message.
struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = ratatui::try_restore();
    }
}
