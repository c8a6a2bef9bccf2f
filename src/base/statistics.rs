//! The distributions behind confidence intervals.

mod normal;
pub(crate) mod student;

pub(crate) use self::normal::{NORMAL_95, normal};
