//! The promises of the merge.

use super::*;

fn user(uid: Option<u32>, group: &str) -> User {
    User {
        uid,
        group: group.to_owned(),
        extra_groups: Vec::new(),
        home: "/var/empty".to_owned(),
        shell: "/sbin/nologin".to_owned(),
        description: String::new(),
        hashed_password: "!".to_owned(),
        hashed_password_file: None,
    }
}

fn group(gid: Option<u32>, members: &[&str]) -> Group {
    Group {
        gid,
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    }
}

fn plan(users: &[(&str, User)], groups: &[(&str, Group)]) -> (BTreeMap<String, User>, BTreeMap<String, Group>) {
    (
        users
            .iter()
            .map(|(name, user)| ((*name).to_owned(), user.clone()))
            .collect(),
        groups
            .iter()
            .map(|(name, group)| ((*name).to_owned(), group.clone()))
            .collect(),
    )
}

type Plan = (BTreeMap<String, User>, BTreeMap<String, Group>);

fn run(databases: &Databases, plan: &Plan, record: Option<&Ours>) -> Merged {
    let before = Before {
        record,
        attempts: &[],
        same_files: true,
    };
    merge(databases, &plan.0, &plan.1, &BTreeMap::new(), before).unwrap()
}

fn show(database: Option<&Database>) -> String {
    String::from_utf8(database.unwrap().to_bytes()).unwrap()
}

fn edit(databases: &mut Databases, from: &str, to: &str) {
    for database in [&mut databases.passwd, &mut databases.group, &mut databases.shadow]
        .into_iter()
        .flatten()
    {
        *database = Database::parse(show(Some(database)).replace(from, to).as_bytes());
    }
}

fn web() -> Plan {
    plan(
        &[("root", user(Some(0), "root")), ("web", user(None, "web"))],
        &[
            ("root", group(Some(0), &[])),
            ("web", group(None, &[])),
            ("log", group(Some(50), &["web"])),
        ],
    )
}

#[test]
fn a_fresh_root_gets_all_four_files() {
    let merged = run(&Databases::default(), &web(), None);
    assert_eq!(
        show(merged.databases.passwd.as_ref()),
        "root:x:0:0::/var/empty:/sbin/nologin\nweb:x:999:999::/var/empty:/sbin/nologin\n"
    );
    assert_eq!(
        show(merged.databases.group.as_ref()),
        "root:x:0:\nlog:x:50:web\nweb:x:999:\n"
    );
    assert_eq!(
        show(merged.databases.shadow.as_ref()),
        "root:!:1::::::\nweb:!:1::::::\n"
    );
    assert_eq!(
        show(merged.databases.gshadow.as_ref()),
        "root:!::\nlog:!::web\nweb:!::\n"
    );
    assert_eq!(merged.notes, []);
}

#[test]
fn the_same_plan_again_changes_nothing() {
    let first = run(&Databases::default(), &web(), None);
    let second = run(&first.databases, &web(), Some(&first.ours));
    assert_eq!(second.databases, first.databases);
    assert_eq!(second.ours, first.ours);
    assert_eq!((second.steps, second.notes), (vec![], vec![]));
}

#[test]
fn what_a_person_changed_stays_and_is_said() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    edit(
        &mut databases,
        "web:x:999:999::/var/empty:/sbin/nologin",
        "web:x:999:999::/var/empty:/bin/zsh",
    );
    edit(&mut databases, "web:!:1", "web:$6$mine:19000");
    let mut changed = web();
    let web = changed.0.get_mut("web").unwrap();
    web.shell = "/bin/bash".to_owned();
    web.home = "/srv/web".to_owned();
    web.hashed_password = "$6$plan".to_owned();
    let second = run(&databases, &changed, Some(&first.ours));
    assert!(show(second.databases.passwd.as_ref()).contains("web:x:999:999::/srv/web:/bin/zsh\n"));
    assert!(show(second.databases.shadow.as_ref()).contains("web:$6$mine:19000"));
    let messages: Vec<_> = second.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(messages, ["keeps its shell `/bin/zsh`", "keeps its password"]);
}

