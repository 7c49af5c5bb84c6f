//! Plans and what becomes of them: each `golden/NAME.json` is a plan, as Nix writes it, and `golden/NAME.out` holds the
//! problems that it has or the files that it gives. `ACCEPT=1 cargo test -p system-installer-tests plan::` writes what is new.

use crate::built_plans::new_problems;
use crate::programs::root;
use std::fs;

use build::emit::{self, RUNTIME_PROGRAM};
use plan::problem::{Code, Problem, Severity, code};
use plan::text::Text;
use plan::{assess_plan, check, check_plan, fill_plan, read_plan};
use step::{Init, PostInit, PreBoot, PreInit};
use tree::{Tree, Unusable};

const SYSTEM: &str = "/nix/store/00000000000000000000000000000000-system";
const RUNTIME: &str = "/nix/store/22222222222222222222222222222222-system-installer-runtime-0.1.0";

/// The problems of a plan, or its files, as text.
fn outcome(tree: &Tree) -> String {
    let (plan, warnings) = assess_plan(tree);
    let mut parts: Vec<String> = warnings.iter().map(told).collect();
    parts.extend::<Vec<_>>(match plan {
        Err(problems) => problems.iter().map(told).collect(),
        // A plan that says something of images is looked at as one.
        Ok(plan) if tree.attribute("image").is_some() && !check::image(&plan).is_empty() => check::image(&plan)
            .iter()
            .map(|problem| format!("image {}", told(problem)))
            .collect(),
        Ok(plan) => {
            let runtime = plan.runtime.as_ref().map_or(RUNTIME, Text::text);
            let files = emit::emit(&plan, SYSTEM, runtime).expect("an accepted plan gives files");
            files
                .iter()
                .map(|file| format!("--- {}\n{}", file.name, file.contents))
                .collect()
        }
    });
    parts.concat()
}

fn told(problem: &Problem) -> String {
    let hint = problem
        .hint
        .as_ref()
        .map(|hint| format!("    hint: {hint}\n"))
        .unwrap_or_default();
    let kind = match problem.severity {
        Severity::Error => "",
        Severity::Warning => "warning ",
    };
    format!("{kind}{} {}: {}\n{hint}", problem.code, problem.path, problem.message)
}

#[test]
fn every_golden_plan_gives_what_is_written_down() {
    let folder = root().join("tests/golden");
    let mut plans: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    plans.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    plans.sort();
    assert!(plans.len() > 10, "the plans are gone");
    let mut wrong = Vec::new();
    for path in plans {
        let tree: Tree = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (got, expected) = (outcome(&tree), path.with_extension("out"));
        if std::env::var_os("ACCEPT").is_some() {
            fs::write(&expected, &got).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != got {
            wrong.push(format!("{}:\n{got}", path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "not as written down (ACCEPT=1 writes it):\n{}",
        wrong.join("\n")
    );
}

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

fn string(text: &str) -> Tree {
    Tree::String(text.to_owned())
}

/// The smallest plan, with more in it.
fn plan_with(more: Vec<(&str, Tree)>) -> Tree {
    let mut attrs = vec![
        ("init", set(vec![("command", Tree::List(vec![string("/init")]))])),
        ("name", string("test")),
        ("system", string("x86_64-linux")),
    ];
    attrs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    attrs.extend(more);
    set(attrs)
}

fn codes(tree: &Tree) -> Vec<(String, Code)> {
    check_plan(tree)
        .into_iter()
        .map(|problem| (problem.path.to_string(), problem.code))
        .collect()
}

#[test]
fn what_no_plan_can_hold_is_a_problem_where_it_stands() {
    let cases = [
        (Tree::Unusable(Unusable::Function), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::Cycle), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::TooDeep), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::External), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::Context), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::NotUtf8), code::NOT_UTF8),
        (Tree::Float(1.5), code::WRONG_TYPE),
        (Tree::Bool(true), code::WRONG_TYPE),
        (string("a\0b"), code::NUL_BYTE),
    ];
    for (value, code) in cases {
        let at = |more| codes(&plan_with(more));
        assert_eq!(at(vec![("hostName", value.clone())]), [("hostName".to_owned(), code)]);
        let file = set(vec![("/a", set(vec![("text", value.clone())]))]);
        assert_eq!(at(vec![("files", file)]), [("files.\"/a\".text".to_owned(), code)]);
        let init = set(vec![("command", Tree::List(vec![string("/init"), value.clone()]))]);
        assert_eq!(at(vec![("init", init)]), [("init.command[1]".to_owned(), code)]);
        let environment = set(vec![("A", value.clone())]);
        let init = set(vec![
            ("command", Tree::List(vec![string("/init")])),
            ("environment", environment),
        ]);
        assert_eq!(at(vec![("init", init)]), [("init.environment.A".to_owned(), code)]);
        let users = set(vec![("a", set(vec![("extraGroups", Tree::List(vec![value]))]))]);
        assert_eq!(
            at(vec![("users", users)]),
            [("users.a.extraGroups[0]".to_owned(), code)]
        );
    }
    for (value, code) in [
        (Tree::Unusable(Unusable::Cycle), code::UNUSABLE_VALUE),
        (Tree::Unusable(Unusable::Function), code::UNUSABLE_VALUE),
        (Tree::Int(1), code::WRONG_TYPE),
    ] {
        assert_eq!(codes(&value), [(String::new(), code)]);
        assert_eq!(
            codes(&plan_with(vec![("files", value.clone())])),
            [("files".to_owned(), code)]
        );
        assert_eq!(
            codes(&plan_with(vec![("init", value.clone())])),
            [("init".to_owned(), code)]
        );
        assert_eq!(codes(&plan_with(vec![("hooks", value)])), [("hooks".to_owned(), code)]);
    }
}

