//! What the design says about the files under `src/`, held against the files themselves.
//!
//! The rooms are the modules just below the root of the library; which of them may import which is
//! the table below. A failure names the file, the line and the rule.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;
use quote::ToTokens;

use crate::graph::{Graph, Library, circles};
use crate::paths::paths;
use crate::source::{LIBRARY, PROGRAM, Source};

#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/source.rs"]
mod source;

/// What each room may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    (PROGRAM, &["cli", "commands"]),
    (LIBRARY, &[]),
    (
        "commands",
        &[
            "admin", "base", "cli", "client", "clock", "config", "load", "observe", "protocol",
            "report", "server", "service", "top", "trials", "tune", "whatif",
        ],
    ),
    (
        "cli",
        &[
            "base", "client", "clock", "config", "load", "service", "tune",
        ],
    ),
    (
        "top",
        &["base", "client", "clock", "config", "observe", "whatif"],
    ),
    ("report", &["base", "load", "tune"]),
    (
        "trials",
        &[
            "admin", "base", "client", "clock", "load", "observe", "server", "service", "tune",
        ],
    ),
    ("tune", &["base", "load"]),
    ("load", &["base", "client", "clock", "protocol"]),
    ("config", &["base", "clock", "protocol"]),
    ("admin", &["base", "whatif", "clock", "observe", "server"]),
    ("service", &["base", "clock", "protocol", "server"]),
    ("server", &["whatif", "observe"]),
    ("observe", &["whatif", "clock"]),
    ("whatif", &[]),
    ("client", &["base", "observe", "protocol"]),
    ("protocol", &[]),
    ("clock", &[]),
    ("base", &[]),
];

/// What the design forbids for good: the table above may grow, but never by these.
const NEVER: &[(&str, &[&str])] = &[
    ("server", &["protocol", "config", "cli"]),
    ("observe", &["server"]),
    ("service", &["config"]),
    ("admin", &["config", "protocol", "service"]),
    ("client", &["admin", "server", "service", "config"]),
    ("load", &["server", "service", "config"]),
    ("tune", &["client", "server", "service"]),
    ("report", &["client", "server", "service"]),
    ("config", &["cli", "commands"]),
];

/// The rooms that import nothing of ours.
const ALONE: &[&str] = &["base", "whatif", "protocol", "clock"];

/// The files that may be unsafe: each holds calls that no crate wraps.
const UNSAFE: &[&str] = &["src/clock/discipline.rs", "src/server/socket_options.rs"];

/// The most lines of a file that are not test.
const MOST_LINES: usize = 350;

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for source in &sources() {
        let (room, allowed) = (source.room(), may_import(source.room()));
        for named in paths(source) {
            seen += 1;
            let place = place(source, named.line);
            match named.room() {
                Some(imported) if imported == room || allowed.contains(&imported) => {}
                // The root defines nothing but the rooms.
                Some(_) if source.is_root() && room == LIBRARY => {}
                Some(imported) => broken.push(format!(
                    "{place}: {room} may not import {imported}, only {allowed:?}"
                )),
                None => broken.push(format!(
                    "{place}: {room} must name the rooms it imports, not the whole library"
                )),
            }
        }
    }
    assert!(seen > 0, "no file under src/ imports any room");
    assert_holds(&broken);
}

#[test]
fn the_table_allows_nothing_that_the_design_forbids() {
    let mut broken = Vec::new();
    for (room, forbidden) in NEVER {
        for import in may_import(room).iter().filter(|to| forbidden.contains(to)) {
            broken.push(format!("{room} must never import {import}"));
        }
    }
    for room in ALONE.iter().filter(|room| !may_import(room).is_empty()) {
        broken.push(format!("{room} must never import anything of ours"));
    }
    assert_holds(&broken);
}

#[test]
fn no_room_imports_itself_by_way_of_others() {
    let sources = sources();
    let graph = rooms(&sources);
    assert!(graph.values().any(|imported| !imported.is_empty()));
    assert_holds(&circles(&graph));
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let sources = sources();
    assert_holds(&circles(&Library::new(&sources).uses()));
}

#[test]
fn no_part_of_a_room_uses_itself_by_way_of_others() {
    let sources = sources();
    let uses = Library::new(&sources).uses();
    let mut parts: Graph<'_> = Graph::new();
    for (file, used) in &uses {
        let all = parts.entry(part(file)).or_default();
        for (other, line) in used.iter().filter(|(other, _)| part(other) != part(file)) {
            all.entry(part(other)).or_insert_with(|| line.clone());
        }
    }
    assert_holds(&circles(&parts));
}

#[test]
fn a_name_means_one_thing_in_two_rooms_of_which_one_imports_the_other() {
    let sources = sources();
    let library = Library::new(&sources);
    let mut broken = Vec::new();
    for (room, imported) in rooms(&sources) {
        let own = library.exports(room);
        for other in imported.keys() {
            for (name, file) in library.exports(other) {
                if own.get(name).is_some_and(|own| *own != file) {
                    broken.push(format!(
                        "{name}: {} and {file} both export it, and {room} imports {other}",
                        own[name]
                    ));
                }
            }
        }
    }
    assert_holds(&broken);
}

