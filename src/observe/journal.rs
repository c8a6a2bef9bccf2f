//! Whom a server tells of its sessions: the log, and who follows them, if anybody does.

use super::feed::{RecordSender, SessionRecord};
use super::session_log::SessionLog;

/// Where a server tells of its sessions.
#[derive(Debug)]
pub struct Journal {
    log: SessionLog,
    feed: Option<RecordSender>,
}

impl Journal {
    /// A journal that feeds whoever follows the sessions as well.
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

    /// Tells how a session went through the pool.
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
