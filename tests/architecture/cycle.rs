//! Whether rooms import each other in a circle.

use std::collections::BTreeMap;

/// Which rooms each room imports, and one place where it does.
pub(crate) type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

/// The imports that lead from a room back to itself, if any do: the chain, with each place.
pub(crate) fn cycle(graph: &Graph<'_>) -> Option<String> {
    graph.keys().find_map(|start| {
        let mut chain = vec![*start];
        leads_back(graph, start, start, &mut chain).then(|| describe(graph, &chain))
    })
}

/// Extends the chain from `room` until it is back at `start`; leaves it as it was if it never is.
fn leads_back<'a>(graph: &Graph<'a>, start: &str, room: &str, chain: &mut Vec<&'a str>) -> bool {
    for next in graph.get(room).into_iter().flat_map(BTreeMap::keys) {
        if chain[1..].contains(next) {
            continue;
        }
        chain.push(next);
        if *next == start || leads_back(graph, start, next, chain) {
            return true;
        }
        chain.pop();
    }
    false
}

fn describe(graph: &Graph<'_>, chain: &[&str]) -> String {
    let places = chain.windows(2).map(|pair| &graph[pair[0]][pair[1]]);
    let places: Vec<_> = places.map(String::as_str).collect();
    format!("{} ({})", chain.join(" -> "), places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph<'a>(imports: &[(&'a str, &'a str)]) -> Graph<'a> {
        let mut graph = Graph::new();
        for (room, imported) in imports {
            let place = format!("{room}.rs:1");
            graph.entry(*room).or_default().insert(*imported, place);
        }
        graph
    }

    #[test]
    fn two_ways_to_the_same_room_are_no_cycle() {
        let diamond = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")];
        assert_eq!(cycle(&graph(&diamond)), None);
    }

    #[test]
    fn a_cycle_is_told_as_its_chain_even_if_it_starts_further_down() {
        let imports = [("a", "b"), ("b", "c"), ("b", "z"), ("c", "d"), ("d", "b")];
        assert_eq!(
            cycle(&graph(&imports)).unwrap(),
            "b -> c -> d -> b (b.rs:1, c.rs:1, d.rs:1)"
        );
    }

    #[test]
    fn two_rooms_that_import_each_other_are_a_cycle() {
        let found = cycle(&graph(&[("a", "b"), ("b", "a")])).unwrap();
        assert!(found.starts_with("a -> b -> a "), "{found}");
    }
}
