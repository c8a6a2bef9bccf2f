//! What `jamd serve` tells the service manager that started it.

mod support;

use std::io;
use std::os::unix::net::UnixDatagram;

use nix::sys::signal::Signal;
use support::PATIENCE;
use support::program::Program;
use tempfile::TempDir;

/// A manager that can be told things.
struct Manager {
    dir: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { dir, socket }
    }

    /// Starts a server with this many arguments, and with variables of the manager's.
    fn start(&self, args: &[&str], variables: &[(&str, &str)]) -> Program {
        let mut command = Program::command(args);
        command
            .env("NOTIFY_SOCKET", self.dir.path().join("notify"))
            .envs(variables.iter().copied());
        Program::start(command)
    }

    /// The next thing it is told.
    fn told(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).expect("a message in time");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// Everything it was told and did not listen to yet.
    fn rest(&self) -> Vec<String> {
        self.socket.set_nonblocking(true).unwrap();
        let mut rest = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.socket.recv(&mut buffer) {
                Ok(length) => rest.push(String::from_utf8(buffer[..length].to_vec()).unwrap()),
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => return rest,
                Err(err) => panic!("{err}"),
            }
        }
    }
}

#[test]
fn the_manager_is_told_when_the_server_listens_and_when_it_drains() {
    let manager = Manager::new();
    let program = manager.start(&[], &[]);
    let listening = program.first_line().to_owned();
    assert_eq!(manager.told(), format!("READY=1\nSTATUS={listening}"));
    let mut client = program.occupy_in_mid_command();
    program.signal(Signal::SIGTERM);
    let draining = "STATUS=draining, sessions left: 1";
    assert_eq!(manager.told(), format!("STOPPING=1\n{draining}"));
    // And again, for as long as it takes.
    assert_eq!(manager.told(), draining);
    client.send(b"ME\r\n");
    support::program::expect_the_time(&mut client);
    client.expect_last(b"");
    program.end().ledger(0);
    let rest = manager.rest();
    assert!(
        rest.iter().all(|told| told.starts_with("STATUS=draining")),
        "{rest:?}"
    );
}

#[test]
fn the_watchdog_is_fed_while_the_server_lives_idle_busy_or_draining() {
    let manager = Manager::new();
    let program = manager.start(&["--workers", "2"], &[("WATCHDOG_USEC", "400000")]);
    assert!(manager.told().starts_with("READY=1\n"));
    for _ in 0..5 {
        assert_eq!(manager.told(), "WATCHDOG=1");
    }
    let mut client = program.occupy_in_mid_command();
    for _ in 0..5 {
        assert_eq!(manager.told(), "WATCHDOG=1");
    }
    program.signal(Signal::SIGTERM);
    while !manager.told().starts_with("STOPPING=1\n") {}
    let mut fed = 0;
    while fed < 5 {
        fed += u32::from(manager.told() == "WATCHDOG=1");
    }
    client.send(b"ME\r\n");
    program.end().ledger(0);
}

#[test]
fn a_manager_that_does_not_ask_for_the_watchdog_hears_nothing_of_it() {
    let manager = Manager::new();
    let program = manager.start(&[], &[("WATCHDOG_USEC", "1"), ("WATCHDOG_PID", "1")]);
    let _client = program.occupy();
    program.finish().ledger(0);
    let told = manager.rest();
    assert!(
        !told.iter().any(|told| told.contains("WATCHDOG")),
        "{told:?}"
    );
    // How far a drain is may be told in between, if it lasts.
    let states = told.iter().filter(|told| !told.starts_with("STATUS="));
    assert_eq!(states.count(), 2, "{told:?}");
}

#[test]
fn a_server_serves_on_when_the_manager_is_gone_or_never_was() {
    let Manager { dir, socket } = Manager::new();
    let mut command = Program::command(&[]);
    command.env("NOTIFY_SOCKET", dir.path().join("notify"));
    drop(socket);
    let program = Program::start(command);
    let _client = program.occupy();
    program.finish().ledger(0);

    let mut command = Program::command(&[]);
    command.env("NOTIFY_SOCKET", "nonsense");
    let program = Program::start(command);
    let _client = program.occupy();
    let ended = program.finish();
    ended.ledger(0);
    let said = "NOTIFY_SOCKET must be a path or @name";
    assert!(ended.stderr.contains(said), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_manager_in_the_abstract_namespace_is_told_as_well() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let name = format!("jamd-test-{}", std::process::id());
    let addr = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&addr).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = Program::command(&[]);
    command.env("NOTIFY_SOCKET", format!("@{name}"));
    let program = Program::start(command);
    let mut buffer = [0; 8];
    assert!(socket.recv(&mut buffer).is_ok());
    assert_eq!(&buffer, b"READY=1\n");
    program.finish().ledger(0);
}
