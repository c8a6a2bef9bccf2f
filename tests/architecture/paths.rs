//! The paths that a file names, from the root of the library, wherever they stand: in a `use`, in an
//! expression, or in the arguments of a macro.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Item, ItemExternCrate, ItemMod, ItemUse, Macro, MetaList, UseTree, VisRestricted, Visibility,
};

use crate::source::{PROGRAM, Source, is_for_tests};

/// A path, its first line, and how it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// From the root of the library. A last step of `*` stands for all there is.
    pub(crate) steps: Vec<String>,
    pub(crate) line: usize,
    /// The name it gets in this module, if a `use` brings it in.
    pub(crate) alias: Option<String>,
    /// Whether others than this module's own parts may take the name from here.
    pub(crate) is_exported: bool,
    pub(crate) is_for_tests: bool,
}

impl Named {
    /// The room, or nothing if the path is the root or all that is in it.
    pub(crate) fn room(&self) -> Option<&str> {
        let first = self.steps.first()?;
        (first != "*").then_some(first)
    }

    /// The path from the root, if its first step is a name that one of these brings in.
    fn through(&self, brought_in: &[Self]) -> Option<Self> {
        let (first, rest) = self.steps.split_first()?;
        let by = brought_in
            .iter()
            .find(|it| it.alias.as_ref() == Some(first))?;
        (!rest.is_empty()).then(|| Self {
            steps: [&by.steps, rest].concat(),
            ..self.clone()
        })
    }
}

/// Every path in a file that leads somewhere in the library.
pub(crate) fn paths(source: &Source) -> Vec<Named> {
    let (root, module) = match source.room() {
        PROGRAM => ("jamd", Vec::new()),
        _ if source.is_root() => ("crate", Vec::new()),
        _ => ("crate", source.modules.clone()),
    };
    let parts = source.syntax.items.iter().filter_map(|item| match item {
        Item::Mod(part) => Some(part.ident.to_string()),
        _ => None,
    });
    let mut reader = Reader {
        root,
        parts: parts.collect(),
        file: module.clone(),
        module,
        found: Vec::new(),
        bare: Vec::new(),
        tests: usize::from(source.is_test()),
    };
    reader.visit_file(&source.syntax);
    let through_names: Vec<_> = reader
        .bare
        .iter()
        .filter_map(|it| it.through(&reader.found))
        .collect();
    reader.found.extend(through_names);
    reader.found
}

struct Reader {
    /// The name of the library here.
    root: &'static str,
    /// The modules that the file declares.
    parts: Vec<String>,
    /// The module that the file is.
    file: Vec<String>,
    /// The module that is being read.
    module: Vec<String>,
    found: Vec<Named>,
    /// Paths that begin with a name that a `use` may have brought in.
    bare: Vec<Named>,
    /// How many of the modules around are for tests only.
    tests: usize,
}

impl Reader {
    /// The steps from the root, if the path leads there and not to another library.
    fn absolute(&self, steps: &[String]) -> Option<Vec<String>> {
        let (first, mut rest) = steps.split_first()?;
        let mut from = match first.as_str() {
            first if first == self.root => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            part if self.module == self.file && self.parts.iter().any(|it| it == part) => {
                rest = steps;
                self.module.clone()
            }
            _ => return None,
        };
        while let Some(("super", behind)) = rest.split_first().map(|(a, b)| (a.as_str(), b)) {
            from.pop();
            rest = behind;
        }
        from.extend(rest.iter().filter(|step| *step != "self").cloned());
        Some(from)
    }

    fn find(&mut self, steps: &[String], span: Span) {
        self.find_as(steps, span, None, false);
    }

    fn find_as(&mut self, steps: &[String], span: Span, alias: Option<String>, exported: bool) {
        let (steps, found) = match self.absolute(steps) {
            Some(steps) => (steps, &mut self.found),
            None => (steps.to_vec(), &mut self.bare),
        };
        found.push(Named {
            steps,
            line: span.start().line,
            alias,
            is_exported: exported,
            is_for_tests: self.tests > 0,
        });
    }

