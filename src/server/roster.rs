//! The roster: the slots of all workers, by number.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::slot::Slot;

/// The slots of a server. Written only when the number of workers changes; a slot whose worker has
/// retired stays, for the next that is hired.
#[derive(Debug, Default)]
pub(super) struct Roster(RwLock<Vec<Arc<Slot>>>);

impl Roster {
    /// Every slot there is, that of worker 1 first; also those without a worker.
    pub(super) fn slots(&self) -> RwLockReadGuard<'_, Vec<Arc<Slot>>> {
        // Nothing panics while this lock is held for writing.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number and the slot of one more worker: the lowest that is free.
    pub(super) fn enrol(&self) -> (usize, Arc<Slot>) {
        let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let free = slots.iter().position(|slot| !slot.is_manned());
        let index = free.unwrap_or(slots.len());
        if free.is_none() {
            slots.push(Arc::default());
        }
        let slot = slots.get(index).map(Arc::clone).unwrap_or_default();
        slot.man();
        (index + 1, slot)
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_taken_first_and_no_slot_twice() {
        let roster = Roster::default();
        let crew: Vec<_> = (0..3).map(|_| roster.enrol()).collect();
        assert!(crew.iter().map(|(number, _)| *number).eq(1..=3));
        crew[1].1.leave();
        crew[2].1.leave();
        let (number, slot) = roster.enrol();
        assert_eq!(number, 2);
        assert!(Arc::ptr_eq(&slot, &crew[1].1));
        assert_eq!((roster.enrol().0, roster.enrol().0), (3, 4));
    }
}
