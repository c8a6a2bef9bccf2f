//! A simulated service: another service with a time added to each command for the time.
//!
//! An operator sizes the pool of another program with it: it answers as slowly as that program. The
//! protocol is unchanged. Each reply tells the time at which it is ready, not the time at which it was requested.

mod pause;
mod service_time;

use fastrand::Rng;

pub use self::service_time::{ServiceTime, Spent, Spread};

use self::pause::Pause;
use crate::protocol::{self, Command, LINE_END, Parsed};
use crate::server::{Progress, Responder, Service, Then};

/// Adds a service time to every command for the time.
#[derive(Debug)]
pub struct SimulatedService<S> {
    service: S,
    service_time: ServiceTime,
}

impl<S: Service> SimulatedService<S> {
    /// Creates a slowed service.
    pub fn new(service: S, service_time: ServiceTime) -> Self {
        Self {
            service,
            service_time,
        }
    }
}

impl<S: Service> Service for SimulatedService<S> {
    type Responder = SimulatedResponder<S::Responder>;

    fn responder(&self) -> Self::Responder {
        SimulatedResponder {
            responder: self.service.responder(),
            max_line: self.longest_command().saturating_sub(LINE_END.len()),
            service_time: self.service_time,
            pause: Pause::default(),
            random: Rng::new(),
        }
    }

    fn refusal(&self) -> &'static [u8] {
        self.service.refusal()
    }

    fn has_work(&self, received: &[u8]) -> bool {
        self.service.has_work(received)
    }

    fn longest_command(&self) -> usize {
        self.service.longest_command()
    }
}

/// Answers the commands of one worker's sessions one at a time.
#[derive(Debug)]
pub struct SimulatedResponder<R> {
    responder: R,
    max_line: usize,
    service_time: ServiceTime,
    pause: Pause,
    random: Rng,
}

impl<R: Responder> Responder for SimulatedResponder<R> {
    fn greet(&mut self, replies: &mut Vec<u8>) -> Then {
        self.responder.greet(replies)
    }

    /// Answers one command of the input, after its service time, so that its reply is written when ready. A
    /// session that is cut is therefore delayed only by its current command.
    fn respond(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Progress {
        let (line, rest) = match protocol::parse(input, self.max_line) {
            Parsed::Line(command, bytes) => {
                if command == Command::Time {
                    let length = self.service_time.draw(&mut self.random);
                    self.pause.take(self.service_time.spent, length);
                }
                input.split_at_checked(bytes).unwrap_or((input, &[]))
            }
            Parsed::Partial | Parsed::TooLong => (input, &[][..]),
        };
        let progress = self.responder.respond(line, replies);
        let then = match progress.then {
            Then::Read if !rest.is_empty() => Then::Resume,
            then => then,
        };
        Progress { then, ..progress }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{FixedClock, Zone};
    use crate::service::TimeService;
    use std::time::{Duration, Instant};

    const JAM: &[u8] = b"JAM 00:00:00\r\n";

    fn service_time(mean: Duration) -> ServiceTime {
        ServiceTime {
            mean,
            spread: Spread::Fixed,
            spent: Spent::Sleeping,
        }
    }

    fn responder(mean: Duration) -> impl Responder {
        let service = TimeService::new(FixedClock(0), Zone::Utc, 16);
        SimulatedService::new(service, service_time(mean)).responder()
    }

    /// All replies to an input, the number of answered commands, and the session's next step.
    fn answers(responder: &mut impl Responder, mut input: &[u8]) -> (Vec<u8>, u32, Then) {
        let (mut replies, mut commands) = (Vec::new(), 0);
        loop {
            let progress = responder.respond(input, &mut replies);
            assert!(progress.commands <= 1, "each command has a time of its own");
            commands += progress.commands;
            input = &input[progress.consumed..];
            if progress.then != Then::Resume {
                return (replies, commands, progress.then);
            }
        }
    }

    #[test]
    fn commands_in_one_piece_take_as_many_times() {
        let each = Duration::from_millis(2);
        let began = Instant::now();
        let piece = b"TIME\r\nTIME now\nTIME\r\nTI";
        let (replies, commands, then) = answers(&mut responder(each), piece);
        assert!(began.elapsed() >= each * 3);
        assert_eq!((replies, commands, then), (JAM.repeat(3), 3, Then::Read));
    }

    /// A responder that records when it was called and does not reply.
    struct Noting(Vec<Instant>);

    impl Responder for Noting {
        fn respond(&mut self, input: &[u8], _replies: &mut Vec<u8>) -> Progress {
            self.0.push(Instant::now());
            Progress {
                consumed: input.len(),
                commands: 1,
                then: Then::Read,
            }
        }
    }

    #[test]
    fn the_time_is_read_when_it_is_told() {
        let each = Duration::from_millis(2);
        let mut responder = SimulatedResponder {
            responder: Noting(Vec::new()),
            max_line: 16,
            service_time: service_time(each),
            pause: Pause::default(),
            random: Rng::new(),
        };
        let began = Instant::now();
        answers(&mut responder, b"TIME\r\nTIME\r\n");
        let read = responder.responder.0.iter().map(|at| *at - began);
        let read: Vec<_> = read.collect();
        assert!(matches!(read[..], [one, two] if one >= each && two >= one + each));
    }

    #[test]
    fn what_does_not_ask_for_the_time_takes_none() {
        // With this service time, any input that used it would make the test hang.
        let mut responder = responder(Duration::from_hours(24));
        for (input, reply, then) in [
            (&b"TIM"[..], &b""[..], Then::Read),
            (b"date\r\n", protocol::UNKNOWN, Then::Read),
            (b"QUIT\r\n", b"", Then::Finish),
            (b"TIME a longer line\r\n", b"", Then::Reject),
            (b"\nQUIT\n", protocol::UNKNOWN, Then::Finish),
        ] {
            let (replies, _, ended) = answers(&mut responder, input);
            let reply = if then == Then::Reject {
                protocol::TOO_LONG
            } else {
                reply
            };
            assert_eq!(
                (&*replies, ended),
                (reply, then),
                "{}",
                input.escape_ascii()
            );
        }
    }

    #[test]
    fn it_answers_like_the_service_it_slows_down() {
        let plain = TimeService::new(FixedClock(0), Zone::Utc, 16).responder();
        let (mut plain, mut slowed) = (plain, responder(Duration::ZERO));
        for input in [
            &b"TIME\r\nTIME x\r\nnone\r\nTIME\r\nQUIT\r\nTIME\r\n"[..],
            b"TIME\r\nTIME a longer line\r\nTIME\r\n",
            b"\r\n\nTIME \nQUIT \nQUIT",
            b"TIME",
            b"",
        ] {
            let mut replies = Vec::new();
            let Progress { commands, then, .. } = plain.respond(input, &mut replies);
            assert_eq!(answers(&mut slowed, input), (replies, commands, then));
        }
    }
}
