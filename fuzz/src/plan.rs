//! A plan in JSON: checked, filled in, written as scripts, and the scripts read again.

use std::path::Path;

use build::emit;
use plan::problem::Severity;
use plan::text::Text;
use plan::{check_plan, fill_plan, read_plan};
use runtime::script;
use step::{Init, PostInit, PreBoot, PreInit};
use tree::Tree;

const SYSTEM: &str = "/nix/store/00000000000000000000000000000000-system";
const RUNTIME: &str = "/nix/store/22222222222222222222222222222222-system-installer-0.1.0";

/// No plan makes the reader, a check or the writer panic. Problems are sorted, each there once, each on one line that a
/// terminal shows as it is. What has no errors is filled in, filling in again changes nothing, and its scripts hold what the
/// runtime reads.
pub fn run(data: &[u8]) {
    let Ok(tree) = serde_json::from_slice::<Tree>(data) else {
        return;
    };
    let problems = check_plan(&tree);
    assert!(
        problems.windows(2).all(|pair| pair[0] < pair[1]),
        "not sorted, or twice the same: {problems:#?}"
    );
    for problem in &problems {
        for place in [problem.path.to_string(), problem.path.pointer()] {
            let line = problem.line(&place);
            assert!(!super::has_control(&line), "{line:?}");
        }
    }
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    let filled = match fill_plan(&tree) {
        Ok(filled) if !has_errors => filled,
        Err(errors) if has_errors && !errors.is_empty() => return,
        other => panic!("{problems:#?} and {other:#?}"),
    };
    assert_eq!(fill_plan(&filled), Ok(filled.clone()), "filled in again");

    let plan = read_plan(&tree).expect("it has no errors");
    let runtime = plan.runtime.as_ref().map_or(RUNTIME, Text::text);
    let files = match emit::emit(&plan, SYSTEM, runtime) {
        Ok(files) => files,
        // A store path may have a name of 211 bytes, or lead far into the package.
        Err(emit::Error::LongShebang { .. } | emit::Error::BadRuntime(_)) if runtime != RUNTIME => return,
        Err(error) => panic!("{error}"),
    };
    let contents = |name: &str| {
        files
            .iter()
            .find(|file| file.name == name)
            .expect("it is there")
            .contents
            .clone()
    };
    let read = |name: &str| contents(name).into_bytes();
    let path = Path::new("/script");
    let pre_init: PreInit = script::parse(&read("pre-init"), path).expect("pre-init is read back");
    let post_init: PostInit = script::parse(&read("post-init"), path).expect("post-init is read back");
    let _: Init = script::parse(&read("init"), path).expect("init is read back");
    let pre_boot: PreBoot = script::parse(&read("pre-boot"), path).expect("pre-boot is read back");

    // Nothing is lost or changed on the way.
    let written = plan.to_tree();
    let text = |path: &[&str]| {
        path.iter()
            .try_fold(&written, |tree, name| tree.attribute(name))
            .cloned()
    };
    assert_eq!(text(&["init", "command"]), Some(strings(&post_init.command)));
    assert_eq!(text(&["name"]), Some(Tree::String(pre_init.name.clone())));
    assert_eq!(text(&["name"]), Some(Tree::String(pre_boot.name)));
    for (path, file) in &pre_init.files {
        if let Some(contents) = &file.text {
            assert_eq!(text(&["files", path, "text"]), Some(Tree::String(contents.clone())));
        }
    }
    for (name, user) in &pre_init.users {
        // What a line of passwd(5) holds is what the plan says, and no further field or line.
        for (field, value) in [
            ("description", &user.description),
            ("home", &user.home),
            ("shell", &user.shell),
        ] {
            assert_eq!(text(&["users", name, field]), Some(Tree::String(value.clone())));
            assert!(
                !value.contains(':') && !super::has_control(value),
                "{name} {field} {value:?}"
            );
        }
    }
    // The same plan is what `plan.json` says.
    let again: Tree = serde_json::from_str(&contents("plan.json")).expect("plan.json is JSON");
    assert!(matches!(again, Tree::Attrs(_)));
}

fn strings(words: &[String]) -> Tree {
    Tree::List(words.iter().cloned().map(Tree::String).collect())
}
