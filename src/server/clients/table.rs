//! What is known of each client, in a table that grows with the pool and with nothing else.
//!
//! The table of the limits holds 65 536 clients in 8192 buckets of eight, as the sets of a processor's
//! cache: 2.1 MiB, however many addresses come. Where pool, queue and deferred set hold more than 8192 sessions it has a
//! bucket of 264 bytes for each of these; where they get so many while the server serves, up to two. Which
//! bucket a client falls into is decided by a hash with keys that are drawn at random when the server
//! starts, so nobody can choose addresses that meet in one.
//!
//! When a newcomer finds its bucket full, the client is forgotten of whom least is known: one without
//! open sessions, and among these the one whose next session was due first. Usually it was due in the
//! past, and then nothing is lost at all. Otherwise that client may begin another burst at once. To
//! be forgotten on purpose a client that has used its burst needs seven others in its own bucket, and
//! an eighth, that have used as much of theirs; who does not know the bucket has to spend that in all
//! of them, on tens of thousands of addresses, and each of those has an allowance of its own anyway.
//! (Addresses cannot be forged here: a client has completed a handshake before it is looked at.)
//!
//! A client with open sessions is never forgotten, so that the limit on them is never exceeded. A
//! newcomer whose bucket holds eight such clients is refused. That is rare even when every place is
//! held by a client of its own: with the 5376 sessions of the default settings one newcomer in two million
//! meets such a bucket, and with any number of sessions no more than one in 90 000 (the number of clients in
//! a bucket is a Poisson variable of mean one).

use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::{Mutex, PoisonError, RwLock};

use super::key::ClientKey;

/// Clients that one bucket holds.
const WAYS: usize = 8;

/// What a table keeps of a client; the default of one that is new.
pub(crate) trait Record: Copy + Default {
    /// By what it is decided who is forgotten: the least first.
    type Rank: Ord;

    fn rank(&self) -> Self::Rank;

    /// Whether the client may not be forgotten.
    fn is_needed(&self) -> bool;
}

/// The table. Each bucket has a lock of its own, held for some nanoseconds: the acceptor and a worker
/// that ends a session meet at one only by chance. The lock around them all is taken for writing only
/// when the table grows.
#[derive(Debug)]
pub(crate) struct Table<R> {
    buckets: RwLock<Buckets<R>>,
    hasher: RandomState,
}

type Buckets<R> = Box<[Mutex<Bucket<R>>]>;

type Bucket<R> = [Option<Entry<R>>; WAYS];

#[derive(Debug, Clone, Copy)]
struct Entry<R> {
    client: ClientKey,
    known: R,
}

impl<R: Record> Table<R> {
    /// A table of so many buckets.
    pub(crate) fn of(buckets: usize) -> Self {
        Self {
            buckets: RwLock::new(empty(buckets)),
            hasher: RandomState::new(),
        }
    }

    /// Makes room for so many sessions at a time, if there is less, and forgets nobody.
    pub(crate) fn grow(&self, places: usize) {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        let times = places.div_ceil(buckets.len().max(1));
        if times <= 1 {
            return;
        }
        let grown = empty(buckets.len().saturating_mul(times));
        let few = mem::replace(&mut *buckets, grown);
        for bucket in few {
            let known = bucket.into_inner().unwrap_or_else(PoisonError::into_inner);
            for entry in known.into_iter().flatten() {
                self.with_bucket(&buckets, entry.client, |bucket| {
                    // There is a free place: a multiple of what there were never leads clients of
                    // two buckets into one.
                    if let Some(place) = bucket.iter_mut().find(|it| it.is_none()) {
                        *place = Some(entry);
                    }
                });
            }
        }
    }

    /// Looks at and changes what is known of a client. `None` if it is new and there is no room for
    /// it, because every client in its bucket has sessions open.
    pub(crate) fn update<T>(
        &self,
        client: ClientKey,
        change: impl FnOnce(&mut R) -> T,
    ) -> Option<T> {
        self.with_bucket_of(client, |bucket| {
            let index = index_of(bucket, client).or_else(|| make_room(bucket))?;
            let entry = bucket.get_mut(index)?;
            let known = match entry {
                Some(entry) if entry.client == client => entry.known,
                _ => R::default(),
            };
            let entry = entry.insert(Entry { client, known });
            Some(change(&mut entry.known))
        })?
    }

    /// What is known of a client, if anything is.
    pub(crate) fn get(&self, client: ClientKey) -> Option<R> {
        self.with_bucket_of(client, |bucket| {
            let entry = bucket.iter().flatten().find(|it| it.client == client);
            entry.map(|it| it.known)
        })?
    }

    /// Changes what is known of a client, if anything is.
    pub(super) fn change(&self, client: ClientKey, change: impl FnOnce(&mut R)) {
        self.with_bucket_of(client, |bucket| {
            let mut entries = bucket.iter_mut().flatten();
            if let Some(entry) = entries.find(|it| it.client == client) {
                change(&mut entry.known);
            }
        });
    }

    fn with_bucket_of<T>(
        &self,
        client: ClientKey,
        act: impl FnOnce(&mut Bucket<R>) -> T,
    ) -> Option<T> {
        // Nothing panics while one of these locks is held; what is poisoned is still whole.
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        self.with_bucket(&buckets, client, act)
    }

    fn with_bucket<T>(
        &self,
        buckets: &[Mutex<Bucket<R>>],
        client: ClientKey,
        act: impl FnOnce(&mut Bucket<R>) -> T,
    ) -> Option<T> {
        let count = u64::try_from(buckets.len()).ok()?;
        let index = self.hasher.hash_one(client).checked_rem(count)?;
        let bucket = buckets.get(usize::try_from(index).ok()?)?;
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        Some(act(&mut bucket))
    }
}

