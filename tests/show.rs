//! What `show` draws of a system, a script and a plan, and what it refuses.

use crate::programs;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const STORE: &str = "/nix/store/11111111111111111111111111111111";

fn show(path: &Path, words: &[&str]) -> Output {
    Command::new(programs::host())
        .arg("show")
        .arg(path)
        .args(words)
        .output()
        .unwrap()
}

fn text(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn errors(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A plan with something in every section.
fn plan() -> Value {
    json!({
        "name": "web-1",
        "system": "x86_64-linux",
        "base": "none",
        "init": { "command": [format!("{STORE}-init/bin/init"), "now"], "environment": { "A": "1", "B": "2" } },
        "directories": { "/srv": { "mode": "0750", "user": "web", "group": "web" }, "/var": {}, "/var/lib": {} },
        "files": { "/etc/motd": { "text": "hello\n" }, "/etc/key": { "text": "", "mode": "0600" } },
        "symlinks": { "/bin": "usr/bin" },
        "users": { "web": { "uid": 400, "home": "/srv" } },
        "groups": { "log": { "members": ["web"] } },
        "nix": { "enable": true, "package": format!("{STORE}-nix") },
        "disks": {
            "main": {
                "device": "/dev/disk/by-id/x",
                "content": {
                    "type": "gpt",
                    "partitions": {
                        "ESP": {
                            "type": "EF00",
                            "size": "512M",
                            "content": {
                                "type": "filesystem",
                                "format": "vfat",
                                "mountpoint": "/boot",
                                "mountOptions": ["umask=0077", "noatime"]
                            }
                        },
                        "bios": { "type": "EF02", "size": "1M" },
                        "root": {
                            "size": "100%",
                            "content": { "type": "filesystem", "format": "ext4", "mountpoint": "/" }
                        }
                    }
                }
            },
            "data": {
                "device": "/dev/disk/by-id/y",
                "content": {
                    "type": "luks",
                    "name": "crypted",
                    "content": { "type": "btrfs", "subvolumes": { "/a": { "mountpoint": "/a" }, "/b": { "mountpoint": "/b" } } }
                }
            }
        },
        "hooks": { "preInit": [[format!("{STORE}-hook/bin/hook"), "--fast"]] },
        "boot": {
            "kernel": format!("{STORE}-linux/bzImage"),
            "initrd": format!("{STORE}-initrd/initrd"),
            "kernelParams": ["quiet", "console=ttyS0"],
            "loader": {
                "grub": {
                    "device": "/dev/disk/by-id/x",
                    "efiSupport": true,
                    "efiInstallAsRemovable": true,
                    "package": format!("{STORE}-grub")
                }
            }
        }
    })
}

const DRAWN: &str = "\
web-1 (x86_64-linux)

disk data  /dev/disk/by-id/y  luks > btrfs  /a /b

disk main  /dev/disk/by-id/x  gpt
├─ bios  1M    EF02
├─ ESP   512M  EF00  vfat  /boot
└─ root  100%  8300  ext4  /

file systems
  /      /dev/disk/by-partlabel/disk-main-root  ext4   defaults
  /a     /dev/mapper/crypted                    btrfs  defaults,subvol=/a
  /b     /dev/mapper/crypted                    btrfs  defaults,subvol=/b
  /boot  /dev/disk/by-partlabel/disk-main-ESP   vfat   umask=0077,noatime

boot
  firmware  BIOS from /dev/disk/by-id/x, UEFI from the ESP on /boot
  loader    GRUB: a menu for 5 s, up to 100 generations
  kernel    /nix/store/11111111111111111111111111111111-linux/bzImage quiet console=ttyS0
  initrd    /nix/store/11111111111111111111111111111111-initrd/initrd
  init      init: pre-init, then post-init
  command   /nix/store/11111111111111111111111111111111-init/bin/init now

pre-init
  directories  0755 root:root  /a /b /boot /etc /var /var/lib
               0750 web:web    /srv
  files        0600 root:root  /etc/key
               0644 root:root  /etc/motd
  links                        /bin -> usr/bin
  users        400             web: web, /srv, /sbin/nologin
  groups       any             log: web
               400             web
  machine-id                   generate
  nix                          /nix-path-registration into the database of /nix/store/11111111111111111111111111111111-nix
  hooks                        /nix/store/11111111111111111111111111111111-hook/bin/hook --fast

post-init
  command      /nix/store/11111111111111111111111111111111-init/bin/init now
  environment  A=1
               B=2

pre-boot
  install  GRUB: a menu for 5 s, up to 100 generations
";

#[test]
fn a_plan_in_json_is_checked_filled_in_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    fs::write(&path, plan().to_string()).unwrap();
    let shown = show(&path, &[]);
    assert_eq!(text(&shown), DRAWN);
    assert_eq!(shown.status.code(), Some(0));
}

#[test]
fn json_holds_the_filled_plan_and_the_way_it_boots() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    fs::write(&path, plan().to_string()).unwrap();
    let shown: Value = serde_json::from_slice(&show(&path, &["--json"]).stdout).unwrap();
    assert_eq!(shown["plan"]["files"]["/etc/motd"]["mode"], "0644");
    let stages: Vec<&str> = shown["bootChain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages, ["firmware", "loader", "kernel", "initrd", "init", "command"]);
    assert_eq!(shown["problems"], json!([]));
}

#[test]
fn of_a_plan_that_cannot_be_built_its_problems_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.json");
    let mut plan = plan();
    plan["files"]["/etc/motd"]["mode"] = json!("9");
    fs::write(&path, plan.to_string()).unwrap();
    let shown = show(&path, &[]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(
        text(&shown).starts_with("error: [MSI046] `/files/~1etc~1motd/mode`: "),
        "{}",
        text(&shown)
    );
    assert!(!text(&shown).contains("pre-init"));
    let shown = show(&path, &["--json"]);
    assert_eq!(shown.status.code(), Some(1));
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["problems"][0]["pointer"], "/files/~1etc~1motd/mode");
}

