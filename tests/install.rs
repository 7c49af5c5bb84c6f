//! What `install` refuses before it looks for a Nix.

use std::process::Command;

use crate::programs;

fn refused(words: &[&str], status: i32) -> String {
    let output = Command::new(programs::host())
        .arg("install")
        .args(words)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(status), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_call_is_told_from_a_failure() {
    for (words, told) in [
        (&[][..], "<SYSTEM>"),
        (&["system"], "--prefix <DIR>"),
        (&["system", "--prefix="], "'--prefix <DIR>'"),
        (&["system", "other", "--prefix=/x"], "'other'"),
        (&["system", "--profile=/x"], "'--profile'"),
        (&["system", "--prefix=/x", "--image=y"], "'--image <FILE>'"),
        (&["system", "--image=y", "--adopt"], "'--adopt'"),
        (&["system", "--prefix=/x", "--size=1G"], "'--size <SIZE>'"),
        (
            &["system", "--image=y", "--format=vdi"],
            "[possible values: raw, qcow2]",
        ),
        (&["system", "--image=k.vmdk"], "`.vmdk`"),
        (&["system", "--image=k.img", "--size=abc"], "`abc` is not a size"),
        (
            &["system", "--image=k.img", "--free-space=auto"],
            "`auto` is not a size",
        ),
    ] {
        let said = refused(words, 2);
        assert!(said.starts_with("error: ") && said.contains(told), "{words:?}: {said}");
    }
    assert_eq!(
        refused(&["system", "--prefix=/x"], 1),
        "error: cannot find the system `system`: No such file or directory\n"
    );
    assert!(refused(&["/", "--prefix=/x"], 1).starts_with("error: cannot read `/pre-init`: "));
}

#[test]
fn a_misspelt_command_or_option_gets_the_nearest_one() {
    let said = |words: &[&str]| {
        let output = Command::new(programs::host()).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["instal"]).contains("'install'"));
    assert!(said(&["show", ".", "--jason"]).contains("'--json'"));
}
