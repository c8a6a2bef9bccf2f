//! Statistics: the distributions that intervals are made of.

mod normal;
pub(crate) mod student;

pub(crate) use self::normal::{NORMAL_95, normal};
