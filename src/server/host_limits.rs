//! The machine's limits that a pool must fit into: descriptors, threads, memory mappings, address space.

use std::fs;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};

use super::settings::{LINGERING_MAX, Settings};

/// Descriptors other than connections: standard streams, waker, zone file, and any inherited from the
/// parent process.
const OTHER_DESCRIPTORS: usize = 64;

/// The least capacity of the deferred set, used if the open-file limit leaves no more.
const DEFERRED_LEAST: usize = 64;

/// Threads besides the workers: main, acceptor, reaper, signals, and a few of an embedding program.
const OTHER_THREADS: usize = 8;

/// Memory mappings of a thread: its stack and its signal stack, each with a guard page.
const MAPS_PER_THREAD: usize = 4;

/// Mappings of the program, its libraries and its heap.
const OTHER_MAPS: usize = 500;

/// A limit of the machine or process that is too low for the settings. The text gives the limit, the
/// arithmetic and advice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Shortage(String);

/// Raises this process's open-file limit to its hard limit, and returns it.
///
/// # Errors
///
/// The kernel's error.
pub fn raise_open_files() -> std::io::Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(hard)
}

/// One resource that a server needs, and its limit.
struct Need {
    /// The name of the resource, and the sum that gives the number.
    arithmetic: String,
    needed: usize,
    limit: &'static str,
    allowed: Option<u64>,
    advice: &'static str,
}

impl Need {
    fn shortage(&self) -> Option<Shortage> {
        let allowed = self.allowed?;
        if u64::try_from(self.needed).is_ok_and(|needed| needed <= allowed) {
            return None;
        }
        let Self {
            arithmetic,
            needed,
            limit,
            advice,
            ..
        } = self;
        Some(Shortage(format!(
            "{arithmetic} = {needed}, but {limit} is {allowed}: {advice}"
        )))
    }
}

/// Refuses settings that exceed a known limit of this machine.
///
/// # Errors
///
/// The first limit that is too low.
pub fn check(settings: &Settings) -> Result<(), Shortage> {
    check_beside(0, settings)
}

/// Checks like [`check`], with this many passed listeners in addition.
pub(super) fn check_beside(passed: usize, settings: &Settings) -> Result<(), Shortage> {
    let needs = [
        descriptors(settings, passed),
        threads_of_kernel(settings),
        threads_of_group(settings),
        maps(settings),
        // Checked beforehand: running out of address space later can abort the process in any small
        // allocation.
        address_space(settings),
    ];
    needs.iter().find_map(Need::shortage).map_or(Ok(()), Err)
}

/// The capacity of the deferred set: the setting, or less if the open-file limit leaves fewer descriptors.
pub(super) fn deferred(settings: &Settings, passed: usize) -> usize {
    let need = descriptors(settings, passed);
    let spare = need.allowed.map_or(usize::MAX, |allowed| {
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
        allowed.saturating_sub(need.needed)
    });
    let least = DEFERRED_LEAST.min(settings.deferred);
    settings.deferred.min(least.saturating_add(spare))
}

/// Names the limit that most likely kept the threads from starting. It does not bind every user, so it is
/// not checked beforehand.
pub(super) fn diagnose(settings: &Settings) -> Shortage {
    threads_of_user(settings).shortage().unwrap_or_else(|| {
        Shortage(format!(
            "the machine refused to start {} workers with {} bytes of stack each: memory, or the \
             number of threads of this user, ran out; lower workers or stack-size",
            settings.workers, settings.stack_size
        ))
    })
}

fn descriptors(settings: &Settings, passed: usize) -> Need {
    let (workers, queue) = (settings.workers, settings.queue);
    let listeners = settings.listen.len() + passed;
    let deferred = DEFERRED_LEAST.min(settings.deferred);
    let other_ports = match settings.other_descriptors {
        0 => String::new(),
        count => format!(" + {count} for other ports"),
    };
    Need {
        arithmetic: format!(
            "open files: {workers} workers + {queue} queued + {LINGERING_MAX} lingering + \
             {deferred} deferred + {listeners} listening{other_ports} + {OTHER_DESCRIPTORS} others"
        ),
        needed: settings.descriptors() - settings.deferred
            + deferred
            + passed
            + settings.other_descriptors
            + OTHER_DESCRIPTORS,
        limit: "the open-file limit",
        allowed: soft_limit(Resource::RLIMIT_NOFILE),
        advice: "raise it (ulimit -n) or lower workers or queue",
    }
}

fn threads_of_kernel(settings: &Settings) -> Need {
    Need {
        limit: "the kernel's limit kernel.threads-max",
        allowed: number_in("/proc/sys/kernel/threads-max"),
        ..threads(settings)
    }
}