#[test]
fn a_path_value_stands_where_a_store_path_makes_sense_and_nowhere_else() {
    let path = || Tree::Path("/home/me/thing".to_owned());
    let command = || Tree::List(vec![path(), path()]);
    let good = plan_with(vec![
        ("files", set(vec![("/a", set(vec![("source", path())]))])),
        ("hooks", set(vec![("preInit", Tree::List(vec![command()]))])),
        (
            "init",
            set(vec![("command", command()), ("environment", set(vec![("A", path())]))]),
        ),
        ("runtime", path()),
        (
            "symlinks",
            set(vec![("/b", path()), ("/c", set(vec![("target", path())]))]),
        ),
    ]);
    assert_eq!(codes(&good), []);
    let filled = format!("{:?}", fill_plan(&good).unwrap());
    assert_eq!(filled.matches("Path(\"/home/me/thing\")").count(), 9, "{filled}");

    let bad = plan_with(vec![
        ("files", set(vec![("/a", set(vec![("text", path())]))])),
        ("hostName", path()),
        (
            "users",
            set(vec![("a", set(vec![("hashedPasswordFile", path()), ("home", path())]))]),
        ),
    ]);
    let places = [
        "files.\"/a\".text",
        "hostName",
        "users.a.hashedPasswordFile",
        "users.a.home",
    ];
    assert_eq!(codes(&bad), places.map(|place| (place.to_owned(), code::PATH_VALUE)));
}

#[test]
fn a_misspelt_attribute_is_one_problem_and_not_a_missing_one_too() {
    let tree = set(vec![
        ("inti", set(vec![("command", Tree::List(vec![string("/init")]))])),
        ("name", string("test")),
        ("system", string("x86_64-linux")),
    ]);
    let problems = check_plan(&tree);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].code, code::UNKNOWN_ATTRIBUTE);
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `init`?"));
}

#[test]
fn null_is_the_same_as_not_given_where_there_is_a_default() {
    let nulls = [
        "base",
        "buildRuntime",
        "directories",
        "groups",
        "hooks",
        "hostName",
        "machineId",
        "runtime",
        "users",
    ];
    let plan = plan_with(nulls.iter().map(|name| (*name, Tree::Null)).collect());
    assert_eq!(fill_plan(&plan), fill_plan(&plan_with(vec![])));
}

#[test]
fn a_first_line_of_127_bytes_is_written_and_one_of_128_is_not() {
    let plan = read_plan(&plan_with(vec![])).unwrap();
    let runtime = |length: usize| {
        format!(
            "/{}",
            "r".repeat(length - "#!//bin/system-installer-runtime post-init".len())
        )
    };
    let files = emit::emit(&plan, SYSTEM, &runtime(127)).unwrap();
    assert_eq!(files[1].contents.lines().next().map(str::len), Some(127));
    let error = emit::emit(&plan, SYSTEM, &runtime(128)).unwrap_err().to_string();
    assert!(
        error.starts_with("the first line of `post-init` has 128 bytes"),
        "{error}"
    );
    assert!(emit::emit(&plan, SYSTEM, "/with space").is_err());
}

