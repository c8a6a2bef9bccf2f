//! What a worker can be doing, and something for each of it.

use serde::{Deserialize, Serialize};

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It holds no session.
    Idle,
    /// Its client is between two commands.
    Awaiting,
    /// Its client has begun a command.
    Reading,
    /// It is answering.
    Working,
    /// Its replies are on their way into the socket.
    Writing,
}

impl State {
    /// Every state, in the order in which a session goes through them.
    pub const ALL: [Self; 5] = [
        Self::Idle,
        Self::Awaiting,
        Self::Reading,
        Self::Working,
        Self::Writing,
    ];

    /// The name of the state in metrics and in what the administration port answers.
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

/// Something for each state.
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
    /// What there is for a state.
    pub fn of(&self, state: State) -> &T {
        match state {
            State::Idle => &self.idle,
            State::Awaiting => &self.awaiting,
            State::Reading => &self.reading,
            State::Working => &self.working,
            State::Writing => &self.writing,
        }
    }

    /// The same, to be changed.
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
    /// How many there are in the states in which a worker holds a session.
    pub fn occupied(&self) -> usize {
        let occupied = [self.awaiting, self.reading, self.working, self.writing];
        occupied.into_iter().fold(0, usize::saturating_add)
    }
}
