//! A hash table of per-client records, which grows only with the pool.
//!
//! The limits' table holds 65 536 clients in 8192 buckets of eight, like a set-associative CPU cache. It
//! takes 2.1 MiB, however many addresses connect. Where pool, queue and deferred set hold more than 8192
//! sessions, it has a bucket of 264 bytes per session. Growth at run time can double that. A hash with
//! random keys, drawn at server start, selects the bucket. So an attacker cannot choose addresses that
//! share a bucket.
//!
//! A newcomer to a full bucket evicts one client: of those without open sessions, the one due first.
//! Usually that client was due in the past, and then nothing is lost. Otherwise it may begin another burst
//! at once.
//!
//! An eviction on purpose needs eight other clients in its bucket that have used as much of their burst. An
//! attacker that does not know the bucket has to fill all of them, from tens of thousands of addresses.
//! Each of those has its own allowance anyway. (Addresses cannot be forged here: a client has completed a
//! handshake first.)
//!
//! A client with open sessions is never evicted, so the limit on them is never exceeded. A newcomer to a
//! bucket with eight such clients is refused. That is rare even if every session has a different client.
//! With the 5376 sessions of the default settings it affects one newcomer in two million, and with any
//! number at most one in 90 000. (The number of clients in a bucket is a Poisson variable of mean one.)

use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::{Mutex, PoisonError, RwLock};

use super::key::ClientKey;

/// Clients per bucket.
const WAYS: usize = 8;

/// The record of a client; its default is that of a new client.
pub(crate) trait Record: Copy + Default {
    /// The order of eviction: the least rank first.
    type Rank: Ord;

    fn rank(&self) -> Self::Rank;

    /// Whether the client may not be evicted.
    fn is_needed(&self) -> bool;
}

/// The table. Each bucket has its own lock, held for some nanoseconds. The acceptor and a worker that ends
/// a session contend for a bucket only by chance. The outer lock is write-locked only when the table grows.
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
    pub(crate) fn of(buckets: usize) -> Self {
        Self {
            buckets: RwLock::new(empty(buckets)),
            hasher: RandomState::new(),
        }
    }

    /// Enlarges the table to this many sessions, if it is smaller. Evicts no client.
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
                    // A place is free: growth by a whole factor never maps clients of two old buckets to
                    // one new bucket.
                    if let Some(place) = bucket.iter_mut().find(|it| it.is_none()) {
                        *place = Some(entry);
                    }
                });
            }
        }
    }

    /// Changes the record of a client, which is created if missing. `None` if it is new and every client in
    /// its bucket has open sessions.
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

    /// The record of a client, if there is one.
    pub(crate) fn get(&self, client: ClientKey) -> Option<R> {
        self.with_bucket_of(client, |bucket| {
            let entry = bucket.iter().flatten().find(|it| it.client == client);
            entry.map(|it| it.known)
        })?
    }

    /// Changes the record of a client, if there is one.
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
        // No code panics while it holds one of these locks, so a poisoned lock still protects valid data.
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

/// The index for a newcomer: a free place, or that of the evictable client of least rank.
fn make_room<R: Record>(bucket: &Bucket<R>) -> Option<usize> {
    let places = bucket.iter().enumerate();
    let free = places.filter_map(|(index, entry)| match entry {
        None => Some((index, None)),
        Some(Entry { known, .. }) => (!known.is_needed()).then(|| (index, Some(known.rank()))),
    });
    // A free place has rank `None`, which is less than any other rank.
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
        // So many buckets that no nine of the clients share one.
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
        // No more debtors than fit into one bucket, in case all of them share it.
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
        /// Checks against unbounded lists: open sessions are always exact, and an evicted client was due no
        /// later than any remaining one.
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
