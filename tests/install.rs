//! What `install` refuses before it looks for a Nix, and how it hands images over.

use std::process::{Command, Output};

fn installer(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_system-installer"));
    command.arg("install").args(words);
    command
}

fn refused(words: &[&str], status: i32) -> String {
    let output: Output = installer(words).output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_call_is_told_from_a_failure() {
    let said = |message: &str| format!("error: {message} (try `--help`)\n");
    assert_eq!(refused(&[], 2), said("no system is named for `install`"));
    assert_eq!(refused(&["system"], 2), said("no --prefix=DIR is given for `install`"));
    assert_eq!(
        refused(&["system", "--prefix="], 2),
        said("the name of the directory is empty")
    );
    assert_eq!(
        refused(&["system", "other", "--prefix=/x"], 2),
        said("unexpected argument \"other\"")
    );
    assert_eq!(
        refused(&["system", "--profile=/x"], 2),
        said("invalid option '--profile'")
    );
    assert_eq!(
        refused(&["system", "--prefix=/x"], 1),
        "error: looking for the system `system`: No such file or directory\n"
    );
    assert!(refused(&["/", "--prefix=/x"], 1).starts_with("error: reading `/pre-init`: "));
}

#[test]
fn an_image_is_left_to_the_program_for_images_with_every_other_word() {
    let words = ["./result", "--image=a b.img", "--image-builder=/bin/echo", "--json"];
    let output = installer(&words).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "install ./result --image=a b.img --json\n"
    );
    assert_eq!(output.status.code(), Some(0));
    let output = installer(&["./result", "--image=x", "--image-builder=/bin/false"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));

    let nowhere = tempfile::tempdir().unwrap();
    let output = installer(&["x", "--image", "y"])
        .env("PATH", nowhere.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: running `system-installer-image`: No such file or directory (name it in `--image-builder=`)\n"
    );
}
