//! Rust source as words and signs, without comments, literals and tests: enough to see which paths it names.

use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use crate::programs::root;

/// A file of a room.
pub struct File {
    /// Where it lies below the room's folder.
    pub path: PathBuf,
    /// Its words and signs, in order; `::` is one sign.
    pub tokens: Vec<String>,
}

/// A path that source names, from a `use` or where it is used.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Its segments; the last one of a glob is `*`.
    pub segments: Vec<String>,
    /// The name that a `use` gives it.
    pub imported: Option<String>,
    /// Whether that name is one for others too: a re-export.
    pub exported: bool,
}

/// The names of the rooms, which are those of the folders in `src`.
pub fn rooms() -> Vec<String> {
    let mut rooms: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    rooms.sort();
    rooms
}

/// The files of a room, but for those that only its tests are built of.
pub fn files(room: &str) -> Vec<File> {
    let folder = root().join("src").join(room);
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files);
    let of_tests = test_modules(&fs::read_to_string(folder.join("lib.rs")).unwrap());
    files.retain(|file| {
        !of_tests
            .iter()
            .any(|name| file.path.with_extension("") == Path::new(name))
    });
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

/// The modules that `lib`, the text of a lib.rs, declares for its tests alone.
fn test_modules(lib: &str) -> Vec<String> {
    let declared = |tokens: &[String]| {
        let pairs = tokens.windows(2).filter(|pair| pair[0] == "mod");
        pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>()
    };
    let all = tokens(lib);
    let kept = declared(&without_tests(&all));
    declared(&all).into_iter().filter(|name| !kept.contains(name)).collect()
}

fn collect(top: &Path, folder: &Path, files: &mut Vec<File>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(top, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !name.ends_with("tests") {
            files.push(File {
                path: path.strip_prefix(top).unwrap().to_owned(),
                tokens: without_tests(&tokens(&fs::read_to_string(&path).unwrap())),
            });
        }
    }
}

/// The words and signs of `text`, without comments; a literal in quotes is `""`.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|c| *c != '\n').is_some() {},
            '/' if rest.peek() == Some(&'*') => skip_past(&mut rest, "*/"),
            '"' => {
                literal(&mut rest, '"');
                tokens.push("\"\"".to_owned());
            }
            '\'' => quote(&mut rest),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                let raw = matches!(word.as_str(), "r" | "br" | "cr");
                if raw && matches!(rest.peek(), Some('"' | '#')) {
                    let mut end = String::from('"');
                    while rest.next_if_eq(&'#').is_some() {
                        end.push('#');
                    }
                    // A raw name, `r#type`, has no quote.
                    if rest.next_if_eq(&'"').is_some() {
                        skip_past(&mut rest, &end);
                        "\"\"".clone_into(&mut word);
                    }
                }
                tokens.push(word);
            }
            ':' if rest.next_if_eq(&':').is_some() => tokens.push("::".to_owned()),
            c if c.is_whitespace() => {}
            c => tokens.push(c.to_string()),
        }
    }
    tokens
}

fn skip_past(rest: &mut Peekable<Chars>, end: &str) {
    let mut seen = String::new();
    for c in rest.by_ref() {
        seen.push(c);
        if seen.ends_with(end) {
            return;
        }
    }
}

fn literal(rest: &mut Peekable<Chars>, end: char) {
    while let Some(c) = rest.next() {
        match c {
            '\\' => drop(rest.next()),
            c if c == end => return,
            _ => {}
        }
    }
}

/// A character, or a lifetime.
fn quote(rest: &mut Peekable<Chars>) {
    let Some(first) = rest.next() else { return };
    if first == '\\' {
        rest.next();
        literal(rest, '\'');
    } else if rest.next_if_eq(&'\'').is_none() {
        while rest.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
    }
}

