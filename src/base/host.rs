//! The host: the CPU time of all its cores.

use std::fs;

/// CPU time of all cores since the host started, in ticks of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CpuTime {
    /// Spent in programs and their system calls, or by other guests of the same hardware. Interrupts are
    /// not: most belong to the load itself.
    pub(crate) busy: u64,
    /// Spent waiting, for disks too.
    pub(crate) idle: u64,
    /// All there was.
    pub(crate) all: u64,
    pub(crate) cores: u64,
}

impl CpuTime {
    /// The time so far; `None` where the system does not say.
    pub(crate) fn now() -> Option<Self> {
        Self::of(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// From the lines of `/proc/stat`: user, nice, system, idle, waiting for a disk, interrupts, their
    /// second halves, stolen; what follows is part of user and nice already.
    ///
    /// Source: `proc_stat(5)`.
    fn of(stat: &str) -> Option<Self> {
        let mut lines = stat.lines();
        let figures = lines.next()?.strip_prefix("cpu ")?.split_whitespace();
        let figures: Vec<u64> = figures.map_while(|figure| figure.parse().ok()).collect();
        let [user, nice, system, idle, disk, hard, soft, stolen, ..] = figures[..] else {
            return None;
        };
        let (busy, idle) = (user + nice + system + stolen, idle + disk);
        let cores = lines.take_while(|line| line.starts_with("cpu")).count();
        Some(Self {
            busy,
            idle,
            all: busy + idle + hard + soft,
            cores: u64::try_from(cores).ok().filter(|cores| *cores > 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_are_busy_with_programs_and_with_other_guests() {
        let stat = "cpu  100 10 50 1000 20 5 15 7 3 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1 2 3\n";
        let read = CpuTime {
            busy: 167,
            idle: 1020,
            all: 1207,
            cores: 2,
        };
        assert_eq!(CpuTime::of(stat), Some(read));
        for other in [
            "",
            "cpu \n",
            "cpu  1 2 3\ncpu0 1\n",
            "cpu  1 2 3 4 5 6 7 8\n",
        ] {
            assert_eq!(CpuTime::of(other), None, "{other:?}");
        }
    }
}
