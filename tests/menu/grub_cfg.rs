//! Whatever a menu says, `grub.cfg` says exactly that: it is read back by the rules of GRUB's language (the manual's
//! "Shell-like scripting"), and GRUB's own parser takes it.

use std::io::Write;
use std::process::{Command, Stdio};

use boot::loaders::grub::cfg::{Item, write};
use proptest::prelude::*;

use language::{commands, expected};

#[allow(dead_code)]
#[path = "../../fuzz/src/grub_language.rs"]
mod language;

/// What GRUB's own parser says, or `None` where it is not installed.
fn grub_script_check(text: &str) -> Option<bool> {
    let child = Command::new("grub-script-check")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        skipped!("`grub-script-check` is missing");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Some(child.wait().unwrap().success())
}

/// Text with what a shell would act on.
fn hostile() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "'",
        "\"",
        "\\",
        "$",
        "${x}",
        "$(x)",
        "`x`",
        "{",
        "}",
        ";",
        "#",
        "&",
        "|",
        "<",
        ">",
        "*",
        "?",
        "[",
        "]",
        "(",
        ")",
        "!",
        "~",
        "=",
        " ",
        "  ",
        "\n",
        "\t",
        "\r",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "ü",
        "漢",
        "a",
        "-",
        "--",
        "--x",
        "%",
        "if",
        "fi",
        "function",
        "menuentry",
        "then",
    ]);
    prop::collection::vec(special, 0..8).prop_map(|parts| parts.concat())
}

fn entry() -> impl Strategy<Value = Item> {
    let path = || hostile().prop_map(|rest| format!("/{rest}"));
    let params = prop::collection::vec(hostile(), 0..4);
    (hostile(), path(), prop::collection::vec(path(), 0..3), params).prop_map(|(title, kernel, initrds, params)| {
        Item::Entry {
            title,
            kernel,
            initrds,
            params,
        }
    })
}

fn item() -> impl Strategy<Value = Item> {
    entry().prop_recursive(2, 6, 3, |inner| {
        (hostile(), prop::collection::vec(inner, 0..3)).prop_map(|(title, items)| Item::Submenu { title, items })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_menu_is_refused_or_reads_back_as_it_was_meant(items in prop::collection::vec(item(), 0..4)) {
        // One item at a time, so that one that is refused does not hide the others.
        let mut written = Vec::new();
        let mut meant = Vec::new();
        for item in items {
            if write(None, "", std::slice::from_ref(&item)).is_ok() {
                expected(std::slice::from_ref(&item), &mut meant);
                written.push(item);
            }
        }
        let text = write(Some(1), "", &written).unwrap();
        let read = commands(&text).map_err(TestCaseError::fail)?;
        let header: Vec<Vec<String>> = vec![
            vec!["set".to_owned(), "default=0".to_owned()],
            vec!["set".to_owned(), "timeout=1".to_owned()],
        ];
        prop_assert_eq!(&read[..2], header.as_slice());
        prop_assert_eq!(&read[2..], meant.as_slice());
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}

proptest! {
    // A process for each: fewer, and of several items.
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn grubs_own_parser_takes_every_menu(items in prop::collection::vec(item(), 8..20)) {
        let written: Vec<Item> = items.into_iter().filter(|item| write(None, "", std::slice::from_ref(item)).is_ok()).collect();
        let text = write(Some(1), "", &written).unwrap();
        prop_assert!(grub_script_check(&text) != Some(false), "{}", text);
    }
}

#[test]
fn grubs_own_parser_does_tell_right_from_wrong() {
    assert_ne!(grub_script_check("menuentry 'a' {\n  linux '/k'\n}\n"), Some(false));
    assert_ne!(grub_script_check("menuentry 'a' {\n  linux '/k\n}\n"), Some(true));
}

#[test]
fn most_hostile_titles_are_carried_not_refused() {
    let carried = [
        "it's",
        "a\"b",
        "$x ${y} $(z)",
        "`x`",
        "a\\",
        "{};#&|<>",
        "ü漢",
        "a -b",
        "if",
        "",
        " ",
    ];
    for title in carried {
        let item = Item::Entry {
            title: title.to_owned(),
            kernel: format!("/{title}"),
            initrds: Vec::new(),
            params: Vec::new(),
        };
        let text = write(None, "", std::slice::from_ref(&item)).unwrap();
        assert_eq!(commands(&text).unwrap()[2], ["menuentry", title, "{"]);
        assert_ne!(grub_script_check(&text), Some(false), "{title}");
    }
}