#[test]
fn the_first_lines_of_all_steps_have_room_for_a_long_version() {
    let runtime = format!("/nix/store/{}-system-installer-runtime-10.10.10", "0".repeat(32));
    let plan = read_plan(&plan_with(vec![])).unwrap();
    let files = emit::emit(&plan, SYSTEM, &runtime).unwrap();
    let scripts = files.iter().filter(|file| file.executable);
    assert!(scripts.clone().count() >= 4);
    for script in scripts {
        let line = script.contents.lines().next().unwrap();
        assert!(line.len() <= 127 && line.ends_with(script.name), "{line}");
    }
}

mod properties {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;
    use serde::de::DeserializeOwned;

    /// Strings that a plan might hold, good and bad.
    fn any_text() -> impl Strategy<Value = String> {
        let words = [
            "",
            "/",
            "/a",
            "/a/b",
            "/etc",
            "/etc/hosts",
            "/etc/passwd",
            "/nix/store",
            "..",
            "a:b",
            "a\nb",
            "a\0b",
            "root",
            "alice",
            "0",
            "65535",
            "0755",
            "keep",
            "full",
            "none",
            "x86_64-linux",
            "généré",
            "!",
            "$6$a$b",
            "/nix/store/00000000000000000000000000000000-a",
            "A=B",
            "\u{202e}",
            "/bin/sh",
        ];
        prop_oneof![
            3 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
            1 => any::<String>(),
        ]
    }

