//! Swap space, as blkid and swaplabel see it.

use std::fs::File;

use image::swap::Options;

use crate::image::tools::{identity, run};

fn strings(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&argument| argument.to_owned()).collect()
}

#[test]
fn swap_space_is_what_other_tools_take_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    File::create(&image).unwrap().set_len(4 << 20).unwrap();
    let options = Options::new(&strings(&["-L", "swap"]), identity().uuid("swap")).unwrap();
    options.make(&image, (1 << 20, 2 << 20)).unwrap();
    let found = run(
        "blkid",
        &[&"-p", &"-o", &"export", &"-O", &"1048576", &"-S", &"2097152", &image],
    );
    for line in [
        format!("UUID={}", identity().uuid("swap")),
        "LABEL=swap".to_owned(),
        "TYPE=swap".to_owned(),
        "VERSION=1".to_owned(),
    ] {
        assert!(found.lines().any(|found| found == line), "{line}\n{found}");
    }
    // mkswap with the same size and identity writes the very same.
    let other = folder.path().join("other");
    File::create(&other).unwrap().set_len(2 << 20).unwrap();
    run(
        "mkswap",
        &[&"-L", &"swap", &"-U", &identity().uuid("swap").to_string(), &other],
    );
    run(
        "cmp",
        &[&"--bytes=2097152", &"--ignore-initial=1048576:0", &image, &other],
    );
}

#[test]
fn the_arguments_of_mkswap_that_are_understood_are_named() {
    let uuid = identity().uuid("swap");
    let with = |arguments: &[&str]| Options::new(&strings(arguments), uuid);
    assert_eq!(
        with(&["--label=x", "-U6a1d2c64-6d1f-4e22-9a69-8b4b1f6d5a11"]).unwrap(),
        {
            let uuid = "6a1d2c64-6d1f-4e22-9a69-8b4b1f6d5a11".parse().unwrap();
            Options::new(&strings(&["-L", "x"]), uuid).unwrap()
        }
    );
    for arguments in [
        &["-c"][..],
        &["-L"],
        &["-L", "seventeen-letters"],
        &["-U", "x"],
        &["--lock"],
        &["x"],
    ] {
        let error = with(arguments).unwrap_err().to_string();
        let refused = arguments.join(" ");
        let expected = "its arguments are `-L LABEL`, of at most 16 bytes, and `-U UUID`";
        assert_eq!(error, format!("cannot take `{refused}` for swap: {expected}"));
    }
}

#[test]
fn too_little_swap_space_is_refused() {
    let options = Options::new(&[], identity().uuid("swap")).unwrap();
    let error = options.make("/dev/null".as_ref(), (0, 20480)).unwrap_err().to_string();
    assert_eq!(error, "swap has 20 KiB, and needs 40 KiB at least");
}