fn empty<R: Record>(buckets: usize) -> Buckets<R> {
    (0..buckets).map(|_| Mutex::default()).collect()
}

fn index_of<R: Record>(bucket: &Bucket<R>, client: ClientKey) -> Option<usize> {
    let of_client = |it: &Option<Entry<R>>| it.is_some_and(|it| it.client == client);
    bucket.iter().position(of_client)
}

/// Where a newcomer goes: a free place, or that of the client of the least rank.
fn make_room<R: Record>(bucket: &Bucket<R>) -> Option<usize> {
    let places = bucket.iter().enumerate();
    let free = places.filter_map(|(index, entry)| match entry {
        None => Some((index, None)),
        Some(Entry { known, .. }) => (!known.is_needed()).then(|| (index, Some(known.rank()))),
    });
    // `None`, a free place, is less than any rank.
    free.min_by(|(_, one), (_, other)| one.cmp(other))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::clients::{BUCKETS, Known};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::net::{IpAddr, Ipv4Addr};

    fn client(number: u32) -> ClientKey {
        ClientKey::from(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    fn known(table: &Table<Known>, client: ClientKey) -> Option<Known> {
        table.get(client)
    }

    fn release(table: &Table<Known>, client: ClientKey) {
        table.change(client, |known| known.open -= 1);
    }

    #[test]
    fn the_whole_table_takes_no_more_than_is_said() {
        assert_eq!(size_of::<Mutex<Bucket<Known>>>(), 264);
        let buckets = |table: &Table<Known>| table.buckets.read().unwrap().len();
        let table = Table::of(BUCKETS);
        assert_eq!(buckets(&table) * 8, 65_536);
        assert_eq!(buckets(&Table::of(10_000)), 10_000);
        table.grow(BUCKETS);
        assert_eq!(buckets(&table), BUCKETS);
        table.grow(31_024);
        assert_eq!(buckets(&table), 4 * BUCKETS);
    }

    #[test]
    fn a_table_that_grows_makes_room_and_forgets_nobody() {
        let table = Table::<Known>::of(1);
        for number in 0..8 {
            table.update(client(number), |known| known.open = number + 1);
        }
        assert_eq!(table.update(client(8), |known| known.open += 1), None);
        // So many that no nine of them meet in one bucket.
        table.grow(1 << 16);
        for number in 0..8 {
            let open = known(&table, client(number)).map(|it| it.open);
            assert_eq!(open, Some(number + 1));
        }
        assert_eq!(table.update(client(8), |known| known.open += 1), Some(()));
    }

    #[test]
    fn a_flood_of_newcomers_makes_nobody_forgotten_who_owes_more_than_they() {
        let table = Table::<Known>::of(4);
        // No more than there is room for in one bucket, should all of them meet there.
        let debtors: Vec<_> = (0..7).map(client).collect();
        for debtor in &debtors {
            table.update(*debtor, |known| known.expected = 100);
        }
        for newcomer in 1000..11_000 {
            table.update(client(newcomer), |known| known.expected = 1);
        }
        for debtor in debtors {
            assert_eq!(known(&table, debtor).map(|it| it.expected), Some(100));
        }
    }

    #[test]
    fn a_client_with_open_sessions_is_never_forgotten_and_a_newcomer_finds_no_room() {
        let table = Table::<Known>::of(1);
        for number in 0..8 {
            assert_eq!(
                table.update(client(number), |known| known.open += 1),
                Some(())
            );
        }
        assert_eq!(table.update(client(8), |known| known.open += 1), None);
        release(&table, client(3));
        assert_eq!(table.update(client(8), |known| known.open += 1), Some(()));
        assert_eq!(known(&table, client(3)), None);
        assert_eq!(known(&table, client(8)).map(|it| it.open), Some(1));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Begin(u32, u64),
        End(u32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => (0..14_u32, 1..50_u64).prop_map(|(who, due)| Step::Begin(who, due)),
            2 => (0..14_u32).prop_map(Step::End),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        /// Against lists without bounds: open sessions are always known exactly, and who is forgotten
        /// was due no later than anybody who stayed.
        #[test]
        fn it_forgets_nobody_but_the_idle_client_that_was_due_first(steps in steps()) {
            let table = Table::<Known>::of(1);
            let mut model: HashMap<u32, Known> = HashMap::new();
            for step in steps {
                match step {
                    Step::Begin(who, due) => {
                        let began = table.update(client(who), |known| {
                            known.open += 1;
                            known.expected += due;
                        });
                        let is_known = model.contains_key(&who);
                        if !is_known && model.len() == WAYS {
                            let idle = model.iter().filter(|(_, known)| known.open == 0);
                            let first = idle.map(|(_, known)| known.expected).min();
                            prop_assert_eq!(began.is_some(), first.is_some());
                            if began.is_none() {
                                continue;
                            }
                            let gone = |who: &u32| known(&table, client(*who)).is_none();
                            let gone: Vec<u32> = model.keys().copied().filter(gone).collect();
                            prop_assert_eq!(gone.len(), 1);
                            let forgotten = model.remove(&gone[0]).unwrap();
                            prop_assert_eq!(forgotten.open, 0);
                            prop_assert_eq!(Some(forgotten.expected), first);
                        }
                        prop_assert!(began.is_some());
                        let known = model.entry(who).or_default();
                        known.open += 1;
                        known.expected += due;
                    }
                    Step::End(who) => {
                        if let Some(it) = model.get_mut(&who).filter(|it| it.open > 0) {
                            release(&table, client(who));
                            it.open -= 1;
                        }
                    }
                }
                prop_assert!(model.len() <= WAYS);
                for (who, expected) in &model {
                    prop_assert_eq!(known(&table, client(*who)), Some(*expected));
                }
            }
        }
    }
}
