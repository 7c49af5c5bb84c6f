//! Makes `nix-plugin/reference.md` and `nix-plugin/schema.json`, and tests that they are up to date.
//! `ACCEPT=1 cargo test -p system-installer-plan reference` writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Plan;
use crate::problem::code;
use crate::read::Record;
use crate::read::{Field, Presence};
use crate::schema::{one_line, schema};

const INTRODUCTION: &str = "\
# Reference of the plan

What `builtins.mkSystemInstaller` takes. This page, `schema.json` beside it, `builtins.systemInstallerSchema` and `:doc
builtins.mkSystemInstaller` all come from the declarations that the reader itself works with (`src/plan/`).
";

const PROBLEMS: &str = "
## Problems

Each problem has a code, which never changes its meaning. `builtins.checkSystemInstaller` gives the problems of a plan as a
list, `system-installer check plan.json` tells those of a plan in JSON.

| code | what is wrong |
| --- | --- |
";

fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "The plan", "", Plan::FIELDS);
    page.push_str(PROBLEMS);
    for (code, doc) in code::ALL {
        row(&mut page, &[&code.to_string(), &one_line(doc)]);
    }
    page
}

/// Writes a table of `fields`, and then one for each section in them. `prefix` stands before their names.
fn section(page: &mut String, title: &str, prefix: &str, fields: &[Field]) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "\n## {title}\n");
    row(page, &["attribute", "takes", "default", "meaning", "example"]);
    row(page, &["---"; 5]);
    for field in fields {
        let default = match field.presence {
            Presence::Required | Presence::RequiredToBuild => "required",
            Presence::Default(value) => value,
            Presence::Optional => "",
        };
        let example = format!("`{} = {};`", field.name, field.example);
        row(
            page,
            &[
                &format!("`{}`", field.name),
                field.kind,
                &code_in(default),
                &one_line(field.doc),
                &example,
            ],
        );
    }
    for field in fields {
        let (key, inside) = field.shape.inside();
        let path = format!("{prefix}{}", field.name);
        let path = key.map_or(path.clone(), |key| format!("{path}.<{key}>"));
        if !inside.is_empty() {
            section(page, &format!("`{path}`"), &format!("{path}."), inside);
        }
        for variant in field.shape.variants() {
            let title = format!("`{path}` with `type = \"{}\"`", variant.word);
            section(page, &title, &format!("{path}."), variant.fields);
            let _ = writeln!(page, "\n{}", one_line(variant.doc));
        }
    }
}

/// A default in the syntax of Markdown. It is declared as Nix, or as words with Nix among them.
fn code_in(default: &str) -> String {
    let is_nix = default.starts_with(['"', '[', '{', '-']) || default.bytes().all(|b| b.is_ascii_digit());
    if is_nix && !default.is_empty() || matches!(default, "true" | "false") {
        format!("`{default}`")
    } else {
        default.to_owned()
    }
}

fn row(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

#[test]
fn the_reference_says_what_the_declarations_say() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    for (name, wanted) in [("reference.md", reference()), ("schema.json", schema)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../nix-plugin")
            .join(name);
        if std::env::var_os("ACCEPT").is_some() {
            fs::write(&path, wanted).unwrap();
        } else {
            let is_current = fs::read_to_string(&path).unwrap_or_default() == wanted;
            assert!(
                is_current,
                "nix-plugin/{name} is stale: `ACCEPT=1 cargo test -p system-installer-plan reference` writes it"
            );
        }
    }
}
