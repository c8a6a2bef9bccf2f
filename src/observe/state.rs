//! The states of a worker, and a set of values by state.

use serde::{Deserialize, Serialize};

/// The state of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The worker holds no session.
    Idle,
    /// The worker waits for the client's next command.
    Awaiting,
    /// The worker has received part of a command.
    Reading,
    /// The worker computes replies.
    Working,
    /// The worker writes replies to the socket.
    Writing,
}

impl State {
    /// Every state, in the order of a session.
    pub const ALL: [Self; 5] = [
        Self::Idle,
        Self::Awaiting,
        Self::Reading,
        Self::Working,
        Self::Writing,
    ];

    /// The name of the state in metrics and in the administration port's answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Awaiting => "awaiting",
            Self::Reading => "reading",
            Self::Working => "working",
            Self::Writing => "writing",
        }
    }
}

/// One value for each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the state of its name")]
pub struct ByState<T> {
    pub idle: T,
    pub awaiting: T,
    pub reading: T,
    pub working: T,
    pub writing: T,
}

impl<T> ByState<T> {
    /// The value for a state.
    pub fn of(&self, state: State) -> &T {
        match state {
            State::Idle => &self.idle,
            State::Awaiting => &self.awaiting,
            State::Reading => &self.reading,
            State::Working => &self.working,
            State::Writing => &self.writing,
        }
    }

    /// The value for a state, for changes.
    pub fn of_mut(&mut self, state: State) -> &mut T {
        match state {
            State::Idle => &mut self.idle,
            State::Awaiting => &mut self.awaiting,
            State::Reading => &mut self.reading,
            State::Working => &mut self.working,
            State::Writing => &mut self.writing,
        }
    }
}

impl ByState<usize> {
    /// The sum over the states in which a worker holds a session.
    pub fn occupied(&self) -> usize {
        let occupied = [self.awaiting, self.reading, self.working, self.writing];
        occupied.into_iter().fold(0, usize::saturating_add)
    }
}
