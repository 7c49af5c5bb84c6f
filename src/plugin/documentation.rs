//! What `:doc` shows of the builtins in `nix repl`: Markdown, with the plan's attributes as they are declared.

use std::fmt::Write;

use plan::Plan;
use plan::read::Record;
use plan::read::{Field, Presence};
use plan::schema::one_line;

const INTRODUCTION: &str = r#"Return a derivation that *is* the installation procedure of a system: its scripts initialise a
bare file system, start the system on it, and make a disk boot it.

```nix
builtins.mkSystemInstaller {
  name = "hello";
  system = "x86_64-linux";
  init.command = [ "${busybox}/bin/busybox" "init" ];
}
```

The output holds

- `pre-init [--prefix=DIR]`, which sets up directories, files, links and users beneath a prefix, once;
- `post-init`, which becomes the plan's `init.command`;
- `init`, which does both and is made to be process 1;
- `pre-boot`, which installs the boot loader.

Every problem in a plan is reported at once, with its place in the Nix file; `builtins.checkSystemInstaller` gives them as a
value. What is legal and probably not meant is a warning.

Further attributes of the result, evaluated when they are asked for:

- `plan`: the plan with its defaults filled in;
- `image`, where the plan has `disks`: a derivation that makes an image of each, in the sandbox;
- `tarball`: one that makes the root of a container, as `NAME.tar.zst` and as an OCI layout in `oci`.

The attributes of a plan, each with an example:

"#;

/// The documentation of `checkSystemInstaller`.
pub(crate) const CHECK: &str = r#"Return the problems of an installer plan as a list, sorted by attribute path, instead of
the one error in which `mkSystemInstaller` tells them; of a plan without problems, the empty list.

Each is an attribute set:

- `code`: what kind of mistake it is, as `"MSI001"`; codes keep their meaning;
- `severity`: `"error"`, with which there is no derivation, or `"warning"`;
- `path`: the attribute, as one would write it in Nix; empty for the plan itself;
- `message`: what is wrong;
- `hint`: what to write instead, or `null`;
- `file`, `line`, `column`: the place in the Nix file; `null` where Nix does not know it, and `file` also in an expression
  that comes from no file.

It takes any value, and nothing is built or added to the store. What an attribute of the plan itself throws when it is
evaluated is thrown.

```nix
assert builtins.filter (problem: problem.severity == "error") (builtins.checkSystemInstaller plan) == [ ];
```
"#;

/// The documentation of `mkSystemInstaller`.
pub(crate) fn documentation() -> String {
    let mut text = INTRODUCTION.to_owned();
    describe(&mut text, 0, "", Plan::FIELDS);
    text
}

/// Lists `fields`, whose names follow `prefix`, and what is inside them, `depth` lists deep.
fn describe(text: &mut String, depth: usize, prefix: &str, fields: &[Field]) {
    for field in fields {
        let indent = "    ".repeat(depth);
        let path = format!("{prefix}{}", field.name);
        let presence = match field.presence {
            Presence::Required | Presence::RequiredToBuild => "required".to_owned(),
            Presence::Default(value) => format!("default: {value}"),
            Presence::Optional => "optional".to_owned(),
        };
        let (kind, example) = (field.kind, field.example);
        let doc = one_line(field.doc);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{indent}- `{path}`: {kind} ({presence}). {doc} Example: `{path} = {example};`"
        );
        let (key, fields) = field.shape.inside();
        let key = key.map(|key| format!("<{key}>.")).unwrap_or_default();
        describe(text, depth + 1, &format!("{path}.{key}"), fields);
        for variant in field.shape.variants() {
            let (word, doc) = (variant.word, one_line(variant.doc));
            let _ = writeln!(text, "{indent}    - with `type = \"{word}\"`: {doc}");
            describe(text, depth + 2, &format!("{path}."), variant.fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_of_a_plan_is_told() {
        let text = documentation();
        for field in Plan::FIELDS {
            assert!(text.contains(&format!("\n- `{}`: ", field.name)), "{}", field.name);
        }
    }

    #[test]
    fn every_attribute_of_a_problem_is_told() {
        for name in ["code", "severity", "path", "message", "hint", "file", "line", "column"] {
            assert!(CHECK.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn what_is_inside_an_attribute_is_told_below_it_with_an_example() {
        let text = documentation();
        for (outer, inner) in [
            ("directories", "directories.<path>.mode"),
            ("files", "files.<path>.onChange"),
            ("symlinks", "symlinks.<path>.target"),
            ("users", "users.<name>.uid"),
            ("groups", "groups.<name>.members"),
            ("init", "init.command"),
            ("hooks", "hooks.preInit"),
            ("disks", "disks.<name>.content"),
        ] {
            let (_, rest) = text.split_once(&format!("\n- `{outer}`: ")).unwrap();
            let section = rest.split("\n- ").next().unwrap();
            assert!(section.contains(&format!("\n    - `{inner}`: ")), "{inner}:\n{section}");
        }
        assert!(text.contains(" Example: `files.<path>.mode = \"0600\";`\n"), "{text}");
    }
}
