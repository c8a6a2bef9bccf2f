//! Statistics: the distributions that intervals are made of.

pub(crate) mod student;
