//! Rust text as words and marks, each with its line; comments, strings and characters are left out.

/// A word, a `::`, or any other single mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// The words and marks of `source`, in order.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let omitted = left_out(rest);
        let (text, after) = rest.split_at(omitted.unwrap_or_else(|| kept(rest, first)));
        if omitted.is_none() && !first.is_whitespace() {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Bytes of the word or mark that `rest` begins with.
fn kept(rest: &str, first: char) -> usize {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    if in_word(first) {
        rest.find(|c| !in_word(c)).unwrap_or(rest.len())
    } else if rest.starts_with("::") {
        2
    } else {
        first.len_utf8()
    }
}

/// Bytes of the comment, string or character that `rest` begins with.
fn left_out(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        Some(rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        Some(block_comment(rest))
    } else if rest.starts_with('\'') {
        character(rest)
    } else {
        string(rest)
    }
}

/// Comments nest: as many ends as beginnings.
fn block_comment(rest: &str) -> usize {
    let (mut open, mut at) = (0_usize, 0);
    while let Some(begin) = rest[at..].find(['/', '*']) {
        at += begin;
        if rest[at..].starts_with("/*") {
            (open, at) = (open + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (open, at) = (open - 1, at + 2);
            if open == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// A character in quotes; the quote of a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next()?, chars.next()?) {
        ((_, '\\'), _) => Some(quoted(rest, '\'')),
        (_, (at, '\'')) => Some(at + 1),
        _ => None,
    }
}

fn string(rest: &str) -> Option<usize> {
    let marked = rest.trim_start_matches(['b', 'c', 'r']);
    let opening = marked.trim_start_matches('#');
    if !opening.starts_with('"') {
        return None;
    }
    let (prefix, hashes) = (rest.len() - marked.len(), marked.len() - opening.len());
    match &rest[..prefix] {
        "" | "b" | "c" if hashes == 0 => Some(prefix + quoted(opening, '"')),
        "r" | "br" | "cr" => {
            let closing = format!("\"{}", "#".repeat(hashes));
            let body = &opening[1..];
            let length = body
                .find(&closing)
                .map_or(body.len(), |at| at + closing.len());
            Some(rest.len() - body.len() + length)
        }
        _ => None,
    }
}

/// Bytes from the quote that `rest` begins with to the one that closes it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn a_path_is_its_words_and_the_marks_between_them() {
        assert_eq!(words("use a::b_1;"), ["use", "a", "::", "b_1", ";"]);
    }

    #[test]
    fn comments_are_left_out_and_nest() {
        assert_eq!(words("a // b\n/// c\n//! d\ne"), ["a", "e"]);
        assert_eq!(words("a /* b /* c */ d **/ e /*/ f */ g"), ["a", "e", "g"]);
    }

    #[test]
    fn strings_are_left_out_whatever_they_hold() {
        assert_eq!(words(r#"a("b \" c", d"#), ["a", "(", ",", "d"]);
        assert_eq!(words(r##"a r#"b "c" // d"# e"##), ["a", "e"]);
        assert_eq!(words(r#"b"x" br"\" c"y" r"z" w"#), ["w"]);
    }

    #[test]
    fn a_quote_in_a_character_opens_nothing_and_a_lifetime_is_no_character() {
        assert_eq!(words(r#"'"' a '\'' b '\u{e9}' c"#), ["a", "b", "c"]);
        assert_eq!(words("&'a str, 'b'"), ["&", "'", "a", "str", ","]);
    }

    #[test]
    fn lines_are_counted_through_what_is_left_out() {
        let found = tokens("a\n/* \n */ b \"\n\n\" c");
        let lines: Vec<_> = found.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(lines, [("a", 1), ("b", 3), ("c", 5)]);
    }
}
