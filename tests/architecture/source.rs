//! The files under `src/`: which room each belongs to, and how much of it is not test.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::imports::{Import, imports};
use crate::tokens::tokens;

/// The roots of the library and of the program; every other file is in a room.
pub(crate) const LIBRARY: &str = "lib";
pub(crate) const PROGRAM: &str = "main";

/// One file under `src/`.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the package, as a failure names it.
    pub(crate) path: String,
    /// Its modules below the root: `server`, `queue`; those of the roots are `lib` and `main`.
    modules: Vec<String>,
    pub(crate) text: String,
}

impl Source {
    /// Every file under `src/`, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        find(&package.join("src"), &mut files).expect("src/ can be read");
        files.sort();
        let read = |file: PathBuf| {
            let path = file.strip_prefix(package).expect("found in the package");
            let text = fs::read_to_string(&file).expect("a source file can be read");
            Self::new(path.to_str().expect("a name in UTF-8"), text)
        };
        files.into_iter().map(read).collect()
    }

    fn new(path: &str, text: String) -> Self {
        let below = path.trim_start_matches("src/").trim_end_matches(".rs");
        let modules = below.trim_end_matches("/mod").split('/');
        Self {
            path: path.to_owned(),
            modules: modules.map(str::to_owned).collect(),
            text,
        }
    }

    /// The room the file belongs to, or which root it is.
    pub(crate) fn room(&self) -> &str {
        &self.modules[0]
    }

    pub(crate) fn is_root(&self) -> bool {
        [LIBRARY, PROGRAM].contains(&self.room())
    }

    pub(crate) fn imports(&self) -> Vec<Import<'_>> {
        let root = match self.room() {
            PROGRAM => "jamd",
            _ => "crate",
        };
        let depth = if self.is_root() {
            0
        } else {
            self.modules.len()
        };
        imports(&self.text, root, depth)
    }

    /// The lines outside test modules; a file called `tests.rs` is one.
    pub(crate) fn lines_of_code(&self) -> usize {
        if self.modules.last().is_some_and(|last| last == "tests") {
            0
        } else {
            self.text.lines().count() - lines_of_tests(&self.text)
        }
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The lines of modules that only tests are built with, their attribute included.
fn lines_of_tests(text: &str) -> usize {
    let tokens = tokens(text);
    let words: Vec<_> = tokens.iter().map(|token| token.text).collect();
    let (mut lines, mut at) = (0, 0);
    while at < words.len() {
        let begin = at;
        at += 1;
        if !words[begin..].starts_with(&["#", "[", "cfg"]) {
            continue;
        }
        let Some(length) = words[begin..].iter().position(|word| *word == "]") else {
            break;
        };
        let (condition, item) = words[begin..].split_at(length + 1);
        let only_tests = condition.contains(&"test")
            && !condition
                .windows(3)
                .any(|three| three == ["not", "(", "test"]);
        if only_tests && let ["mod", _, "{", ..] = item {
            at = begin + length + body(item);
            lines += tokens[at].line - tokens[begin].line + 1;
        }
    }
    lines
}

/// How many tokens an item has, to the brace that closes it.
fn body(item: &[&str]) -> usize {
    let mut open = 0_usize;
    for (at, word) in item.iter().enumerate() {
        match *word {
            "{" => open += 1,
            "}" if open == 1 => return at + 1,
            "}" => open -= 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_file_says_its_room() {
        let room = |path| Source::new(path, String::new()).room().to_owned();
        assert_eq!(room("src/clock.rs"), "clock");
        assert_eq!(room("src/server/mod.rs"), "server");
        assert_eq!(room("src/commands/ask/lines.rs"), "commands");
        assert_eq!(room("src/lib.rs"), LIBRARY);
    }

    #[test]
    fn a_file_climbs_out_of_its_room_by_as_many_steps_as_its_place_is_deep() {
        let named = |path| {
            Source::new(path, "use super::super::a;".into())
                .imports()
                .len()
        };
        assert_eq!(named("src/server/mod.rs"), 1);
        assert_eq!(named("src/server/queue.rs"), 1);
        assert_eq!(named("src/commands/ask/lines.rs"), 0);
    }

    #[test]
    fn test_modules_are_not_lines_of_code_and_what_follows_them_is() {
        let lines = |text: &str| Source::new("src/a.rs", text.into()).lines_of_code();
        assert_eq!(lines("a\nb\n"), 2);
        assert_eq!(lines("a\n#[cfg(test)]\nmod tests {\n{}\n}\nb\n"), 2);
        assert_eq!(lines("#[cfg(all(test, not(x)))]\nmod tests {\n}\n"), 0);
        assert_eq!(lines("#[cfg(not(test))]\nmod real {\n}\n"), 3);
        assert_eq!(lines("#[cfg(test)]\nmod tests;\nb\n"), 3);
    }

    #[test]
    fn a_file_of_tests_has_no_lines_of_code() {
        let tests = Source::new("src/config/tests.rs", "a\nb\n".into());
        assert_eq!(tests.lines_of_code(), 0);
    }
}
