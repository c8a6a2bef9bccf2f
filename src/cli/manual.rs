//! The manual: the sections below the options of each subcommand.

/// The sections of a subcommand; empty if its options need no more explanation.
///
/// A line that begins with `# ` is the title of a section. One that begins with `@ ` is a term, and the
/// line below explains it. One that begins with four blanks is verbatim. Other lines are paragraphs.
pub fn manual(command: &str) -> &'static str {
    match command {
        "serve" => include_str!("manual/serve.txt"),
        "load" => include_str!("manual/load.txt"),
        "tune" => include_str!("manual/tune.txt"),
        "top" => include_str!("manual/top.txt"),
        _ => "",
    }
}
