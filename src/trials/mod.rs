//! Real trials for the tuner: a local server for each candidate, or a live server with changing workers.

mod calibration;
mod child;
mod live;
mod local;
mod null_server;
mod other_load;
mod sampled;
mod trial;

pub(crate) use self::calibration::calibrate;
pub(crate) use self::live::{Live, LiveError};
pub(crate) use self::local::Local;
pub(crate) use self::other_load::OtherLoad;
pub(crate) use self::trial::{Subject, TrialSettings, Trials};