#[test]
fn a_dropped_user_goes_and_its_id_is_never_anothers() {
    let first = run(&Databases::default(), &web(), None);
    let (mut users, mut groups) = web();
    users.remove("web");
    groups.remove("web");
    users.insert("db".to_owned(), user(None, "db"));
    groups.insert("db".to_owned(), group(None, &[]));
    groups.get_mut("log").unwrap().members.clear();
    let second = run(&first.databases, &(users, groups), Some(&first.ours));
    assert_eq!(
        show(second.databases.passwd.as_ref()),
        "root:x:0:0::/var/empty:/sbin/nologin\ndb:x:998:998::/var/empty:/sbin/nologin\n"
    );
    assert_eq!(
        show(second.databases.group.as_ref()),
        "root:x:0:\nlog:x:50:\ndb:x:998:\n"
    );
    assert_eq!(second.ours.retired_uids["web"], 999);
    let back = run(&second.databases, &web(), Some(&second.ours));
    assert!(
        show(back.databases.passwd.as_ref()).contains("web:x:999:999:"),
        "the same user gets the same id back"
    );
}

#[test]
fn a_users_lines_that_a_person_changed_outlive_the_plan() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    edit(&mut databases, "/sbin/nologin\nweb", "/sbin/nologin\n# mine\nweb");
    edit(&mut databases, "web:x:999:999::", "web:x:999:999:Webmaster:");
    let (mut users, groups) = web();
    users.remove("web");
    let second = run(&databases, &(users, groups), Some(&first.ours));
    assert!(show(second.databases.passwd.as_ref()).contains("# mine\nweb:x:999:999:Webmaster:"));
    assert_eq!(
        second.notes[0].message,
        "not in the plan any more, kept: it was changed"
    );
}

#[test]
fn an_id_of_somebody_else_is_refused() {
    let databases = Databases {
        passwd: Some(Database::parse(b"alice:x:1000:100::/home/alice:/bin/sh\n")),
        ..Databases::default()
    };
    let (users, groups) = plan(&[("bob", user(Some(1000), "bob"))], &[("bob", group(None, &[]))]);
    let error = merge(&databases, &users, &groups, &BTreeMap::new(), Before::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "user `bob` needs the id 1000, which belongs to `alice`"
    );
}

#[test]
fn a_users_id_does_not_change() {
    let first = run(&Databases::default(), &web(), None);
    let mut changed = web();
    changed.0.get_mut("web").unwrap().uid = Some(1234);
    let second = run(&first.databases, &changed, Some(&first.ours));
    assert_eq!(second.databases.passwd, first.databases.passwd);
    assert_eq!(second.notes[0].message, "keeps the id 999: files belong to it");
}

#[test]
fn whoever_was_there_before_is_kept_and_never_taken_away() {
    let databases = Databases {
        passwd: Some(Database::parse(b"root:x:0:0:me:/root:/bin/bash\n")),
        group: Some(Database::parse(b"root:x:0:me\n")),
        shadow: Some(Database::parse(b"root:$6$mine:19000::::::\n")),
        gshadow: None,
    };
    let first = run(&databases, &web(), None);
    assert!(show(first.databases.passwd.as_ref()).starts_with("root:x:0:0:me:/root:/bin/bash\nweb:x:999"));
    assert!(show(first.databases.shadow.as_ref()).starts_with("root:$6$mine:19000::::::\n"));
    assert_eq!(first.databases.gshadow, None);
    let none = plan(&[], &[]);
    let second = run(&first.databases, &none, Some(&first.ours));
    assert_eq!(
        show(second.databases.passwd.as_ref()),
        "root:x:0:0:me:/root:/bin/bash\n"
    );
    assert_eq!(show(second.databases.group.as_ref()), "root:x:0:me\n");
}

#[test]
fn a_deleted_user_stays_deleted_but_a_lost_file_comes_back_with_its_ids() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    databases.passwd.as_mut().unwrap().remove("web");
    let second = run(&databases, &web(), Some(&first.ours));
    assert_eq!(second.databases.passwd, databases.passwd);
    assert_eq!(second.notes[0].message, "was deleted by hand and stays so");

    let (users, groups) = web();
    let before = Before {
        record: Some(&first.ours),
        attempts: &[],
        same_files: false,
    };
    let third = merge(&Databases::default(), &users, &groups, &BTreeMap::new(), before).unwrap();
    assert_eq!(third.databases.passwd, first.databases.passwd);
}

