//! The numbers of workers for which shadow pools are run.

/// How many round numbers beyond twice the workers are tried.
const BEYOND: usize = 2;

/// The numbers of workers to try, in order. They are half, three quarters, once, one and a half and twice
/// the given number. The next two round numbers follow.
pub(super) fn counts(workers: usize) -> Vec<usize> {
    let workers = workers.max(1);
    let quarters = |quarters: usize| (workers.saturating_mul(quarters) + 2) / 4;
    let mut counts: Vec<_> = [2, 3, 4, 6, 8].map(quarters).to_vec();
    let most = quarters(8);
    counts.extend(round_numbers().filter(|round| *round > most).take(BEYOND));
    counts.retain(|count| *count > 0);
    counts.dedup();
    counts
}

/// 1, 2, 3, 4, 6, 8, 12, 16 and so on: powers of two, and the middle between each two of them.
fn round_numbers() -> impl Iterator<Item = usize> {
    let power = |exponent| 1_usize.checked_shl(exponent);
    let powers = (0..usize::BITS).filter_map(power);
    powers.flat_map(|power| {
        [Some(power), power.checked_add(power / 2)]
            .into_iter()
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_lie_around_the_workers_and_end_with_round_ones() {
        for (workers, expected) in [
            (1, vec![1, 2, 3, 4]),
            (2, vec![1, 2, 3, 4, 6, 8]),
            (3, vec![2, 3, 5, 6, 8, 12]),
            (4, vec![2, 3, 4, 6, 8, 12, 16]),
            (10, vec![5, 8, 10, 15, 20, 24, 32]),
            (256, vec![128, 192, 256, 384, 512, 768, 1024]),
        ] {
            assert_eq!(counts(workers), expected, "{workers}");
        }
    }

    proptest! {
        #[test]
        fn numbers_ascend_begin_with_one_at_least_and_include_the_workers(workers in 0_usize..40_000) {
            let counts = counts(workers);
            prop_assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
            prop_assert!(counts[0] >= 1);
            prop_assert!(counts.contains(&workers.max(1)));
            prop_assert!(counts.len() <= 7);
        }
    }
}
