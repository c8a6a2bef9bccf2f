//! The slots of all workers, by worker number.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::slot::Slot;
use crate::server::tick::Tick;

/// The slots of a server. Write-locked only when the number of workers changes. The slot of a retired
/// worker is kept for the next worker.
#[derive(Debug, Default)]
pub(crate) struct Slots(RwLock<Vec<Arc<Slot>>>);

impl Slots {
    /// All slots, that of worker 1 first, including those without a worker.
    pub(crate) fn all(&self) -> RwLockReadGuard<'_, Vec<Arc<Slot>>> {
        // No code panics while it holds this lock for writing.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers and slots for this many more workers: the lowest free numbers.
    pub(crate) fn enrol(&self, workers: usize, now: Tick) -> Vec<(usize, Arc<Slot>)> {
        let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_free = |(_, slot): &(usize, &Arc<Slot>)| !slot.is_manned();
        let free = (1..).zip(slots.iter()).filter(is_free).take(workers);
        let mut enrolled: Vec<_> = free
            .map(|(number, slot)| (number, Arc::clone(slot)))
            .collect();
        for _ in enrolled.len()..workers {
            let slot = Arc::default();
            slots.push(Arc::clone(&slot));
            enrolled.push((slots.len(), slot));
        }
        for (_, slot) in &enrolled {
            slot.man(now);
        }
        enrolled
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_taken_first_and_no_slot_twice() {
        let slots = Slots::default();
        let workers = slots.enrol(3, Tick(1));
        assert!(workers.iter().map(|(number, _)| *number).eq(1..=3));
        workers[1].1.leave();
        workers[2].1.leave();
        let one = slots.enrol(1, Tick(7));
        assert_eq!(one[0].0, 2);
        assert!(Arc::ptr_eq(&one[0].1, &workers[1].1));
        assert_eq!(one[0].1.look().since(), Tick(7), "idle since it was hired");
        let two = slots.enrol(2, Tick(8));
        assert!(two.iter().map(|(number, _)| *number).eq(3..=4));
    }
}
