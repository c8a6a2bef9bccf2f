//! The parser for request targets: RFC 9112, section 3.2.

/// The parts of a request target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The host of a target in absolute form. It replaces the `Host` field.
    pub(super) host: Option<&'a str>,
    /// The path, without the query.
    pub(super) path: &'a str,
}

/// A target without a host, or with a user name and password: RFC 9110, sections 4.2.1 and 4.2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoTarget;

impl<'a> Target<'a> {
    /// Parses the target of a request line. Text in neither origin form nor absolute form becomes a path
    /// that matches no route.
    pub(super) fn of(text: &'a str) -> Result<Self, NoTarget> {
        let (host, rest) = match absolute(text) {
            Some(named) => {
                let end = named.find(['/', '?']).unwrap_or(named.len());
                let (host, rest) = named.split_at(end);
                if host.is_empty() || host.contains('@') {
                    return Err(NoTarget);
                }
                (Some(host), rest)
            }
            None => (None, text),
        };
        let path = rest.split_once('?').map_or(rest, |(path, _)| path);
        let path = if host.is_some() && path.is_empty() {
            "/"
        } else {
            path
        };
        Ok(Self { host, path })
    }
}

/// The text after the `http://` scheme, if the target has it.
fn absolute(text: &str) -> Option<&str> {
    const SCHEME: &str = "http://";
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_of_either_form_is_a_path_without_its_query() {
        for (text, host, path) in [
            ("/", None, "/"),
            ("/status?at=/?", None, "/status"),
            (
                "http://localhost:1/status?a",
                Some("localhost:1"),
                "/status",
            ),
            ("HTTP://[::1]:1/", Some("[::1]:1"), "/"),
            ("http://localhost", Some("localhost"), "/"),
            ("http://localhost?a=/b", Some("localhost"), "/"),
            ("http://localhost//status", Some("localhost"), "//status"),
        ] {
            assert_eq!(Target::of(text), Ok(Target { host, path }), "{text}");
        }
    }

    #[test]
    fn an_absolute_target_names_a_host_and_nothing_besides() {
        for text in [
            "http://",
            "http:///status",
            "http://evil@localhost/",
            "http://?a",
        ] {
            assert_eq!(Target::of(text), Err(NoTarget), "{text}");
        }
    }

    #[test]
    fn what_is_of_another_form_is_a_path_that_there_is_not() {
        for text in [
            "*",
            "localhost:1",
            "https://localhost/",
            "http:/status",
            "h\u{e4}ttp://a/",
        ] {
            let target = Target {
                host: None,
                path: text,
            };
            assert_eq!(Target::of(text), Ok(target), "{text}");
        }
    }
}
