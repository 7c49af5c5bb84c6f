//! Locks: who comes second waits.

use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::prefix::{has_role, open, rerun};

#[test]
fn a_second_run_waits_for_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), false);
    let released = AtomicBool::new(false);
    let lock = first.lock("/").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let second = open(dir.path(), false);
            let _lock = second.lock("/").unwrap();
            assert!(released.load(Ordering::SeqCst), "the lock was held");
        });
        thread::sleep(Duration::from_millis(200));
        released.store(true, Ordering::SeqCst);
        drop(lock);
    });
}

#[test]
fn a_lock_that_is_never_released_is_given_up_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), false);
    let lock = first.lock("/").unwrap();
    let second = open(dir.path(), false);
    let patience = Some(Duration::from_millis(1100));
    let start = Instant::now();
    let error = second.lock_within("/", patience).unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(1100));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot lock `{}/`: another program has held the lock for 1 seconds",
            dir.path().display()
        )
    );
    drop(lock);
    second.lock_within("/", patience).unwrap();
}

#[test]
fn the_accounts_are_locked_against_other_processes() {
    if has_role("holder") {
        // Holds the lock until its input ends.
        let prefix = open(std::env::var("PREFIX_TEST_DIR").unwrap().as_ref(), false);
        let _lock = prefix.lock_accounts().unwrap();
        println!("locked");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("etc")).unwrap();
    let mut holder = rerun(
        &["env"],
        "locks::the_accounts_are_locked_against_other_processes",
        "holder",
    )
    .env("PREFIX_TEST_DIR", dir.path())
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut output = String::new();
    let mut stdout = holder.stdout.take().unwrap();
    while !output.contains("locked") {
        let mut buffer = [0; 256];
        let length = stdout.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "the holder ended: {output}");
        output.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let prefix = open(dir.path(), false);
    let error = prefix.lock_accounts_within(Duration::ZERO).unwrap_err().to_string();
    let lock_file = dir.path().join("etc/.pwd.lock");
    assert_eq!(
        error,
        format!(
            "cannot lock `{}`: another program has held the lock for 0 seconds",
            lock_file.display()
        )
    );

    let start = Instant::now();
    let mut input = holder.stdin.take().unwrap();
    let releaser = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        input.flush().unwrap();
        drop(input);
    });
    let lock = prefix.lock_accounts().unwrap();
    assert!(start.elapsed() >= Duration::from_millis(250), "waited for the holder");
    drop(lock);
    releaser.join().unwrap();
    stdout.read_to_string(&mut output).unwrap();
    assert!(holder.wait().unwrap().success(), "{output}");
    let mode = prefix.inspect("/etc/.pwd.lock").unwrap().unwrap().mode;
    assert_eq!(mode, 0o600);
}