fn threads_of_group(settings: &Settings) -> Need {
    Need {
        limit: "the limit pids.max of this control group",
        allowed: pids_max(),
        ..threads(settings)
    }
}

fn threads_of_user(settings: &Settings) -> Need {
    Need {
        limit: "this user's limit of processes and threads",
        allowed: soft_limit(Resource::RLIMIT_NPROC),
        ..threads(settings)
    }
}

fn threads(settings: &Settings) -> Need {
    Need {
        arithmetic: format!(
            "threads: {} workers + {OTHER_THREADS} others",
            settings.workers
        ),
        needed: settings.workers + OTHER_THREADS,
        limit: "",
        allowed: None,
        advice: "raise it or lower workers",
    }
}

fn maps(settings: &Settings) -> Need {
    let workers = settings.workers;
    Need {
        arithmetic: format!(
            "memory mappings: {workers} workers * {MAPS_PER_THREAD} + {OTHER_MAPS} others"
        ),
        needed: workers * MAPS_PER_THREAD + OTHER_MAPS,
        limit: "the map count vm.max_map_count",
        allowed: number_in("/proc/sys/vm/max_map_count"),
        advice: "raise it or lower workers",
    }
}

fn address_space(settings: &Settings) -> Need {
    let (workers, stack) = (settings.workers, settings.stack_size);
    Need {
        arithmetic: format!("memory: {workers} workers * {stack} bytes of stack"),
        needed: workers.saturating_mul(stack),
        limit: "the address-space limit",
        allowed: soft_limit(Resource::RLIMIT_AS),
        advice: "raise it (ulimit -v) or lower workers or stack-size",
    }
}

/// The limit in force; `None` if unlimited.
fn soft_limit(resource: Resource) -> Option<u64> {
    let (soft, _) = getrlimit(resource).ok()?;
    (soft != RLIM_INFINITY).then_some(soft)
}

fn number_in(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The thread limit of this process's control group (version 2, unified hierarchy).
fn pids_max() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    number_in(&format!("/sys/fs/cgroup{group}/pids.max"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::clients::ClientLimits;
    use crate::server::settings::Limits;

    fn settings() -> Settings {
        Settings {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            backlog: 16,
            defer_accept: None,
            reuse_port: false,
            workers: 100,
            stack_size: 64 << 10,
            queue: 10,
            deferred: 4096,
            closing_memory: 8 << 20,
            limits: Limits::default(),
            allow: Vec::new(),
            deny: Vec::new(),
            clients: ClientLimits::default(),
            other_descriptors: 0,
        }
    }

    #[test]
    fn a_shortage_shows_the_arithmetic_the_limit_and_the_way_out() {
        let need = Need {
            allowed: Some(1000),
            ..descriptors(&settings(), 0)
        };
        assert_eq!(
            need.shortage().unwrap().to_string(),
            "open files: 100 workers + 10 queued + 1024 lingering + 64 deferred + 1 listening + 64 others = 1263, \
             but the open-file limit is 1000: raise it (ulimit -n) or lower workers or queue"
        );
    }

    #[test]
    fn what_other_servers_of_the_process_may_take_is_part_of_the_arithmetic() {
        let settings = Settings {
            other_descriptors: 7,
            ..settings()
        };
        let need = Need {
            allowed: Some(1270),
            ..descriptors(&settings, 1)
        };
        let shortage = need.shortage().unwrap().to_string();
        let arithmetic = "+ 2 listening + 7 for other ports + 64 others = 1271, ";
        assert!(shortage.contains(arithmetic), "{shortage}");
    }

    #[test]
    fn what_just_fits_is_no_shortage_and_an_unknown_limit_is_none() {
        for allowed in [Some(1263), None] {
            let need = Need {
                allowed,
                ..descriptors(&settings(), 0)
            };
            assert_eq!(need.shortage(), None);
        }
    }

    #[test]
    fn each_limit_is_named_by_its_own_name() {
        let names = [threads_of_kernel, threads_of_group, maps, address_space].map(|need| {
            let need = Need {
                allowed: Some(1),
                ..need(&settings())
            };
            need.shortage().unwrap().to_string()
        });
        for (text, name) in
            names
                .iter()
                .zip(["threads-max", "pids.max", "max_map_count", "address-space"])
        {
            assert!(text.contains(name), "{text}");
        }
    }

    #[test]
    fn the_deferred_set_takes_what_the_open_file_limit_leaves() {
        let most = Settings {
            deferred: usize::MAX >> 1,
            ..settings()
        };
        let least = descriptors(&most, 0);
        let spare = usize::try_from(least.allowed.unwrap()).unwrap() - least.needed;
        assert_eq!(deferred(&most, 0), spare + DEFERRED_LEAST);
        let few = Settings {
            deferred: 7,
            ..settings()
        };
        assert_eq!(deferred(&few, 0), 7);
    }
}