#[test]
fn an_interrupted_run_is_finished() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    databases.shadow = None;
    databases.gshadow = None;
    let (users, groups) = web();
    let attempts = [first.ours.clone()];
    let before = Before {
        record: None,
        attempts: &attempts,
        same_files: true,
    };
    let second = merge(&databases, &users, &groups, &BTreeMap::new(), before).unwrap();
    assert_eq!(second.databases, first.databases);
    assert_eq!(second.ours, first.ours);
}

#[test]
fn a_damaged_file_is_refused() {
    let databases = Databases {
        passwd: Some(Database::parse(&[0; 512])),
        ..Databases::default()
    };
    let (users, groups) = web();
    let error = merge(&databases, &users, &groups, &BTreeMap::new(), Before::default()).unwrap_err();
    assert_eq!(error, Error::Damaged("passwd"));
}

#[test]
fn an_interrupted_removal_leaves_no_line_that_a_later_user_would_inherit() {
    let first = run(&Databases::default(), &web(), None);
    let none = plan(&[], &[]);
    let dropped = run(&first.databases, &none, Some(&first.ours));
    // The databases take their places one after the other: passwd, group, shadow, gshadow.
    for done in 1..4 {
        let mut databases = first.databases.clone();
        databases.passwd.clone_from(&dropped.databases.passwd);
        if done > 1 {
            databases.group.clone_from(&dropped.databases.group);
        }
        if done > 2 {
            databases.shadow.clone_from(&dropped.databases.shadow);
        }
        edit(&mut databases, "web:!:1", "web:$6$mine:19000");
        let attempts = [dropped.ours.clone()];
        let before = Before {
            record: Some(&first.ours),
            attempts: &attempts,
            same_files: true,
        };
        let finished = merge(&databases, &none.0, &none.1, &BTreeMap::new(), before).unwrap();
        assert_eq!(finished.databases, dropped.databases, "after {done} databases");
        assert_eq!(finished.ours, dropped.ours);
    }
}

#[test]
fn what_a_deleted_user_left_in_shadow_goes_unless_a_person_changed_it() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    databases.passwd.as_mut().unwrap().remove("web");
    databases.group.as_mut().unwrap().remove("web");
    let none = plan(&[], &[]);
    let second = run(&databases, &none, Some(&first.ours));
    assert_eq!(show(second.databases.shadow.as_ref()), "");
    assert_eq!(show(second.databases.gshadow.as_ref()), "");

    edit(&mut databases, "web:!:1", "web:$6$mine:19000");
    let gshadow = databases.gshadow.as_mut().unwrap();
    *gshadow = Database::parse(b"root:!::\nlog:!::web\nweb:!::me\n");
    let third = run(&databases, &none, Some(&first.ours));
    assert_eq!(show(third.databases.shadow.as_ref()), "web:$6$mine:19000::::::\n");
    assert_eq!(show(third.databases.gshadow.as_ref()), "web:!::me\n");
    let messages: Vec<_> = third.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "its line in /etc/shadow was changed, kept",
            "its line in /etc/gshadow was changed, kept"
        ]
    );
}

#[test]
fn a_membership_of_ours_in_somebody_elses_group_is_taken_back() {
    let databases = Databases {
        passwd: Some(Database::parse(b"root:x:0:0::/root:/bin/sh\n")),
        group: Some(Database::parse(b"root:x:0:\nsudo:x:27:me\n")),
        shadow: Some(Database::parse(b"root:*:1::::::\n")),
        gshadow: Some(Database::parse(b"root:*::\nsudo:*::me\n")),
    };
    let with_web = plan(
        &[("web", user(None, "web"))],
        &[("web", group(None, &[])), ("sudo", group(None, &["web", "me"]))],
    );
    let with_sudo = plan(&[], &[("sudo", group(None, &[]))]);
    let first = run(&databases, &with_web, None);
    assert!(show(first.databases.group.as_ref()).contains("sudo:x:27:me,web\n"));
    // In between, a plan that says the same about the group.
    let again = run(&first.databases, &with_web, Some(&first.ours));
    assert_eq!(again.ours, first.ours);
    for next in [&with_sudo, &plan(&[], &[])] {
        let attempts = [run(&again.databases, next, Some(&again.ours)).ours];
        let interrupted = Before {
            record: Some(&again.ours),
            attempts: &attempts,
            same_files: true,
        };
        let second = merge(&again.databases, &next.0, &next.1, &BTreeMap::new(), interrupted).unwrap();
        assert_eq!(second.databases, databases);
        assert_eq!(second.notes, []);
    }
}

