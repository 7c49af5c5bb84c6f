//! Disks as disko's own examples describe them: `disko/NAME.json` is the `disks` of a plan, with the attributes and values
//! that an example of disko's has, and `disko/NAME.out` says how they are read, in what order partitions come, and what is
//! mounted. `ACCEPT=1 cargo test -p system-installer-tests disko::` writes what is new.

use crate::programs::root;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use plan::problem::Severity;
use plan::sections::disk::fill::in_order;
use plan::sections::disk::{Content, Disk};
use plan::text::Text;
use plan::{Named, Plan};
use plan::{assess_plan, fill_plan};
use tree::Tree;

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

/// The smallest plan with these disks, and a root for those whose own is on what disko describes elsewhere.
fn plan(disks: Tree) -> Tree {
    let string = |text: &str| Tree::String(text.to_owned());
    set(vec![
        ("disks", disks),
        ("init", set(vec![("command", Tree::List(vec![string("/init")]))])),
        ("name", string("test")),
        ("system", string("x86_64-linux")),
    ])
}

fn outcome(tree: &Tree) -> String {
    let (plan, warnings) = assess_plan(tree);
    let mut text = String::new();
    let problems = plan.as_ref().err().into_iter().flatten().chain(&warnings);
    for problem in problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(
            text,
            "{severity} {} {}: {}",
            problem.code, problem.path, problem.message
        )
        .unwrap();
    }
    if let Ok(plan) = plan {
        for (_, disk) in plan.disks.iter().flat_map(Named::present) {
            tell_disk(&mut text, disk);
        }
        text += fstab(&plan);
    }
    text
}

fn tell_disk(text: &mut String, disk: &Disk) {
    let name = disk.name.as_ref().map_or("", Text::text);
    let device = disk.device.as_ref().map_or("", Text::text);
    writeln!(text, "{name}: {device}").unwrap();
    if let Some(content) = &disk.content {
        tell(text, 1, content);
    }
}

fn tell(text: &mut String, depth: usize, content: &Content) {
    let indent = "  ".repeat(depth);
    writeln!(text, "{indent}{}", content.word()).unwrap();
    match content {
        Content::Gpt(gpt) => {
            for (name, partition) in in_order(gpt.partitions.as_ref().unwrap()) {
                let end = partition.end.as_ref().map_or("?", Text::text);
                let parts = [
                    name,
                    partition.kind.as_ref().unwrap().text(),
                    partition.label.as_ref().unwrap().text(),
                    partition.start.as_ref().unwrap().text(),
                    end,
                    partition.device.as_ref().unwrap().text(),
                ];
                writeln!(text, "{indent}- {}", parts.join(" | ")).unwrap();
                if let Some(content) = &partition.content {
                    tell(text, depth + 2, content);
                }
            }
        }
        Content::Msdos(msdos) => {
            for (name, partition) in in_order(msdos.partitions.as_ref().unwrap()) {
                let end = partition.end.as_ref().map_or("?", Text::text);
                let device = partition.device.as_ref().unwrap().text();
                let kind = partition.kind.as_ref().unwrap().byte();
                writeln!(text, "{indent}- {name} | {kind:02x} | {end} | {device}").unwrap();
                if let Some(content) = &partition.content {
                    tell(text, depth + 2, content);
                }
            }
        }
        Content::Luks(luks) => {
            if let Some(content) = &luks.content {
                tell(text, depth + 1, content);
            }
        }
        _ => {}
    }
}

fn fstab(plan: &Plan) -> &str {
    let files = plan.files.as_ref().unwrap();
    let file = files.entries.get("/etc/fstab").and_then(Option::as_ref);
    file.and_then(|file| file.text.as_ref()).map_or("", Text::text)
}

#[test]
fn every_shape_is_read_ordered_and_mounted_as_written_down() {
    let mut wrong = Vec::new();
    for (path, disks) in shapes() {
        let (got, expected) = (outcome(&plan(disks)), path.with_extension("out"));
        if std::env::var_os("ACCEPT").is_some() {
            fs::write(&expected, &got).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != got {
            wrong.push(format!("{}:\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "not as written down:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_of_a_shape_is_lost_and_filling_it_twice_changes_nothing() {
    for (path, disks) in shapes() {
        let given = plan(disks);
        let (read, problems) = Plan::from_tree(&given);
        assert!(problems.is_empty(), "{}: {problems:?}", path.display());
        assert!(
            contains(&read.to_tree(), &given),
            "{}: something is lost",
            path.display()
        );
        let filled = fill_plan(&given).unwrap_or_else(|problems| panic!("{}: {problems:?}", path.display()));
        assert!(
            contains(&filled, &given),
            "{}: filling has lost something",
            path.display()
        );
        assert_eq!(fill_plan(&filled).as_ref(), Ok(&filled), "{}", path.display());
    }
}

/// Whether `whole` has all that is in `part`; `null` is the same as nothing.
fn contains(whole: &Tree, part: &Tree) -> bool {
    match (whole, part) {
        (_, Tree::Null) => true,
        (Tree::Attrs(_), Tree::Attrs(attrs)) => attrs.iter().all(|(name, value)| {
            *value == Tree::Null || whole.attribute(name).is_some_and(|whole| contains(whole, value))
        }),
        (Tree::List(whole), Tree::List(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

fn shapes() -> Vec<(std::path::PathBuf, Tree)> {
    let folder = root().join("tests/disko");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(paths.len() >= 20, "the shapes are gone");
    let read = |path: &Path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    paths
        .into_iter()
        .map(|path| {
            let tree = read(&path);
            (path, tree)
        })
        .collect()
}
