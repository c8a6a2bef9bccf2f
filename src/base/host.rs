//! The host: the CPU time of all its cores.

use std::fs;

/// CPU time of all cores since the host started, in kernel ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CpuTime {
    /// Time in programs and their system calls, or in other guests of the hardware. Interrupts do not
    /// count: most of them belong to the load.
    pub(crate) busy: u64,
    /// Time spent waiting, including for disks.
    pub(crate) idle: u64,
    /// The sum of all times.
    pub(crate) all: u64,
    pub(crate) cores: u64,
}

impl CpuTime {
    /// The time so far; `None` where the system does not report it.
    pub(crate) fn now() -> Option<Self> {
        Self::of(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// Reads `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. The later columns are
    /// already part of user and nice.
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
