//! What the kernel refuses: owners, busy names, openat2.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{PermissionsExt, chown};
use std::thread;

use prefix::{Committed, Granted};
use rustix::fs::{Gid, Uid};

use crate::prefix::{has_role, have, is_root, open, own_ids, rerun, write};

const NOBODY: u32 = 65534;

/// Whether we are a root that other ids can be taken from: not the only id of a user namespace.
fn is_full_root() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    is_root() && map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// Runs `body` as nobody where we are root, and as we are otherwise. Where we only look like root, it does not run.
fn unprivileged(body: impl FnOnce() + Send) {
    if !is_root() {
        return body();
    }
    if !is_full_root() {
        skipped!("in a user namespace there is no other user");
        return;
    }
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // These change the thread alone.
            rustix::thread::set_thread_groups(&[]).unwrap();
            let gid = Gid::from_raw(NOBODY);
            rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
            let uid = Uid::from_raw(NOBODY);
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
            body();
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn an_owner_that_the_kernel_refuses_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    if is_full_root() {
        chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    unprivileged(|| {
        let (uid, gid) = own_ids();
        let prefix = open(dir.path(), false);
        prefix.make_directory("/etc", 0o755).unwrap();
        assert_eq!(prefix.set_owner("/etc", 0, 0).unwrap(), Granted::Refused);
        assert_eq!(prefix.set_owner("/etc", uid, gid).unwrap(), Granted::Yes);
        assert_eq!(prefix.set_mode("/etc", 0o700).unwrap(), Granted::Yes);

        let staged = prefix
            .stage_file("/etc/shadow", &mut Cursor::new("x"), 0o640, (0, 42))
            .unwrap();
        assert_eq!((staged.owner, staged.mode), (Granted::Refused, Granted::Yes));
        prefix.commit(staged).unwrap();
        let found = prefix.inspect("/etc/shadow").unwrap().unwrap();
        assert_eq!((found.mode, found.uid), (0o640, uid));

        // A setuid bit would lend nobody's identity in place of root's.
        let staged = prefix
            .stage_file("/etc/su", &mut Cursor::new("x"), 0o4755, (0, 0))
            .unwrap();
        assert_eq!((staged.owner, staged.mode), (Granted::Refused, Granted::Refused));
        prefix.commit(staged).unwrap();
        assert_eq!(prefix.inspect("/etc/su").unwrap().unwrap().mode, 0o755);
        prefix.sync().unwrap();
    });
}

#[test]
fn what_may_not_be_written_is_an_error_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    unprivileged(|| {
        let prefix = open(dir.path(), false);
        let error = write(&prefix, "/motd", "x").unwrap_err().to_string();
        assert_eq!(
            error,
            format!("cannot write `{}/motd`: Permission denied", dir.path().display())
        );
    });
}

#[test]
fn a_directory_that_can_be_written_but_not_read_is_synced_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o333)).unwrap();
    if is_full_root() {
        chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    unprivileged(|| {
        let prefix = open(dir.path(), false);
        write(&prefix, "/motd", "x").unwrap();
        prefix.sync().unwrap();
    });
}

#[test]
fn a_file_that_something_is_mounted_on_is_kept() {
    let name = "kernel::a_file_that_something_is_mounted_on_is_kept";
    if !has_role("in-mount-namespace") {
        if is_root() && have("unshare") {
            let output = rerun(&["unshare", "--mount"], name, "in-mount-namespace")
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        } else {
            skipped!("only root may mount");
        }
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("prefix");
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("var/lib")).unwrap();
    fs::write(root.join("etc/hosts"), "old").unwrap();
    fs::write(dir.path().join("theirs"), "theirs").unwrap();
    rustix::mount::mount_bind(dir.path().join("theirs"), root.join("etc/hosts")).unwrap();
    rustix::mount::mount(
        "tmpfs",
        root.join("var"),
        "tmpfs",
        rustix::mount::MountFlags::empty(),
        None,
    )
    .unwrap();
    let prefix = open(&root, false);

    assert_eq!(write(&prefix, "/etc/hosts", "new").unwrap(), Committed::Busy);
    assert_eq!(prefix.remove_file("/etc/hosts").unwrap(), Committed::Busy);
    assert_eq!(fs::read_to_string(root.join("etc/hosts")).unwrap(), "theirs");
    assert_eq!(
        fs::read_dir(root.join("etc")).unwrap().count(),
        1,
        "no temporary is left"
    );

    assert!(
        !prefix.remove_directory_if_empty("/var").unwrap(),
        "a mount point stays"
    );
    let of_var = prefix.file_system("/var/missing/file").unwrap();
    let of_etc = prefix.file_system("/etc/hosts").unwrap();
    assert_eq!((of_var.top.as_str(), of_etc.top.as_str()), ("/var", "/"));
    assert_eq!(of_var.device, prefix.device("/var/missing/file").unwrap());
    assert_ne!(of_var.device, of_etc.device);
    assert_eq!(
        prefix.file_system("/var").unwrap().top,
        "/",
        "the directory that holds it"
    );
    write(&prefix, "/var/file", "x").unwrap();
    prefix.sync().unwrap();
    rustix::mount::unmount(root.join("etc/hosts"), rustix::mount::UnmountFlags::empty()).unwrap();
    drop(prefix);
    rustix::mount::unmount(root.join("var"), rustix::mount::UnmountFlags::empty()).unwrap();
}

#[test]
fn without_openat2_the_fallback_is_taken() {
    if !have("strace") {
        return;
    }
    // Old kernels and gVisor; seccomp filters of old container engines.
    for error in ["ENOSYS", "EPERM"] {
        let inject = format!("inject=openat2:error={error}");
        let test = "links::a_link_inside_is_followed_as_the_system_itself_would";
        let output = rerun(&["strace", "-f", "-e", "trace=openat2", "-e", &inject], test, "traced")
            .output()
            .unwrap();
        let trace = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}: {trace}");
        let calls = trace.lines().filter(|line| line.contains("openat2(")).count();
        assert_eq!(calls, 1, "asked once per prefix: {trace}");
        assert!(trace.contains("(INJECTED)"), "{trace}");
    }
}