    fn read_use(&mut self, before: &[String], tree: &UseTree, exported: bool) {
        let step = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => {
                self.read_use(&step(path.ident.to_string()), &path.tree, exported);
            }
            UseTree::Name(name) => {
                let steps = step(name.ident.to_string());
                let alias = steps.iter().rfind(|step| *step != "self").cloned();
                self.find_as(&steps, name.span(), alias, exported);
            }
            UseTree::Rename(rename) => {
                let alias = Some(rename.rename.to_string());
                self.find_as(
                    &step(rename.ident.to_string()),
                    rename.span(),
                    alias,
                    exported,
                );
            }
            UseTree::Glob(glob) => self.find(&step("*".into()), glob.span()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(before, tree, exported);
                }
            }
        }
    }

    /// Finds the paths among the arguments of a macro, which need not be Rust.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut begin = Span::call_site();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                _ => {}
            }
            self.find_whole(&mut path, begin);
            colons = 0;
            match token {
                TokenTree::Ident(ident) => {
                    begin = ident.span();
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        self.find_whole(&mut path, begin);
    }

    /// One word among the arguments of a macro is no path: `self` is a value there.
    fn find_whole(&mut self, path: &mut Vec<String>, begin: Span) {
        if path.len() > 1 {
            self.find(path, begin);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let tests = usize::from(is_for_tests(&module.attrs));
        self.tests += tests;
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.tests -= tests;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.read_use(&[], &item.tree, exported);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        if item.ident == "self" {
            self.find(&[self.root.into(), "*".into()], item.span());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let steps: Vec<String> = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        if steps.len() > 1 {
            self.find(&steps, path.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.read_tokens(list.tokens.clone());
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        self.read_tokens(called.tokens.clone());
    }

    /// `pub(crate)` names nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of a file of depth 2.
    fn named(text: &str) -> Vec<String> {
        let source = Source::new("src/server/queue.rs", text.into());
        paths(&source)
            .iter()
            .map(|it| it.steps.join("::"))
            .collect()
    }

    #[test]
    fn a_path_is_named_in_a_use_an_expression_a_type_and_a_macro() {
        assert_eq!(named("use crate::clock::Zone;"), ["clock::Zone"]);
        assert_eq!(
            named("const P: u16 = crate::protocol::PORT;"),
            ["protocol::PORT"]
        );
        assert_eq!(named("fn f(a: crate::a::B) {}"), ["a::B"]);
        assert_eq!(
            named("fn f() { g!(\"{}\", (crate::a::B, self.x)) }"),
            ["a::B"]
        );
    }

    #[test]
    fn a_path_is_named_in_an_attribute_and_through_a_module_that_a_use_brings_in() {
        assert_eq!(
            named("#[error(\"{}\", crate::a::f(x))] struct S;"),
            ["a::f"]
        );
        assert_eq!(
            named("use crate::admin; fn f() { admin::settings(0); std::mem::drop(1); }"),
            ["admin", "admin::settings"]
        );
    }

    #[test]
    fn every_path_of_a_group_is_named() {
        assert_eq!(
            named("use {std::io, crate::{clock, server::{self, Then}, client::ask::One as Two}};"),
            ["clock", "server", "server::Then", "client::ask::One"]
        );
    }

    #[test]
    fn comments_and_strings_name_nothing() {
        assert_eq!(
            named("// crate::a\n/// [`crate::b`]\nconst A: &str = \"crate::a\";"),
            [""; 0]
        );
        assert_eq!(named("pub(crate) fn a() {} pub(super) fn b() {}"), [""; 0]);
    }

    #[test]
    fn a_path_that_climbs_names_where_it_arrives() {
        assert_eq!(named("use super::slot::Slot;"), ["server::slot::Slot"]);
        assert_eq!(named("use super::super::config::Key;"), ["config::Key"]);
        assert_eq!(named("use self::a::B;"), ["server::queue::a::B"]);
        assert_eq!(named("mod a; use a::B; use c::D;"), ["server::queue::a::B"]);
        assert_eq!(named("mod m { use super::super::A; }"), ["server::A"]);
        assert_eq!(named("mod m { fn f() {} } use super::B;"), ["server::B"]);
    }

    #[test]
    fn all_that_is_in_the_root_is_no_room() {
        let source = Source::new(
            "src/server/queue.rs",
            "use crate::*; use super::super::*;".into(),
        );
        let rooms: Vec<_> = paths(&source)
            .iter()
            .map(|it| it.room().is_some())
            .collect();
        assert_eq!(rooms, [false, false]);
    }

    #[test]
    fn the_program_names_the_rooms_of_the_library() {
        let source = Source::new(
            "src/main.rs",
            "fn main() { jamd::commands::dispatch(); }".into(),
        );
        assert_eq!(paths(&source)[0].room(), Some("commands"));
    }
}
