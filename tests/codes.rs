//! Every code of a problem is shown by a reviewed text, and told in the reference.

use crate::programs::root;
use std::collections::BTreeSet;
use std::fs;

use plan::problem::code;

/// The codes in the files of `folder` that end with `suffix`.
fn codes_in(folder: &str, suffix: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().ends_with(suffix) {
            codes_of(&fs::read_to_string(&path).unwrap(), &mut codes);
        }
    }
    codes
}

fn codes_of(text: &str, codes: &mut BTreeSet<String>) {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    codes.extend(words.filter(|word| word.starts_with("MSI")).map(str::to_owned));
}

fn all() -> BTreeSet<String> {
    code::ALL.iter().map(|(code, _)| code.to_string()).collect()
}

/// A NUL byte, which no string of Nix holds.
const NOT_IN_THE_EVALUATOR: [u16; 1] = [6];

#[test]
fn every_code_is_the_answer_to_a_mistake_that_is_written_down() {
    let of_plans = codes_in("tests/golden", ".out");
    // Errors, and the values of `checkSystemInstaller`.
    let mut shown = codes_in("tests/lang", ".exp");
    for code in NOT_IN_THE_EVALUATOR.map(|number| code::ALL.iter().find(|(code, _)| code.0 == number).unwrap().0) {
        assert!(of_plans.contains(&code.to_string()), "no case in tests/golden: {code}");
        shown.insert(code.to_string());
    }
    let missing: Vec<_> = all().difference(&shown).cloned().collect();
    assert!(missing.is_empty(), "no case in tests/lang: {missing:?}");
    shown.extend(of_plans);
    let unknown: Vec<_> = shown.difference(&all()).cloned().collect();
    assert!(unknown.is_empty(), "not a code: {unknown:?}");
}

#[test]
fn every_code_is_told_in_the_reference() {
    let page = fs::read_to_string(root().join("nix-plugin/reference.md")).unwrap();
    for (code, _) in code::ALL {
        assert!(page.contains(&format!("\n| {code} | ")), "{code}");
    }
    let mut told = BTreeSet::new();
    codes_of(&page, &mut told);
    assert_eq!(told, all(), "the reference tells codes that there are not");
}