#[test]
fn a_membership_that_was_there_before_us_stays() {
    let databases = Databases {
        group: Some(Database::parse(b"log:x:50:web\n")),
        ..Databases::default()
    };
    let first = run(&databases, &web(), None);
    let second = run(&first.databases, &plan(&[], &[]), Some(&first.ours));
    assert_eq!(show(second.databases.group.as_ref()), "log:x:50:web\n");
}

#[test]
fn a_group_that_stays_because_a_person_changed_it_loses_our_members() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    edit(&mut databases, "log:x:50:web", "log:x:50:web,me");
    let second = run(&databases, &plan(&[], &[]), Some(&first.ours));
    assert_eq!(show(second.databases.group.as_ref()), "log:x:50:me\n");
    assert_eq!(show(second.databases.gshadow.as_ref()), "log:!::\n");
    assert_eq!(
        second.notes[0].message,
        "not in the plan any more, kept: it was changed"
    );
}

fn try_run(databases: &Databases, plan: &Plan, record: Option<&Ours>) -> Result<Merged, Error> {
    let before = Before {
        record,
        attempts: &[],
        same_files: true,
    };
    merge(databases, &plan.0, &plan.1, &BTreeMap::new(), before)
}

#[test]
fn an_id_that_we_found_for_one_name_is_not_given_to_another_that_asks_for_it() {
    let first = run(&Databases::default(), &web(), None);
    let log = || ("log", group(Some(50), &[]));
    let user_db = plan(&[("db", user(Some(999), "log"))], &[log()]);
    let error = try_run(&first.databases, &user_db, Some(&first.ours)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "user `db` needs the id 999, which was given to `web`: its files may still be there; take another id, or none"
    );
    let group_db = plan(&[], &[log(), ("db", group(Some(999), &[]))]);
    let error = try_run(&first.databases, &group_db, Some(&first.ours)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("group `db` needs the id 999, which was given to `web`")
    );

    // Not even while the first one comes back at the same time.
    let none = run(&first.databases, &plan(&[], &[]), Some(&first.ours));
    let mut both = web();
    both.0.insert("db".to_owned(), user(Some(999), "log"));
    try_run(&none.databases, &both, Some(&none.ours)).unwrap_err();
}

#[test]
fn an_id_that_the_plan_chose_can_be_given_to_another_name_and_that_is_said() {
    let alice = plan(&[("alice", user(Some(1000), "a"))], &[("a", group(Some(70), &[]))]);
    let bob = plan(&[("bob", user(Some(1000), "b"))], &[("b", group(Some(70), &[]))]);
    let first = run(&Databases::default(), &alice, None);
    let second = run(&first.databases, &bob, Some(&first.ours));
    assert_eq!(
        show(second.databases.passwd.as_ref()),
        "bob:x:1000:70::/var/empty:/sbin/nologin\n"
    );
    assert_eq!(
        second.warnings,
        [
            "group `b` has the id 70, which was `a`'s: what belonged to `a` belongs to it now",
            "user `bob` has the id 1000, which was `alice`'s: what belonged to `alice` belongs to it now"
        ]
    );
    // Said once, and back again.
    let again = run(&second.databases, &bob, Some(&second.ours));
    assert_eq!(again.warnings, [""; 0]);
    let lost = Before {
        record: Some(&again.ours),
        attempts: &[],
        same_files: false,
    };
    let remade = merge(&Databases::default(), &bob.0, &bob.1, &BTreeMap::new(), lost).unwrap();
    assert_eq!((remade.databases, remade.warnings), (again.databases.clone(), vec![]));
    let back = run(&again.databases, &alice, Some(&again.ours));
    assert_eq!(back.databases, first.databases);
    assert_eq!(back.warnings.len(), 2);

    // Whoever comes back without an id gets another one, as the old one is somebody's.
    let both = plan(
        &[("alice", user(None, "b")), ("bob", user(Some(1000), "b"))],
        &[("b", group(Some(70), &[]))],
    );
    let third = run(&first.databases, &plan(&[], &[]), Some(&first.ours));
    let fourth = run(&third.databases, &both, Some(&third.ours));
    assert!(show(fourth.databases.passwd.as_ref()).contains("alice:x:999:70:"));
}

