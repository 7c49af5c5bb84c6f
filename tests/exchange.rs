//! A user who exchanges names in a directory of their own while root is at work there: whatever moment they choose, nothing
//! of root's is given to them. They have a thread of their own beside the runs, so these tests need root.

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use runtime::pre_init::{Options, Stages, run};
use rustix::fs::{RenameFlags, fstat, renameat_with};
use serde_json::{Value, json};
use step::PreInit;

const WEB: u32 = 1500;

fn directory(mode: &str, user: u32) -> Value {
    json!({ "mode": mode, "user": user.to_string(), "group": "0" })
}

fn step(directories: &Value) -> PreInit {
    let mut all =
        json!({ "/var": directory("0755", 0), "/srv": directory("0755", 0), "/srv/w": directory("0755", WEB) });
    for (path, entry) in directories.as_object().unwrap() {
        all[path] = entry.clone();
    }
    serde_json::from_value(json!({
        "format": 1, "name": "machine", "system": "/nix/store/00000000000000000000000000000000-machine",
        "directories": all, "files": {}, "symlinks": {}, "users": {}, "groups": {}, "machineId": "none", "hooks": []
    }))
    .unwrap()
}

/// Runs `plans` in turn while `name` is exchanged with a closed directory of root's, all the time or, with `once`, as soon as
/// there is such a name, once a round; how often that is not root's alone afterwards.
fn violations(name: &str, plans: &[PreInit], rounds: usize, once: bool) -> usize {
    let root = tempfile::tempdir().unwrap();
    let options = Options {
        prefix: root.path().to_owned(),
        adopt: false,
        owners: None,
        dry_run: false,
        json: false,
    };
    run(&plans[0], &options, Stages::All).unwrap();
    let w = root.path().join("srv/w");
    let secret = w.join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("key"), "of root's").unwrap();
    let close = |secret: &fs::File| {
        secret.set_permissions(fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::fchown(secret, Some(0), Some(0)).unwrap();
    };
    let secret = fs::File::open(secret).unwrap();
    close(&secret);
    let folder = fs::File::open(&w).unwrap();
    let (over, idle) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut violations = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let exchange = || renameat_with(folder.as_fd(), name, folder.as_fd(), "secret", RenameFlags::EXCHANGE);
                if !idle.load(Ordering::SeqCst) && exchange().is_ok() {
                    idle.store(once, Ordering::SeqCst);
                }
            }
        });
        for n in 0..rounds {
            // Whatever a run makes of it, even that it fails.
            let _ = run(&plans[n % plans.len()], &options, Stages::All);
            let found = fstat(&secret).unwrap();
            if (found.st_mode & 0o7777, found.st_uid, found.st_gid) != (0o700, 0, 0) {
                violations += 1;
                close(&secret);
            }
            if once {
                idle.store(true, Ordering::SeqCst);
                let place = w.join(name);
                if place.metadata().is_ok_and(|meta| meta.ino() == found.st_ino) {
                    fs::remove_dir_all(w.join("secret")).unwrap();
                    fs::rename(&place, w.join("secret")).unwrap();
                }
                let _ = fs::remove_dir_all(place);
                idle.store(false, Ordering::SeqCst);
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    violations
}

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skipped!("only root has something to give away");
    }
    is_root
}

#[test]
fn a_directory_that_is_exchanged_does_not_get_the_owner_of_the_one_that_was_looked_at() {
    if !is_root() {
        return;
    }
    let plans = [
        step(&json!({ "/srv/w/d": directory("0755", WEB) })),
        step(&json!({ "/srv/w/d": directory("0750", WEB + 1) })),
    ];
    assert_eq!(violations("d", &plans, 300, false), 0);
}

#[test]
fn a_directory_that_is_exchanged_for_a_new_one_does_not_get_its_owner() {
    if !is_root() {
        return;
    }
    let plans = [
        step(&json!({})),
        step(&json!({ "/srv/w/d": directory("0777", WEB), "/srv/w/d/e": directory("0755", WEB) })),
    ];
    assert_eq!(violations("d", &plans, 300, true), 0);
}

#[test]
fn a_directory_of_roots_in_a_users_directory_is_given_to_nobody() {
    if !is_root() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let options = Options {
        prefix: root.path().to_owned(),
        adopt: false,
        owners: None,
        dry_run: false,
        json: false,
    };
    let w = root.path().join("srv/w");
    fs::create_dir_all(w.join("d")).unwrap();
    chown(&w, Some(WEB), Some(0)).unwrap();
    fs::set_permissions(w.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
    let report = run(
        &step(&json!({ "/srv/w/d": directory("0755", WEB) })),
        &options,
        Stages::All,
    )
    .unwrap();
    let found = w.join("d").metadata().unwrap();
    assert_eq!((found.mode() & 0o7777, found.uid()), (0o700, 0));
    assert_eq!(report.kept.len(), 1, "{report}");
    assert_eq!(report.kept[0].reason, "another user could have put it there");
}
