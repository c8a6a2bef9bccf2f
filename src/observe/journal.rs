//! The journal: the session log and the optional feed of session records.

use super::feed::{RecordSender, SessionRecord};
use super::session_log::SessionLog;

/// The outputs to which a server reports its sessions.
#[derive(Debug)]
pub struct Journal {
    log: SessionLog,
    feed: Option<RecordSender>,
}

impl Journal {
    /// A journal with a feed.
    pub fn followed(log: SessionLog, feed: RecordSender) -> Self {
        Self {
            log,
            feed: Some(feed),
        }
    }

    /// The log.
    pub fn log(&self) -> &SessionLog {
        &self.log
    }

    /// Sends a session's record to the feed, if there is one.
    pub fn tell(&self, record: impl FnOnce() -> SessionRecord) {
        if let Some(feed) = &self.feed {
            feed.tell(record());
        }
    }
}

impl From<SessionLog> for Journal {
    fn from(log: SessionLog) -> Self {
        Self { log, feed: None }
    }
}
