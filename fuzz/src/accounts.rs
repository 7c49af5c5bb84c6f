//! passwd, group, shadow and gshadow as a person or a crash left them, and two plans one after the other.

use std::collections::{BTreeMap, BTreeSet};

use build::emit;
use plan::read_plan;
use runtime::accounts::{Before, Database, Databases, Merged, Ours, merge};
use runtime::script;
use step::{Group, PreInit, User};
use tree::Tree;

/// Whatever the files hold: a merge is refused or keeps every line that is not the plan's, to the byte and in its order;
/// gives no id twice; the same plan again changes nothing; another plan after it, and the first one again, work.
///
/// The input: passwd, group, shadow, gshadow (a missing part is a missing file), then two plans in JSON, of which the users
/// and groups count.
pub fn run(data: &[u8]) {
    let [passwd, group, shadow, gshadow, first, second] = super::parts(data);
    let database = |part: &[u8]| (!part.is_empty()).then(|| Database::parse(part));
    let databases = Databases {
        passwd: database(passwd),
        group: database(group),
        shadow: database(shadow),
        gshadow: database(gshadow),
    };
    let Some(first) = plan(first) else { return };
    let Some(merged) = attempt(&databases, &first, None) else {
        return;
    };
    let again = attempt(&merged.databases, &first, Some(&merged.ours)).expect("the same plan again");
    assert_eq!(
        again.databases, merged.databases,
        "the same plan again changed something"
    );
    assert_eq!(again.steps, [], "the same plan again did something");

    let Some(second) = plan(second) else { return };
    let Some(changed) = attempt(&merged.databases, &second, Some(&merged.ours)) else {
        return;
    };
    let again = attempt(&changed.databases, &second, Some(&changed.ours)).expect("the second plan again");
    assert_eq!(
        again.databases, changed.databases,
        "the second plan again changed something"
    );
    let _ = attempt(&changed.databases, &first, Some(&changed.ours));
}

type Accounts = (BTreeMap<String, User>, BTreeMap<String, Group>);

/// The users and groups of a plan, in their step's shape.
fn plan(json: &[u8]) -> Option<Accounts> {
    let given: Tree = serde_json::from_slice(json).ok()?;
    let string = |text: &str| Tree::String(text.to_owned());
    let own = |name: &str, tree| (name.to_owned(), tree);
    let mut attributes = vec![
        own("base", string("none")),
        own(
            "init",
            Tree::Attrs(vec![own("command", Tree::List(vec![string("/init")]))]),
        ),
        own("name", string("fuzz")),
        own("system", string("x86_64-linux")),
    ];
    for name in ["groups", "users"] {
        attributes.extend(given.attribute(name).map(|tree| own(name, tree.clone())));
    }
    let plan = read_plan(&Tree::Attrs(attributes)).ok()?;
    let files = emit::emit(&plan, "/nix/store/x", "/runtime").expect("an accepted plan is written");
    let step: PreInit = script::parse(files[0].contents.as_bytes(), "/pre-init".as_ref()).expect("and read");
    Some((step.users, step.groups))
}

fn attempt(databases: &Databases, plan: &Accounts, record: Option<&Ours>) -> Option<Merged> {
    let (users, groups) = plan;
    let before = Before {
        record,
        attempts: &[],
        same_files: true,
    };
    let merged = merge(databases, users, groups, &BTreeMap::new(), before).ok()?;
    let ours: BTreeSet<&str> = users
        .keys()
        .chain(groups.keys())
        .chain(
            record
                .into_iter()
                .flat_map(|ours| ours.users.keys().chain(ours.groups.keys()).chain(ours.joined.keys())),
        )
        .map(String::as_str)
        .collect();
    for (old, new) in [
        (&databases.passwd, &merged.databases.passwd),
        (&databases.group, &merged.databases.group),
        (&databases.shadow, &merged.databases.shadow),
        (&databases.gshadow, &merged.databases.gshadow),
    ] {
        assert_eq!(
            foreign(old.as_ref(), &ours),
            foreign(new.as_ref(), &ours),
            "a line of somebody else's changed"
        );
    }
    for (old, new, names) in [
        (
            &databases.passwd,
            &merged.databases.passwd,
            users.keys().collect::<Vec<_>>(),
        ),
        (&databases.group, &merged.databases.group, groups.keys().collect()),
    ] {
        let Some(new) = new else { continue };
        for name in names {
            let (Some(id), true) = (new.id(name), old.as_ref().is_none_or(|old| old.id(name).is_none())) else {
                continue;
            };
            let others = new.entries().filter(|fields| fields[0] != name.as_bytes());
            let holder = others
                .into_iter()
                .find(|fields| fields.get(2).is_some_and(|field| *field == id.to_string().as_bytes()));
            assert_eq!(holder, None, "the new `{name}` got an id that is in use");
        }
    }
    Some(merged)
}

/// The lines that are for none of `ours`.
fn foreign(database: Option<&Database>, ours: &BTreeSet<&str>) -> Vec<Vec<u8>> {
    let bytes = database.map(Database::to_bytes).unwrap_or_default();
    let is_ours = |line: &&[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        line.contains(&b':') && std::str::from_utf8(name).is_ok_and(|name| ours.contains(name))
    };
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !is_ours(line))
        .map(<[u8]>::to_vec)
        .collect()
}
