//! Conversions between counts and floating-point numbers.

/// A count as a floating-point number; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(crate) fn as_f64(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// The whole part of a non-negative number, limited to the greatest count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number out of range becomes the end of it"
)]
pub(crate) fn whole(number: f64) -> usize {
    number.floor() as usize
}
