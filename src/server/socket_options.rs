//! Socket options without a safe wrapper in any crate.

#![cfg(target_os = "linux")]
#![expect(
    unsafe_code,
    reason = "setsockopt has no safe wrapper for these options"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::libc;

/// The payload bytes received in order on a connection since it began, read or not.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn bytes_received(connection: &impl AsFd) -> io::Result<u64> {
    tcp_info(connection).map(|info| info.tcpi_bytes_received)
}

/// The number of `written` bytes that the other end has not acknowledged; 0 if the connection is closed.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn unsent(connection: &impl AsFd, written: u64) -> io::Result<u64> {
    /// `TCP_CLOSE` in the kernel's list of states.
    const CLOSED: u8 = 7;
    let info = tcp_info(connection)?;
    if info.tcpi_state == CLOSED {
        return Ok(0);
    }
    Ok(written.saturating_sub(info.tcpi_bytes_acked))
}

/// The length of a listener's accept backlog, and its limit.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn backlog(listener: &impl AsFd) -> io::Result<(u32, u32)> {
    // For a listening socket these two fields have other meanings than their names. `tcp_get_info` in the
    // kernel shows this, tcp(7) does not.
    tcp_info(listener).map(|info| (info.tcpi_unacked, info.tcpi_sacked))
}

/// The bytes of kernel memory held for unsent data of a connection.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn send_memory(connection: &impl AsFd) -> io::Result<u64> {
    /// The values of the option, in the order of `SK_MEMINFO_…` in Linux's `sock_diag.h`.
    type MemInfo = [u32; 9];
    const ALLOCATED_AHEAD: usize = 4;
    const QUEUED: usize = 5;
    let numbers: MemInfo = get(connection, libc::SOL_SOCKET, libc::SO_MEMINFO)?;
    let number = |index| numbers.get(index).copied().map_or(0, u64::from);
    Ok(number(QUEUED) + number(ALLOCATED_AHEAD))
}

fn tcp_info(connection: &impl AsFd) -> io::Result<libc::tcp_info> {
    get(connection, libc::IPPROTO_TCP, libc::TCP_INFO)
}

/// A type for the kernel to fill in: it has only integer fields, for which zero is valid.
trait Integers: Copy {}

impl Integers for libc::tcp_info {}

impl Integers for [u32; 9] {}

fn get<T: Integers>(
    connection: &impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
) -> io::Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut length = libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0);
    // SAFETY: the descriptor is open as long as the borrow lasts. The pointer leads to `length` writable
    // bytes; the kernel writes at most that many and reports the number.
    let result = unsafe {
        libc::getsockopt(
            connection.as_fd().as_raw_fd(),
            level,
            option,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all fields are integers, for which zero is valid. Bytes that the kernel did not write are
    // still zero.
    Ok(unsafe { value.assume_init() })
}

/// Makes the kernel hold back a connection until the client has sent data, or for about `limit`. The unit
/// is whole seconds, at least one. `None` hands connections over at once.
///
/// # Errors
///
/// The kernel's error.
pub(super) fn defer_accept(listener: &impl AsFd, limit: Option<Duration>) -> io::Result<()> {
    let seconds = limit.map_or(0, |limit| limit.as_secs().max(1));
    let seconds = libc::c_int::try_from(seconds).unwrap_or(libc::c_int::MAX);
    let length = libc::socklen_t::try_from(size_of_val(&seconds)).unwrap_or(0);
    // SAFETY: the descriptor is open as long as the borrow lasts. The option's value is a `c_int`; the
    // pointer leads to one that outlives the call, and `length` is its size.
    let result = unsafe {
        libc::setsockopt(
            listener.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_DEFER_ACCEPT,
            (&raw const seconds).cast(),
            length,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
