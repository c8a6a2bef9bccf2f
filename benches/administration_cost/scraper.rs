//! Who asks the administration port: now, or again and again while something else goes on.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::running::PATIENCE;

/// The answer to one request, on a connection of its own.
pub(crate) fn get(admin: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&admin, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        let answer = answer.escape_ascii();
        return Err(io::Error::other(format!("{path} was answered `{answer}`")));
    }
    Ok(answer)
}

/// Does something and asks for all the paths meanwhile, the first time after half the period.
pub(crate) fn scrape_during<T>(
    admin: SocketAddr,
    paths: &[&str],
    period: Duration,
    work: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let (stop, stopped) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let scraper = scope.spawn(move || -> io::Result<()> {
            let mut pause = period / 2;
            // Ends once nobody can tell it to go on.
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                for path in paths {
                    get(admin, path)?;
                }
                pause = period;
            }
            Ok(())
        });
        let done = work();
        drop(stop);
        let scraped = scraper.join();
        scraped.map_err(|_| io::Error::other("who scraped has panicked"))??;
        done
    })
}