#[test]
fn a_user_whose_password_or_dates_a_person_set_outlives_an_older_plan() {
    let first = run(&Databases::default(), &web(), None);
    for (from, to) in [
        ("web:!:1::::::", "web:$6$mine:19000::::::"),
        ("web:!:1::::::", "web:!:1:0:90:7:::"),
        ("web:x:999:999::", "web::999:999::"),
    ] {
        let mut databases = first.databases.clone();
        edit(&mut databases, from, to);
        let mut older = web();
        older.0.remove("web");
        let second = run(&databases, &older, Some(&first.ours));
        assert_eq!(second.databases.passwd, databases.passwd, "{to}");
        assert_eq!(second.databases.shadow, databases.shadow, "{to}");
        // What nobody changed is the plan's again, and who changes it back is taken away.
        let mut newer = web();
        newer.0.get_mut("web").unwrap().shell = "/bin/bash".to_owned();
        let third = run(&second.databases, &newer, Some(&second.ours));
        assert!(show(third.databases.passwd.as_ref()).contains(":/bin/bash\n"), "{to}");
        let mut undone = second.databases.clone();
        edit(&mut undone, to, from);
        let fourth = run(&undone, &older, Some(&second.ours));
        assert!(!show(fourth.databases.passwd.as_ref()).contains("web:"), "{to}");
    }
}

#[test]
fn a_group_with_a_password_or_an_administrator_outlives_an_older_plan() {
    let first = run(&Databases::default(), &web(), None);
    let mut older = web();
    older.1.remove("log");
    for line in ["log:$6$mine::web", "log:!:me:web"] {
        let mut databases = first.databases.clone();
        let gshadow = databases.gshadow.as_mut().unwrap();
        *gshadow = Database::parse(show(Some(gshadow)).replace("log:!::web", line).as_bytes());
        let second = run(&databases, &older, Some(&first.ours));
        assert!(show(second.databases.group.as_ref()).contains("log:x:50:\n"), "{line}");
        let third = run(&second.databases, &web(), Some(&second.ours));
        assert!(show(third.databases.gshadow.as_ref()).contains(line), "{line}");
        assert!(
            show(third.databases.group.as_ref()).contains("log:x:50:web\n"),
            "{line}"
        );
    }
}

#[test]
fn a_member_whom_a_person_took_out_stays_out() {
    let first = run(&Databases::default(), &web(), None);
    let mut databases = first.databases.clone();
    edit(&mut databases, "log:x:50:web", "log:x:50:");
    let second = run(&databases, &web(), Some(&first.ours));
    assert!(show(second.databases.group.as_ref()).contains("log:x:50:\n"));
    assert_eq!(second.notes[0].message, "`web` was taken out by hand and stays so");
    let mut older = web();
    older.1.get_mut("log").unwrap().members.clear();
    let third = run(&second.databases, &older, Some(&second.ours));
    let fourth = run(&third.databases, &web(), Some(&third.ours));
    assert!(show(fourth.databases.group.as_ref()).contains("log:x:50:\n"));
}

#[test]
fn a_lost_database_is_no_wish() {
    let first = run(&Databases::default(), &web(), None);
    for lost in [None, Some(Database::default())] {
        let mut databases = first.databases.clone();
        databases.passwd.clone_from(&lost);
        let second = run(&databases, &web(), Some(&first.ours));
        assert_eq!(second.databases, first.databases);
        assert_eq!(
            second.warnings,
            ["what was in `/etc/passwd` was lost: the users of the plan are made again"]
        );
        let mut databases = first.databases.clone();
        databases.group = lost;
        let third = run(&databases, &web(), Some(&first.ours));
        assert_eq!(third.databases, first.databases);
    }
}
