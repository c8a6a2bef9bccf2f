//! The files under `src/`, parsed: the module that each one is, and how much of it is not test.

use std::path::{Path, PathBuf};
use std::{fs, io};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, File, ItemMod, Meta};

/// The roots of the library and of the program; every other file is in a room.
pub(crate) const LIBRARY: &str = "lib";
pub(crate) const PROGRAM: &str = "main";

/// One file under `src/`.
pub(crate) struct Source {
    /// From the root of the package, as a failure names it.
    pub(crate) path: String,
    /// Its modules below the root: `server`, `queue`; those of the roots are `lib` and `main`.
    pub(crate) modules: Vec<String>,
    pub(crate) text: String,
    pub(crate) syntax: File,
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

    pub(crate) fn new(path: &str, text: String) -> Self {
        let below = path.trim_start_matches("src/").trim_end_matches(".rs");
        let modules = below.trim_end_matches("/mod").split('/');
        let syntax = syn::parse_file(&text).unwrap_or_else(|err| panic!("{path}: {err}"));
        Self {
            path: path.to_owned(),
            modules: modules.map(str::to_owned).collect(),
            text,
            syntax,
        }
    }

    /// The room the file belongs to, or which root it is.
    pub(crate) fn room(&self) -> &str {
        &self.modules[0]
    }

    pub(crate) fn is_root(&self) -> bool {
        [LIBRARY, PROGRAM].contains(&self.room())
    }

    /// Whether the file is a module of tests.
    pub(crate) fn is_test(&self) -> bool {
        self.modules.iter().any(|module| module == "tests")
    }

    /// The lines outside test modules; a file called `tests.rs` has none.
    pub(crate) fn lines_of_code(&self) -> usize {
        if self.is_test() {
            return 0;
        }
        let mut tests = TestLines(0);
        tests.visit_file(&self.syntax);
        self.text.lines().count() - tests.0
    }
}

/// Whether the item is built for tests only.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.contains("all (test") || condition.contains("all(test")
        }
        _ => false,
    })
}

/// Counts the lines of modules that only tests are built with, their attribute included.
struct TestLines(usize);

impl Visit<'_> for TestLines {
    fn visit_item_mod(&mut self, module: &ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        } else if module.content.is_some() {
            let span = module.span();
            self.0 += span.end().line - span.start().line + 1;
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
    fn test_modules_are_not_lines_of_code_and_what_follows_them_is() {
        let lines = |text: &str| Source::new("src/a.rs", text.into()).lines_of_code();
        assert_eq!(lines("fn a() {}\nfn b() {}\n"), 2);
        assert_eq!(
            lines("fn a() {}\n#[cfg(test)]\nmod tests {\nfn b() {}\n}\nfn c() {}\n"),
            2
        );
        assert_eq!(lines("#[cfg(all(test, not(x)))]\nmod tests {\n}\n"), 0);
        assert_eq!(lines("#[cfg(not(test))]\nmod real {\n}\n"), 3);
        assert_eq!(lines("#[cfg(test)]\nmod tests;\nfn b() {}\n"), 3);
    }

    #[test]
    fn a_file_of_tests_has_no_lines_of_code() {
        let tests = Source::new("src/config/tests.rs", "fn a() {}\nfn b() {}\n".into());
        assert_eq!(tests.lines_of_code(), 0);
    }
}
