//! Which file takes a definition from which, through whatever modules hand it on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syn::{Item, Visibility};

use crate::paths::{Named, paths};
use crate::source::{Source, is_for_tests};

/// The files and what each defines and hands on.
pub(crate) struct Library<'a> {
    modules: BTreeMap<&'a [String], Module<'a>>,
}

struct Module<'a> {
    source: &'a Source,
    paths: Vec<Named>,
    /// What is defined in the file: its name, and whether others may have it.
    defined: BTreeMap<String, bool>,
}

/// Which place each place depends on, and one line that shows it.
pub(crate) type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

impl Module<'_> {
    /// Whether this is the module of the file, or a part of it.
    fn is_part_of(&self, file: &str) -> bool {
        let own = self.source.path.as_str();
        let folder = file.strip_suffix("/mod.rs").or(file.strip_suffix(".rs"));
        let below = folder.and_then(|folder| own.strip_prefix(folder));
        own == file || below.is_some_and(|below| below.starts_with('/'))
    }
}

impl<'a> Library<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        let module = |source: &'a Source| Module {
            source,
            paths: paths(source),
            defined: source.syntax.items.iter().filter_map(definition).collect(),
        };
        let of_rooms = sources.iter().filter(|source| !source.is_root());
        let modules = of_rooms.map(|source| (source.modules.as_slice(), module(source)));
        Self {
            modules: modules.collect(),
        }
    }

    /// The file in which the thing at the end of a path is defined.
    pub(crate) fn definition(&self, steps: &[String]) -> Option<&'a str> {
        self.followed(steps, 8)
    }

    fn followed(&self, steps: &[String], hops: usize) -> Option<&'a str> {
        let depth = (1..=steps.len()).rfind(|&n| self.modules.contains_key(&steps[..n]))?;
        let module = &self.modules[&steps[..depth]];
        let own = Some(module.source.path.as_str());
        let Some(name) = steps.get(depth).filter(|_| hops > 0) else {
            return own;
        };
        if module.defined.contains_key(name) {
            return own;
        }
        let handed_on = module
            .paths
            .iter()
            .find(|it| it.alias.as_ref() == Some(name));
        match handed_on {
            Some(named) => self.followed(&named.steps, hops - 1),
            None => own,
        }
    }

    /// Every file and the files whose definitions it uses, outside of tests. A part may use the file that
    /// it is a part of.
    pub(crate) fn uses(&self) -> Graph<'a> {
        let mut graph = Graph::new();
        for module in self.modules.values().filter(|it| !it.source.is_test()) {
            let path = module.source.path.as_str();
            let used = graph.entry(path).or_default();
            // A name that is only handed on is used by no line here.
            for named in module
                .paths
                .iter()
                .filter(|it| !it.is_for_tests && !it.is_exported)
            {
                if let Some(definition) = self.definition(&named.steps)
                    && !module.is_part_of(definition)
                {
                    used.entry(definition)
                        .or_insert_with(|| format!("{path}:{}", named.line));
                }
            }
        }
        graph
    }

    /// The names that other rooms may import from a room, and the file of each.
    pub(crate) fn exports(&self, room: &str) -> BTreeMap<&str, &'a str> {
        let root = [room.to_owned()];
        let Some(module) = self.modules.get(root.as_slice()) else {
            return BTreeMap::new();
        };
        let defined = module
            .defined
            .iter()
            .filter(|(_, is_exported)| **is_exported);
        let mut exports: BTreeMap<&str, &'a str> = defined
            .map(|(name, _)| (name.as_str(), module.source.path.as_str()))
            .collect();
        for named in module.paths.iter().filter(|it| it.is_exported) {
            if let (Some(alias), Some(file)) = (&named.alias, self.definition(&named.steps)) {
                exports.insert(alias, file);
            }
        }
        exports
    }
}

/// The name of an item that others may name, and whether they may from outside of the module.
fn definition(item: &Item) -> Option<(String, bool)> {
    let (name, visibility, attributes) = match item {
        Item::Const(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Enum(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Fn(it) => (&it.sig.ident, &it.vis, &it.attrs),
        Item::Static(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Struct(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Trait(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Type(it) => (&it.ident, &it.vis, &it.attrs),
        _ => return None,
    };
    let is_exported = !matches!(visibility, Visibility::Inherited);
    (!is_for_tests(attributes)).then(|| (name.to_string(), is_exported))
}

/// The shortest ways from places back to themselves, no place in two of them: each chain with its lines.
pub(crate) fn circles(graph: &Graph<'_>) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for start in graph.keys() {
        if let Some(chain) = way_back(graph, start)
            && !chain.iter().any(|place| told.contains(place))
        {
            let lines = chain
                .windows(2)
                .map(|pair| graph[pair[0]][pair[1]].as_str());
            let lines: Vec<_> = lines.collect();
            circles.push(format!("{} ({})", chain.join(" -> "), lines.join(", ")));
            told.extend(chain);
        }
    }
    circles
}

fn way_back<'a>(graph: &Graph<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&'a str, &'a str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(place) = next.pop_front() {
        for &to in graph.get(place).into_iter().flat_map(BTreeMap::keys) {
            if to == start {
                let mut chain = vec![start, place];
                while let Some(before) = came_from.get(*chain.last()?) {
                    chain.push(before);
                }
                chain.reverse();
                return Some(chain);
            }
            if !came_from.contains_key(to) {
                came_from.insert(to, place);
                next.push_back(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph<'a>(uses: &[(&'a str, &'a str)]) -> Graph<'a> {
        let mut graph = Graph::new();
        for (place, used) in uses {
            let line = format!("{place}.rs:1");
            graph.entry(*place).or_default().insert(*used, line);
        }
        graph
    }

    #[test]
    fn two_ways_to_the_same_place_are_no_circle() {
        let diamond = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")];
        assert!(circles(&graph(&diamond)).is_empty());
    }

    #[test]
    fn a_circle_is_told_as_its_chain_even_if_it_starts_further_down() {
        let uses = [("a", "b"), ("b", "c"), ("b", "z"), ("c", "d"), ("d", "b")];
        assert_eq!(
            circles(&graph(&uses)),
            ["b -> c -> d -> b (b.rs:1, c.rs:1, d.rs:1)"]
        );
    }

    #[test]
    fn every_circle_is_told_once() {
        let uses = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")];
        let told = circles(&graph(&uses));
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn a_definition_is_found_through_the_modules_that_hand_it_on() {
        let source = |path, text: &str| Source::new(path, text.into());
        let sources = [
            source(
                "src/a/mod.rs",
                "mod b; pub use self::b::Thing; pub(crate) fn own() {}",
            ),
            source(
                "src/a/b.rs",
                "pub struct Thing; #[cfg(test)] mod tests { use crate::c::D; }",
            ),
            source("src/c.rs", "use crate::a::{Thing, own}; pub struct Thong;"),
        ];
        let library = Library::new(&sources);
        let uses = library.uses();
        let used: Vec<_> = uses["src/c.rs"].keys().copied().collect();
        assert_eq!(used, ["src/a/b.rs", "src/a/mod.rs"]);
        assert!(uses["src/a/b.rs"].is_empty(), "tests use what they like");
        let exports = library.exports("a");
        assert_eq!(
            exports,
            BTreeMap::from([("Thing", "src/a/b.rs"), ("own", "src/a/mod.rs")])
        );
    }
}
