//! Commands and configuration lines that apply the verdict.

use super::origin::Subject;
use super::words::counted;
use crate::tune::Candidate;

/// A text to paste, with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paste {
    /// The kind of text, or its destination.
    pub(super) label: &'static str,
    pub(super) lines: Vec<String>,
}

/// All texts that apply a candidate, the immediate ones first.
pub(super) fn pastes(candidate: Candidate, subject: &Subject) -> Vec<Paste> {
    let Candidate { workers, queue } = candidate;
    let paste = |label, lines| Paste { label, lines };
    let serve = || {
        let line = format!("jamd serve --workers {workers} --queue {queue}");
        paste("run", vec![line])
    };
    let file = || {
        let lines = vec![format!("workers = {workers}"), format!("queue = {queue}")];
        paste("jamd.toml", lines)
    };
    match subject {
        Subject::Own => vec![serve(), file()],
        Subject::Live(admin) => {
            let now = format!("jamd workers {workers} --admin {admin}");
            vec![paste("now", vec![now]), file()]
        }
        Subject::Simulated(_) => {
            let (workers, places) = (counted(workers, "worker"), counted(queue, "place"));
            let pool =
                format!("{workers}, and a queue of {places}: refuse clients that find it full");
            vec![paste("your pool", vec![pool])]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_suits_the_server_that_was_tuned() {
        let candidate = Candidate {
            workers: 12,
            queue: 48,
        };
        let of = |subject: Subject| {
            let all = pastes(candidate, &subject).into_iter();
            let all = all.map(|paste| format!("{}: {}", paste.label, paste.lines.join("; ")));
            all.collect::<Vec<_>>()
        };
        let file = "jamd.toml: workers = 12; queue = 48";
        let serve = "run: jamd serve --workers 12 --queue 48";
        assert_eq!(of(Subject::Own), [serve, file]);
        let now = "now: jamd workers 12 --admin [::1]:45001";
        assert_eq!(of(Subject::Live("[::1]:45001".to_owned())), [now, file]);
        let pool =
            "your pool: 12 workers, and a queue of 48 places: refuse clients that find it full";
        assert_eq!(of(Subject::Simulated("exp:2ms".to_owned())), [pool]);
    }
}