#[test]
fn the_documented_rooms_are_exactly_those_that_exist() {
    let sources = sources();
    let existing = sources.iter().filter(|source| !source.is_root());
    let existing: BTreeSet<_> = existing.map(Source::room).collect();
    let documented = documented_rooms(&sources);
    let documented: BTreeSet<_> = documented.into_iter().collect();
    assert_eq!(documented, existing, "the table of src/lib.rs, then src/");
    let roots = BTreeSet::from([LIBRARY, PROGRAM]);
    let table: BTreeSet<_> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    assert_eq!(
        &table - &roots,
        existing,
        "the table of this test, then src/"
    );
}

#[test]
fn imports_run_down_the_documented_table() {
    let sources = sources();
    let rows: BTreeMap<_, _> = documented_rooms(&sources).into_iter().zip(0..).collect();
    let mut broken = Vec::new();
    for (room, imported) in rooms(&sources) {
        for (other, place) in imported {
            if rows.get(other) < rows.get(room) {
                broken.push(format!(
                    "{place}: {room} imports {other}, which stands above it in src/lib.rs"
                ));
            }
        }
    }
    assert_holds(&broken);
}

#[test]
fn nothing_is_unsafe_but_calls_that_no_crate_wraps() {
    let sources = sources();
    let unsafe_ones: Vec<_> = sources
        .iter()
        .filter(|source| {
            let mut tokens = source.syntax.to_token_stream().into_iter();
            tokens.any(|token| holds(token, "unsafe"))
        })
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(unsafe_ones, UNSAFE, "these are unsafe, and those may be");
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    let mut broken = Vec::new();
    for source in &sources() {
        let lines = source.lines_of_code();
        if lines > MOST_LINES {
            let place = place(source, 1);
            broken.push(format!(
                "{place}: a file has at most {MOST_LINES} lines that are not test, got {lines}"
            ));
        }
    }
    assert_holds(&broken);
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let sources = sources();
    let silent = sources.iter().filter(|it| !it.text.starts_with("//! "));
    let broken: Vec<_> = silent
        .map(|it| {
            format!(
                "{}: must open with //! and what the file owns",
                place(it, 1)
            )
        })
        .collect();
    assert_holds(&broken);
}

/// Every file there is; a test over none would prove nothing.
fn sources() -> Vec<Source> {
    let sources = Source::all();
    assert!(
        sources.iter().any(|it| it.room() == LIBRARY),
        "no src/lib.rs"
    );
    assert!(sources.iter().any(|it| !it.is_root()), "no room in src/");
    sources
}

/// The part of a room that a file belongs to: `src/server/queue` for all that is in there and for
/// `src/server/queue.rs`.
fn part(file: &str) -> &str {
    let mut ends = file.match_indices('/').map(|(at, _)| at);
    let end = ends.nth(2).unwrap_or(file.len());
    file[..end].trim_end_matches(".rs")
}

/// Every room and the rooms that it imports, each with one line that does.
fn rooms(sources: &[Source]) -> Graph<'_> {
    let names: BTreeSet<_> = sources.iter().map(Source::room).collect();
    let mut graph = Graph::new();
    for source in sources.iter().filter(|source| !source.is_root()) {
        let imported = graph.entry(source.room()).or_default();
        for named in paths(source) {
            let room = named.room().and_then(|room| names.get(room));
            if let Some(room) = room.filter(|room| **room != source.room()) {
                let line = || place(source, named.line);
                imported.entry(*room).or_insert_with(line);
            }
        }
    }
    graph
}

/// Whether a word is there, at any depth.
fn holds(token: TokenTree, word: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => group.stream().into_iter().any(|it| holds(it, word)),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    }
}

fn place(source: &Source, line: usize) -> String {
    format!("{}:{line}", source.path)
}

/// What the table allows a room; nothing to a room that it does not know.
fn may_import(room: &str) -> &'static [&'static str] {
    let row = MAY_IMPORT.iter().find(|(name, _)| *name == room);
    row.map_or(&[], |(_, allowed)| allowed)
}

/// The rooms in the table at the head of the library, from top to bottom.
fn documented_rooms(sources: &[Source]) -> Vec<&str> {
    let library = sources.iter().find(|it| it.room() == LIBRARY);
    let doc = library.map_or("", |it| it.text.as_str()).lines();
    let rooms: Vec<_> = doc
        .filter_map(|line| line.strip_prefix("//! | [`")?.split_once("`] |"))
        .map(|(room, _)| room)
        .collect();
    assert!(!rooms.is_empty(), "src/lib.rs has no table of rooms");
    rooms
}

#[track_caller]
fn assert_holds(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