    fn any_name() -> impl Strategy<Value = String> {
        let names = [
            "name",
            "system",
            "runtime",
            "buildSystem",
            "buildRuntime",
            "hostName",
            "base",
            "directories",
            "files",
            "symlinks",
            "users",
            "groups",
            "machineId",
            "init",
            "hooks",
            "command",
            "environment",
            "preInit",
            "mode",
            "user",
            "group",
            "text",
            "source",
            "onChange",
            "target",
            "uid",
            "gid",
            "extraGroups",
            "members",
            "home",
            "shell",
            "description",
            "hashedPassword",
            "hashedPasswordFile",
            "boot",
            "kernel",
            "initrd",
            "kernelParams",
            "label",
            "loader",
            "timeout",
            "grub",
            "device",
            "devices",
            "efiSupport",
            "configurationLimit",
            "extraConfig",
            "package",
            "systemd-boot",
            "bootCounting",
            "tries",
            "external",
            "efi",
            "efiSysMountPoint",
            "preBoot",
        ];
        prop_oneof![
            3 => proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
            2 => any_text(),
        ]
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        let unusable = [
            Unusable::Function,
            Unusable::Cycle,
            Unusable::TooDeep,
            Unusable::NotUtf8,
            Unusable::Context,
            Unusable::External,
        ];
        let leaf = prop_oneof![
            Just(Tree::Null),
            any::<bool>().prop_map(Tree::Bool),
            any::<i64>().prop_map(Tree::Int),
            (0i64..70000).prop_map(Tree::Int),
            any::<f64>().prop_map(Tree::Float),
            any_text().prop_map(Tree::String),
            any_text().prop_map(Tree::Path),
            proptest::sample::select(unusable.to_vec()).prop_map(Tree::Unusable),
        ];
        leaf.prop_recursive(5, 80, 8, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
                proptest::collection::btree_map(any_name(), inner, 0..8)
                    .prop_map(|map| Tree::Attrs(map.into_iter().collect())),
            ]
        })
    }

    /// A set with some of these attributes.
    fn some_of(fields: Vec<(&'static str, BoxedStrategy<Tree>)>) -> BoxedStrategy<Tree> {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| proptest::option::of(value).prop_map(move |value| value.map(|v| (name.to_owned(), v))))
            .collect();
        fields
            .prop_map(|fields| Tree::Attrs(fields.into_iter().flatten().collect()))
            .boxed()
    }

    /// The set `tree` with more in it.
    fn with(tree: Tree, more: Vec<(&str, Tree)>) -> Tree {
        let Tree::Attrs(mut attrs) = tree else { return tree };
        attrs.extend(more.into_iter().map(|(name, tree)| (name.to_owned(), tree)));
        Tree::Attrs(attrs)
    }

    fn one_of(words: &[&str]) -> BoxedStrategy<Tree> {
        let trees: Vec<Tree> = words.iter().map(|word| string(word)).collect();
        proptest::sample::select(trees).boxed()
    }

    fn map_of(names: &[&'static str], value: &BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
        some_of(names.iter().map(|name| (*name, value.clone())).collect())
    }

    /// How a disk boots, mostly accepted.
    fn likely_boot() -> BoxedStrategy<Tree> {
        let package = || one_of(&["/nix/store/00000000000000000000000000000000-a"]);
        let boolean = || any::<bool>().prop_map(Tree::Bool).boxed();
        let number = || (1i64..1000).prop_map(Tree::Int).boxed();
        let grub = some_of(vec![
            ("configurationLimit", number()),
            ("efiInstallAsRemovable", boolean()),
            ("extraConfig", one_of(&["", "set a=b\n"])),
        ]);
        let grub = (grub, one_of(&["nodev", "/dev/sda"]), package());
        let grub = grub.prop_map(|(tree, device, package)| {
            let more = vec![
                ("device", device),
                ("efiSupport", Tree::Bool(true)),
                ("package", package),
            ];
            set(vec![("grub", with(tree, more))])
        });
        let systemd_boot = some_of(vec![
            (
                "bootCounting",
                some_of(vec![("enable", boolean()), ("tries", number())]),
            ),
            ("configurationLimit", number()),
            ("editor", boolean()),
        ]);
        let systemd_boot = (systemd_boot, package())
            .prop_map(|(tree, package)| set(vec![("systemd-boot", with(tree, vec![("package", package)]))]));
        let external = package().prop_map(|path| {
            let command = Tree::List(vec![path, string("a b")]);
            set(vec![("external", set(vec![("command", command)]))])
        });
        let efi = some_of(vec![
            ("canTouchEfiVariables", boolean()),
            ("efiSysMountPoint", one_of(&["/boot", "/efi"])),
        ]);
        let timeout = prop_oneof![Just(Tree::Null), number()].boxed();
        let common = some_of(vec![("efi", efi), ("timeout", timeout)]);
        let loader = (common, prop_oneof![grub, systemd_boot, external]).prop_map(|(common, one)| match one {
            Tree::Attrs(attrs) => with(
                common,
                attrs.iter().map(|(name, tree)| (name.as_str(), tree.clone())).collect(),
            ),
            other => other,
        });
        let parameters = proptest::collection::vec(one_of(&["quiet", "a=\"b c\"", "--"]), 0..3).prop_map(Tree::List);
        let initrds = proptest::collection::vec(package(), 0..3).prop_map(Tree::List);
        let rest = some_of(vec![
            ("initrd", prop_oneof![initrds, package()].boxed()),
            ("kernelParams", parameters.boxed()),
            ("label", one_of(&["A label", "'$x\""])),
        ]);
        let whole = (rest, package(), loader)
            .prop_map(|(rest, kernel, loader)| with(rest, vec![("kernel", kernel), ("loader", loader)]));
        whole.boxed()
    }

    /// Plans that are mostly accepted.
    fn likely_plan() -> impl Strategy<Value = Tree> {
        let text = || {
            any::<String>()
                .prop_map(|text| Tree::String(text.replace('\0', "")))
                .boxed()
        };
        let owner = || one_of(&["root", "0", "1000"]);
        let mode = || one_of(&["755", "0644", "1777"]);
        let store = || {
            one_of(&[
                "/nix/store/00000000000000000000000000000000-a",
                "/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-b/c",
            ])
        };
        let on_change = || one_of(&["keep", "replace"]);
        let directory = some_of(vec![("group", owner()), ("mode", mode()), ("user", owner())]);
        let file = (
            text(),
            some_of(vec![("group", owner()), ("mode", mode()), ("onChange", on_change())]),
        );
        let file = file.prop_map(|(text, rest)| match rest {
            Tree::Attrs(mut attrs) => {
                attrs.push(("text".to_owned(), text));
                Tree::Attrs(attrs)
            }
            other => other,
        });
        let user = some_of(vec![
            ("description", one_of(&["", "Alice"])),
            (
                "extraGroups",
                proptest::collection::vec(one_of(&["wheel", "users"]), 0..3)
                    .prop_map(Tree::List)
                    .boxed(),
            ),
            ("hashedPassword", one_of(&["!", "$6$a$b"])),
            ("home", one_of(&["/home/x", "/"])),
            ("uid", (0i64..400_000_000).prop_map(Tree::Int).boxed()),
        ]);
        let group = || some_of(vec![("gid", (100i64..4_000_000).prop_map(Tree::Int).boxed())]);
        let groups = (group(), group()).prop_map(|(a, b)| set(vec![("users", a), ("wheel", b)]));
        let command = || (store(), text()).prop_map(|(a, b)| Tree::List(vec![a, b])).boxed();
        let file_system = some_of(vec![
            ("fsType", one_of(&["ext4", "tmpfs"])),
            ("label", one_of(&["a b", "\u{fc}"])),
            (
                "options",
                proptest::collection::vec(one_of(&["noatime", "a b"]), 0..3)
                    .prop_map(Tree::List)
                    .boxed(),
            ),
        ]);
        let file_system = file_system
            .prop_map(|tree| with(tree, vec![("device", string("/dev/a b"))]))
            .boxed();
        let paths = ["/l/m/n", "/nix/store", "/proc/a", "/var/lib", "/x/y", "/z a/b"];
        let file_systems = map_of(&paths, &file_system);
        let file_systems =
            file_systems.prop_map(|tree| with(tree, vec![("/", set(vec![("device", string("/dev/a"))]))]));
        let sections = some_of(vec![
            ("base", one_of(&["full", "mountpoints", "none"])),
            ("boot", likely_boot()),
            (
                "directories",
                map_of(&["/", "/a/b/c", "/etc", "/home", "/var/lib"], &directory),
            ),
            ("fileSystems", file_systems.boxed()),
            ("files", map_of(&["/etc/hosts", "/x", "/y/z"], &file.boxed())),
            (
                "hooks",
                some_of(vec![("preInit", command().prop_map(|c| Tree::List(vec![c])).boxed())]),
            ),
            ("hostName", one_of(&["a", "a.b"])),
            (
                "machineId",
                one_of(&["generate", "none", "uninitialized", "0123456789abcdef0123456789abcdef"]),
            ),
            ("symlinks", map_of(&["/opt", "/usr/bin", "/l/m"], &store())),
            ("users", map_of(&["alice", "bob", "nobody", "root"], &user)),
        ]);
        (sections, groups, command(), "[a-z][a-z0-9._-]{0,60}[a-z0-9]").prop_map(|(sections, groups, command, name)| {
            let Tree::Attrs(mut attrs) = sections else {
                return Tree::Null;
            };
            attrs.push(("groups".to_owned(), groups));
            attrs.push(("init".to_owned(), set(vec![("command", command)])));
            attrs.push(("name".to_owned(), Tree::String(name)));
            attrs.push(("system".to_owned(), string("x86_64-linux")));
            Tree::Attrs(attrs)
        })
    }

    fn has_errors(problems: &[Problem]) -> bool {
        problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    fn step<T: DeserializeOwned>(file: &emit::OutputFile) -> T {
        let (line, json) = file.contents.split_once('\n').unwrap();
        assert_eq!(line, format!("#!{RUNTIME}{RUNTIME_PROGRAM} {}", file.name));
        serde_json::from_str(json).unwrap()
    }

    proptest! {
        // Of likely plans some are refused, and in a long run those are many.
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            max_global_rejects: u32::MAX,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_tree_has_problems_or_is_a_plan(tree in any_tree()) {
            let problems = check_plan(&tree);
            prop_assert!(problems.is_sorted());
            prop_assert_eq!(fill_plan(&tree).is_ok(), !has_errors(&problems));
            for problem in problems {
                prop_assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{}", problem.message);
                prop_assert!(!problem.message.chars().any(char::is_control), "{:?}", problem.message);
            }
        }

        #[test]
        fn any_section_in_a_plan_has_problems_or_is_one(name in any_name(), tree in any_tree()) {
            let tree = plan_with(vec![(&name, tree)]);
            prop_assert_eq!(fill_plan(&tree).is_ok(), !has_errors(&check_plan(&tree)));
        }

        #[test]
        fn a_problems_pointer_leads_to_its_value(name in any_name(), tree in any_tree(), likely in likely_plan()) {
            for tree in [plan_with(vec![(&name, tree)]), likely] {
                let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&tree).unwrap()).unwrap();
                for problem in check_plan(&tree) {
                    let pointer = problem.path.pointer();
                    // What is missing has no value; what lacks it has one.
                    let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
                    let is_missing = problem.code == code::MISSING_ATTRIBUTE;
                    let wanted = if is_missing { around } else { pointer.as_str() };
                    prop_assert!(json.pointer(wanted).is_some(), "{} `{wanted}` in {json}", problem.code);
                }
            }
        }

        #[test]
        fn filling_again_changes_nothing(tree in likely_plan()) {
            let filled = fill_plan(&tree);
            prop_assume!(filled.is_ok());
            let filled = filled.unwrap();
            prop_assert_eq!(new_problems(&filled, &tree), []);
            prop_assert_eq!(fill_plan(&filled), Ok(filled));
        }

        #[test]
        fn the_build_sees_what_the_evaluation_saw(tree in likely_plan()) {
            let json = serde_json::to_string(&tree).unwrap();
            let again: Tree = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(outcome(&again), outcome(&tree));
        }

        #[test]
        fn the_steps_of_an_accepted_plan_read_back(tree in likely_plan()) {
            let plan = read_plan(&tree);
            prop_assume!(plan.is_ok());
            let files = emit::emit(&plan.unwrap(), SYSTEM, RUNTIME).unwrap();
            let pre_init: PreInit = step(&files[0]);
            let post_init: PostInit = step(&files[1]);
            let init: Init = step(&files[2]);
            let pre_boot: PreBoot = step(&files[3]);
            prop_assert_eq!(&init.pre_init, &format!("{SYSTEM}/pre-init"));
            prop_assert_eq!(&pre_boot.name, &pre_init.name);
            prop_assert!(post_init.command[0].starts_with('/'));
            // What the type writes is what it has read: no field is lost on the way.
            let json = |n: usize| serde_json::from_str(files[n].contents.split_once('\n').unwrap().1).unwrap();
            let typed: Tree = serde_json::from_str(&serde_json::to_string(&pre_init).unwrap()).unwrap();
            prop_assert_eq!(sorted(json(0)), sorted(typed));
            let typed: Tree = serde_json::from_str(&serde_json::to_string(&pre_boot).unwrap()).unwrap();
            prop_assert_eq!(sorted(json(3)), sorted(typed));
            consistent(&pre_init)?;
        }
    }

    fn sorted(tree: Tree) -> Tree {
        match tree {
            Tree::Attrs(mut attrs) => {
                attrs.sort_by(|a, b| a.0.cmp(&b.0));
                Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name, sorted(tree))).collect())
            }
            other => other,
        }
    }

    /// What `pre-init` may take for granted.
    fn consistent(step: &PreInit) -> Result<(), TestCaseError> {
        let paths = step
            .directories
            .keys()
            .chain(step.files.keys())
            .chain(step.symlinks.keys());
        let mut seen = BTreeSet::new();
        for path in paths {
            prop_assert!(seen.insert(path), "{path} is there twice");
            for parent in tree::path::parents(path) {
                prop_assert!(
                    step.directories.contains_key(parent),
                    "{path} lies in no directory of the step"
                );
            }
        }
        for (name, user) in &step.users {
            let line = format!(
                "{name}:x:0:0:{}:{}:{}:{}",
                user.description, user.home, user.shell, user.hashed_password
            );
            prop_assert_eq!(line.split(':').count(), 8);
            prop_assert!(!line.contains('\n'));
            prop_assert!(step.groups.contains_key(&user.group));
            for group in &user.extra_groups {
                prop_assert!(step.groups[group].members.contains(name));
            }
        }
        let uids: Vec<u32> = step.users.values().filter_map(|user| user.uid).collect();
        prop_assert_eq!(uids.iter().collect::<BTreeSet<_>>().len(), uids.len());
        let gids: Vec<u32> = step.groups.values().filter_map(|group| group.gid).collect();
        prop_assert_eq!(gids.iter().collect::<BTreeSet<_>>().len(), gids.len());
        Ok(())
    }
}

#[test]
fn a_store_path_that_a_build_needs_has_context() {
    let bare = |text: &str| Tree::Bare(text.to_owned());
    let path = "/nix/store/00000000000000000000000000000000-motd";
    let at = |more| codes(&plan_with(more));
    assert_eq!(
        at(vec![("runtime", bare(path))]),
        [("runtime".to_owned(), code::NO_CONTEXT)]
    );
    let source = |tree| vec![("files", set(vec![("/a", set(vec![("source", tree)]))]))];
    let place = "files.\"/a\".source".to_owned();
    assert_eq!(at(source(bare(path))), [(place.clone(), code::NO_CONTEXT)]);
    assert_eq!(at(source(string(path))), []);
    // What is no store path at all is told as that alone.
    assert_eq!(at(source(bare("/nix/store/motd"))), [(place, code::NOT_A_STORE_PATH)]);
    // Elsewhere it is a string like any other.
    assert_eq!(at(vec![("symlinks", set(vec![("/a", bare(path))]))]), []);
    let init = set(vec![("command", Tree::List(vec![bare(path), bare(path)]))]);
    assert_eq!(at(vec![("init", init)]), []);
    assert_eq!(at(vec![("name", bare(path))]), at(vec![("name", string(path))]));
}
