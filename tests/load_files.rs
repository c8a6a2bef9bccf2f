//! The files that `jamd load` keeps a result in, and what becomes of them without one.

mod support;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use jamd::load::stored;
use support::bad_server::{self as bad, BadServer};
use support::load::jamd_load;
use support::own_address;
use support::program::{Ended, run};

const FLAGS: [&str; 4] = ["--json", "--csv", "--html", "--hdr"];

/// A short load that keeps its result in files of these names.
fn load(addr: SocketAddr, directory: &Path, names: [&str; 4]) -> Ended {
    let mut jamd = jamd_load(addr, &["--clients=2", "--sessions=20"]);
    for (flag, name) in FLAGS.into_iter().zip(names) {
        jamd.args([flag.as_ref(), directory.join(name).as_os_str()]);
    }
    run(jamd)
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

#[test]
fn a_run_that_came_to_nothing_leaves_no_file_and_an_older_one_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for older in ["older.json", "older.hlog"] {
        fs::write(directory.path().join(older), "older").unwrap();
    }
    let nobody = SocketAddr::new(own_address().ip(), 1);
    let names = ["older.json", "new.csv", "new.html", "older.hlog"];
    let ended = load(nobody, directory.path(), names);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(files(directory.path()), ["older.hlog", "older.json"]);
    for older in ["older.json", "older.hlog"] {
        let kept = fs::read_to_string(directory.path().join(older)).unwrap();
        assert_eq!(kept, "older");
    }
}

#[test]
fn a_result_takes_the_place_of_an_older_one() {
    let server = BadServer::start(bad::right);
    let directory = tempfile::tempdir().unwrap();
    let names = ["a.json", "a.csv", "a.html", "a.hlog"];
    for name in names {
        fs::write(directory.path().join(name), "older".repeat(100_000)).unwrap();
    }
    let ended = load(server.addr(), directory.path(), names);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for name in names {
        let kept = fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(!kept.is_empty() && !kept.contains("older"), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named_before_anybody_is_loaded() {
    let server = BadServer::start(bad::right);
    let directory = tempfile::tempdir().unwrap();
    for flag in FLAGS {
        let path = directory.path().join("missing").join("file");
        let mut jamd = jamd_load(server.addr(), &["--clients=2", "--sessions=20", flag]);
        jamd.arg(&path);
        let named = format!("cannot write {}: ", path.display());
        run(jamd).assert_refused(1, &[&named]);
    }
    assert!(server.peers().is_empty(), "{:?}", server.peers());
}

#[test]
fn a_pipe_gets_the_result_and_then_comes_to_its_end() {
    let server = BadServer::start(bad::right);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    let read = thread::spawn({
        let path = path.clone();
        move || fs::read_to_string(path).unwrap()
    });
    let words = ["--clients=2", "--sessions=20", "--json"];
    let mut jamd = jamd_load(server.addr(), &words);
    jamd.arg(&path);
    let ended = run(jamd);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    stored::read(&read.join().unwrap(), "pipe").unwrap();
}
