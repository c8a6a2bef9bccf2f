//! Which rooms a file names: every path that starts at the library's root or climbs up to it.

use crate::tokens::{Token, tokens};

/// What a path names just below the root of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    /// One of its modules, or what should be one.
    Room(&'a str),
    /// The root itself, or all that is in it: nobody can tell which rooms are meant.
    Everything,
}

/// A path that names something below the root, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import<'a> {
    pub(crate) named: Named<'a>,
    pub(crate) line: usize,
}

/// The imports of a file whose module is `depth` steps below the root, which it calls `root`.
///
/// Paths count wherever they stand, since `crate::a::B` in an expression needs no `use`.
pub(crate) fn imports<'a>(source: &'a str, root: &str, depth: usize) -> Vec<Import<'a>> {
    let tokens = tokens(source);
    let mut reader = Reader {
        tokens: &tokens,
        root,
        found: Vec::new(),
    };
    reader.read(depth);
    reader.found
}

struct Reader<'a, 't> {
    tokens: &'t [Token<'a>],
    root: &'t str,
    found: Vec<Import<'a>>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, depth: usize) {
        let mut at = 0;
        let mut braces = 0_usize;
        // The modules written out in this file: how many braces stood open before each.
        let mut inline = Vec::new();
        while at < self.tokens.len() {
            if self.starts_a_path(at) {
                at = self.follow(at, depth + inline.len());
                continue;
            }
            match self.text(at) {
                "mod" if self.text(at + 2) == "{" => {
                    inline.push(braces);
                    at += 1;
                }
                "{" => braces += 1,
                "}" => {
                    braces = braces.saturating_sub(1);
                    inline.pop_if(|before| *before == braces);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether a path starts here that may lead out of the module; `pub(crate)` is none.
    fn starts_a_path(&self, at: usize) -> bool {
        let word = self.text(at);
        match self.text(at + 1) {
            "::" => word == self.root || word == "super" || word == "self",
            "as" => word == self.root || word == "super",
            "self" => word == "crate",
            _ => false,
        }
    }

    /// Follows a path from a module of this depth until it names a room or goes deeper into its own,
    /// and says where it stopped.
    fn follow(&mut self, mut at: usize, mut depth: usize) -> usize {
        loop {
            match self.text(at) {
                "{" => return self.follow_each(at + 1, depth),
                "self" => {}
                "super" => depth = depth.saturating_sub(1),
                word if word == self.root => depth = 0,
                "*" if depth == 0 => return self.find(at, Named::Everything),
                room if depth == 0 => return self.find(at, Named::Room(room)),
                _ => return at,
            }
            if self.text(at + 1) != "::" {
                return match depth {
                    0 => self.find(at, Named::Everything),
                    _ => at + 1,
                };
            }
            at += 2;
        }
    }

    /// Follows each path of a group, and says where the group ends.
    fn follow_each(&mut self, mut at: usize, depth: usize) -> usize {
        while !matches!(self.text(at), "}" | "") {
            at = self.follow(at, depth);
            let mut deeper = 0_usize;
            loop {
                match self.text(at) {
                    "}" if deeper == 0 => break,
                    "}" => deeper -= 1,
                    "{" => deeper += 1,
                    "," if deeper == 0 => {
                        at += 1;
                        break;
                    }
                    "" => break,
                    _ => {}
                }
                at += 1;
            }
        }
        at + 1
    }

    fn find(&mut self, at: usize, named: Named<'a>) -> usize {
        let line = self.tokens[at].line;
        self.found.push(Import { named, line });
        at + 1
    }

    /// The token at a place; nothing past the last.
    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Named::{Everything, Room};

    /// What a file of depth 2 names, such as `src/server/queue.rs`.
    fn named(source: &str) -> Vec<Named<'_>> {
        let found = imports(source, "crate", 2);
        found.iter().map(|import| import.named).collect()
    }

    #[test]
    fn a_path_names_its_room_in_a_use_and_in_an_expression() {
        assert_eq!(named("use crate::clock::Zone;"), [Room("clock")]);
        assert_eq!(named("let p = crate::protocol::PORT;"), [Room("protocol")]);
        assert_eq!(named("pub use crate::server;"), [Room("server")]);
        assert_eq!(named("use crate::server as s;"), [Room("server")]);
    }

    #[test]
    fn every_room_of_a_group_is_named_and_nothing_deeper() {
        assert_eq!(
            named("use crate::{clock, server::{self, Then}, client::ask::One,};"),
            [Room("clock"), Room("server"), Room("client")]
        );
        assert_eq!(
            named("use {std::io, crate::{a::{b::{c, d}, e}, f}};"),
            [Room("a"), Room("f")]
        );
    }

    #[test]
    fn a_use_over_many_lines_names_each_room_on_its_own() {
        let found = imports(
            "use crate::{\n    a::B,\n\n    c,\n};\ncrate::d();",
            "crate",
            2,
        );
        let lines: Vec<_> = found.iter().map(|i| (i.named, i.line)).collect();
        assert_eq!(lines, [(Room("a"), 2), (Room("c"), 4), (Room("d"), 6)]);
    }

    #[test]
    fn comments_and_strings_name_nothing() {
        assert_eq!(named("// crate::a\n/// [`crate::b`]\n/* crate::c */"), []);
        assert_eq!(named(r##"("crate::a", r#"crate::b"#)"##), []);
    }

    #[test]
    fn a_path_within_the_room_names_nothing() {
        assert_eq!(named("use super::slot::Slot; use super::{a, b};"), []);
        assert_eq!(
            named("use self::a::b; self.crate_name; super::super_b()"),
            []
        );
        assert_eq!(named("pub(crate) fn a(); pub(super) fn b();"), []);
        assert_eq!(
            named("mod tests { use super::*; use super::super::A; }"),
            []
        );
    }

    #[test]
    fn a_path_that_climbs_out_of_the_room_names_where_it_arrives() {
        assert_eq!(named("use super::super::config::Key;"), [Room("config")]);
        assert_eq!(named("use self::super::super::a;"), [Room("a")]);
        assert_eq!(
            named("use super::{b, super::{c, d::e}};"),
            [Room("c"), Room("d")]
        );
        assert_eq!(named("mod m { use super::super::super::a; }"), [Room("a")]);
        assert_eq!(
            named("mod m { fn f() {} } use super::super::a;"),
            [Room("a")]
        );
    }

    #[test]
    fn the_root_itself_and_all_that_is_in_it_are_everything() {
        assert_eq!(named("use crate::*;"), [Everything]);
        assert_eq!(named("use super::super::*;"), [Everything]);
        assert_eq!(
            named("use crate::{self as all, a};"),
            [Everything, Room("a")]
        );
        assert_eq!(named("use crate as all;"), [Everything]);
        assert_eq!(named("extern crate self as all;"), [Everything]);
    }

    #[test]
    fn the_program_names_the_rooms_of_the_library() {
        let found = imports("jamd::commands::run(); let jamd = 1;", "jamd", 0);
        let rooms: Vec<_> = found.iter().map(|import| import.named).collect();
        assert_eq!(rooms, [Room("commands")]);
    }
}