#[test]
fn a_built_system_its_plan_and_its_scripts_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan();
    // Their packages would have to be there.
    plan.as_object_mut()
        .unwrap()
        .retain(|section, _| section != "boot" && section != "nix");
    fs::write(folder.path().join("plan"), plan.to_string()).unwrap();
    let system = folder.path().join("system");
    let built = Command::new(programs::builder())
        .env_clear()
        .env("planPath", folder.path().join("plan"))
        .env("out", &system)
        .env("runtime", "/runtime")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", errors(&built));

    let link = folder.path().join("result");
    std::os::unix::fs::symlink(&system, &link).unwrap();
    let shown = show(&link, &[]);
    let start = format!(
        "  init     {}/init: pre-init, then post-init\n",
        fs::canonicalize(&system).unwrap().display()
    );
    assert!(text(&shown).contains(&start), "{}", text(&shown));
    assert!(
        text(&shown).ends_with("\npre-boot\n  nothing to install\n"),
        "{}",
        text(&shown)
    );
    assert_eq!(text(&show(&system.join("plan.json"), &[])), text(&shown));

    let script = show(&system.join("post-init"), &[]);
    assert_eq!(
        text(&script),
        format!("post-init\n  command      {STORE}-init/bin/init now\n  environment  A=1\n               B=2\n")
    );
    let pre_init = show(&system.join("pre-init"), &[]);
    assert!(text(&shown).contains(text(&pre_init)), "{}", text(&pre_init));
}

#[test]
fn what_is_nothing_of_ours_is_refused_on_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let refused = |path: &Path| {
        let shown = show(path, &[]);
        assert_eq!(shown.status.code(), Some(1), "{}", text(&shown));
        assert_eq!(text(&shown), "");
        errors(&shown).to_owned()
    };
    assert_eq!(
        refused(folder.path()),
        format!(
            "error: `{at}` is neither a system nor an image of system-installer: it has no `plan.json` and no `image.json`\n"
        )
    );
    let script = folder.path().join("script");
    fs::write(&script, "#!/bin/sh\nexit 0\n").unwrap();
    assert_eq!(
        refused(&script),
        format!("error: cannot read `{at}/script`: this is not a script of system-installer\n")
    );
    let other = folder.path().join("other");
    fs::write(&other, "{hello").unwrap();
    assert!(refused(&other).starts_with(&format!(
        "error: cannot read `{at}/other`: key must be a string at line 1"
    )));
    for (name, contents, kind) in [
        ("web.nix", &b"{ }"[..], "a Nix expression"),
        (
            "disk.raw",
            &[[0; 510].as_slice(), &[0x55, 0xaa], &[0; 4096]].concat(),
            "the image of a disk",
        ),
        ("empty.raw", &[0; 8192], "another kind of file"),
        ("empty.json", b"", "empty"),
        (
            "marked.json",
            b"\xef\xbb\xbf{}",
            "a text that begins with a byte order mark",
        ),
        ("web.yaml", b"Name: web", "another kind of file"),
        ("disk.qcow2", b"QFI\xfb", "the image of a disk"),
        ("root.tar.zst", b"\x28\xb5\x2f\xfd", "a compressed file"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        let wanted = format!("error: `{at}/{name}` is {kind}, and not a system");
        assert!(refused(&path).starts_with(&wanted), "{}", refused(&path));
    }
    assert_eq!(
        refused(&folder.path().join("missing")),
        format!("error: cannot read `{at}/missing`: No such file or directory\n")
    );
    let nothing = Command::new(programs::host()).arg("show").output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
    assert!(errors(&nothing).contains("<PATH>"), "{}", errors(&nothing));
}

#[test]
fn an_image_is_drawn_with_the_places_of_its_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let filled: Value = {
        let path = folder.path().join("machine.json");
        fs::write(&path, plan().to_string()).unwrap();
        serde_json::from_slice(&show(&path, &["--json"]).stdout).unwrap()
    };
    let image = json!({
        "format": 1,
        "name": "web-1",
        "system": format!("{STORE}-web-1"),
        "disks": [{
            "name": "main", "file": "web-1.raw", "size": 2_684_354_560_u64, "table": "gpt",
            "partitions": [
                { "name": "bios", "offset": 1_048_576, "size": 1_048_576, "type": "EF02" },
                {
                    "name": "root", "offset": 2_097_152, "size": 2_682_240_512_u64, "type": "8300",
                    "content": { "type": "filesystem", "format": "ext4", "mountpoint": "/" }
                }
            ]
        }],
        "plan": filled["plan"],
    });
    fs::write(folder.path().join("image.json"), image.to_string()).unwrap();
    let shown = show(folder.path(), &[]);
    let wanted = "\
web-1 (x86_64-linux)

disk main  web-1.raw  gpt  2.5G
├─ bios  at 1M  1M    EF02
└─ root  at 2M  2.4G  8300  ext4  /

file systems
";
    assert!(text(&shown).starts_with(wanted), "{}", text(&shown));
    let init = format!("  init      {STORE}-web-1/init: pre-init, then post-init\n");
    assert!(text(&shown).contains(&init), "{}", text(&shown));
    assert_eq!(text(&show(&folder.path().join("image.json"), &[])), text(&shown));
    let json: Value = serde_json::from_slice(&show(folder.path(), &["--json"]).stdout).unwrap();
    assert_eq!(json["image"], image);
    assert_eq!(json["system"], format!("{STORE}-web-1"));
}