/// The tokens without the items that are there for tests alone.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const ONLY_FOR_TESTS: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if tokens[place..].iter().map(String::as_str).take(7).eq(ONLY_FOR_TESTS) {
            place = end_of_item(tokens, place + ONLY_FOR_TESTS.len());
        } else {
            kept.push(tokens[place].clone());
            place += 1;
        }
    }
    kept
}

/// Where the item that begins at `place` ends: behind its `;`, or behind its body.
fn end_of_item(tokens: &[String], mut place: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place;
                }
            }
            ";" if depth == 0 => return place,
            _ => {}
        }
    }
    place
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Every path that the tokens name.
pub fn named(tokens: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if tokens[place] == "use" {
            let before = place.checked_sub(1).map(|before| tokens[before].as_str());
            let mut imports = Vec::new();
            place = import(tokens, place + 1, &[], &mut imports);
            found.extend(imports.into_iter().map(|(segments, name)| Named {
                segments,
                imported: Some(name),
                exported: matches!(before, Some("pub" | ")")),
            }));
            continue;
        }
        let starts = is_word(&tokens[place]) && (place == 0 || tokens[place - 1] != "::");
        let mut segments = vec![tokens[place].clone()];
        place += 1;
        while starts && tokens.get(place).is_some_and(|token| token == "::") {
            match tokens.get(place + 1).filter(|token| is_word(token)) {
                Some(word) => segments.push(word.clone()),
                None => break,
            }
            place += 2;
        }
        if segments.len() > 1 {
            found.push(Named {
                segments,
                imported: None,
                exported: false,
            });
        }
    }
    found
}

/// Reads the tree of a `use` at `place`, with `before` in front of it; gives where it ends.
fn import(tokens: &[String], mut place: usize, before: &[String], found: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut segments = before.to_vec();
    while let Some(token) = tokens.get(place) {
        match token.as_str() {
            "::" => place += 1,
            "{" => {
                place += 1;
                while tokens.get(place).is_some_and(|token| token != "}") {
                    place = import(tokens, place, &segments, found);
                    if tokens.get(place).is_some_and(|token| token == ",") {
                        place += 1;
                    }
                }
                return place + 1;
            }
            "as" => {
                found.push((segments, tokens.get(place + 1).cloned().unwrap_or_default()));
                return place + 2;
            }
            "," | "}" | ";" => break,
            word => {
                segments.push(word.to_owned());
                place += 1;
            }
        }
    }
    if segments.last().is_some_and(|last| last == "self") && segments.len() > 1 {
        segments.pop();
    }
    let name = segments.last().cloned().unwrap_or_default();
    found.push((segments, name));
    place
}

#[test]
fn paths_are_seen_whatever_stands_around_them() {
    let text = r##"
        //! crate::comment
        /* crate::comment */
        use crate::{one, two::{self, three as four}};
        pub(crate) use five::*;
        #[cfg(test)]
        use crate::test_alone;
        fn six<'a>(c: char) -> bool { c == '"' || c == '\'' || six::<'a>("crate::text \" ") }
        const RAW: &str = r#"crate::raw " "#;
        macro_rules! seven { () => { $crate::eight::nine!(super::super::ten) } }
        #[cfg(test)]
        mod tests { use super::*; fn eleven() { crate::eleven() } }
        fn r#type() { std::fs::read("x") }
    "##;
    let named: Vec<String> = named(&without_tests(&tokens(text)))
        .iter()
        .map(|path| {
            let name = path
                .imported
                .as_deref()
                .map_or(String::new(), |name| format!(" as {name}"));
            let for_others = if path.exported { " for others" } else { "" };
            format!("{}{name}{for_others}", path.segments.join("::"))
        })
        .collect();
    let expected = [
        "crate::one as one",
        "crate::two as two",
        "crate::two::three as four",
        "five::* as * for others",
        "crate::eight::nine",
        "super::super::ten",
        "std::fs::read",
    ];
    assert_eq!(named, expected);
}
