//! No circle among the modules of a room: each can be read with those that it names, and without those that name it.
//!
//! The modules are those at the top of a room, with all that is in their folders, and `lib`, what its lib.rs itself holds. That
//! lib.rs declares a module, or hands on a name of it, is no use of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{File, Named, files, named, rooms};

/// From each module to those that it uses, with a path that says so.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// What lib.rs itself holds.
const LIB: &str = "lib";

/// What names at the top of a room stand for.
struct Top {
    modules: BTreeSet<String>,
    /// Names that lib.rs imports: the module they come from, or nothing where that is another crate.
    imported: BTreeMap<String, Option<String>>,
    /// The module whose names are all here.
    glob: Option<String>,
    /// What lib.rs declares by itself.
    declared: BTreeSet<String>,
}

impl Top {
    fn of(lib: &File) -> Self {
        let pairs = || lib.tokens.windows(2);
        let behind = |words: &'static [&'static str]| {
            let found = pairs().filter(move |pair| words.contains(&pair[0].as_str()));
            found.map(|pair| pair[1].clone()).collect::<BTreeSet<_>>()
        };
        let mut top = Self {
            modules: behind(&["mod"]),
            imported: BTreeMap::new(),
            glob: None,
            declared: behind(&["struct", "enum", "trait", "type", "fn", "const", "static", "union"]),
        };
        for path in named(&lib.tokens) {
            let Some(name) = path.imported else { continue };
            let segments = path.segments.iter().map(String::as_str);
            let mut segments = segments.filter(|segment| !matches!(*segment, "crate" | "self"));
            let first = segments.next();
            let from = first.filter(|first| top.modules.contains(*first)).map(str::to_owned);
            if name == "*" {
                top.glob = top.glob.or(from);
            } else {
                top.imported.insert(name, from);
            }
        }
        top
    }

    /// The module that `name`, at the top of the room, belongs to; nothing where it is another crate's.
    fn module(&self, name: &str) -> Option<String> {
        if self.modules.contains(name) {
            return Some(name.to_owned());
        }
        match self.imported.get(name) {
            Some(from) => from.clone(),
            None if self.declared.contains(name) => Some(LIB.to_owned()),
            None => Some(self.glob.clone().unwrap_or_else(|| LIB.to_owned())),
        }
    }
}

/// The path of the module that a file holds: `a/b.rs` and `a/b/mod.rs` are both `a::b`.
fn module_path(file: &Path) -> Vec<String> {
    let file = file.with_extension("");
    let mut path: Vec<String> = file.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    path.pop_if(|last| last == "mod");
    path
}

fn graph(files: &[File]) -> Graph {
    let lib = files.iter().find(|file| file.path == Path::new("lib.rs"));
    let lib = lib.expect("a room has a lib.rs");
    let top = Top::of(lib);
    let mut graph = Graph::new();
    for file in files {
        let path = module_path(&file.path);
        if path == [LIB] {
            for used in named(&lib.tokens).iter().filter(|path| !path.exported) {
                if let Some(to) = used.segments.iter().find(|segment| *segment != "crate")
                    && top.modules.contains(to)
                {
                    add(&mut graph, LIB, to, used);
                }
            }
        } else if top.modules.contains(&path[0]) {
            for used in named(&file.tokens) {
                let Some(name) = at_top(&path, &used) else { continue };
                if let Some(to) = top.module(name).filter(|to| *to != path[0]) {
                    add(&mut graph, &path[0], &to, &used);
                }
            }
        }
    }
    graph
}

/// The name at the top of the room that a path in the module at `from` begins with.
fn at_top<'a>(from: &[String], used: &'a Named) -> Option<&'a str> {
    let supers = used.segments.iter().take_while(|segment| *segment == "super").count();
    let first = used.segments.get(supers.max(1))?;
    (used.segments[0] == "crate" || (supers > 0 && supers == from.len())).then_some(first.as_str())
}

fn add(graph: &mut Graph, from: &str, to: &str, used: &Named) {
    let known = graph.entry(from.to_owned()).or_default();
    known.entry(to.to_owned()).or_insert_with(|| used.segments.join("::"));
}

/// What a walk from `from` comes to.
fn reached(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(module) = open.pop() {
        for to in graph.get(&module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    reached
}

/// The uses that are part of a circle.
fn circles(graph: &Graph) -> Vec<String> {
    let uses = graph
        .iter()
        .flat_map(|(from, uses)| uses.iter().map(move |to| (from, to)));
    uses.filter(|(from, (to, _))| reached(graph, to).contains(*from))
        .map(|(from, (to, path))| format!("{from} -> {to} by `{path}`"))
        .collect()
}

#[test]
fn the_modules_of_a_room_have_no_circle() {
    let mut found = Vec::new();
    for room in rooms() {
        let graph = graph(&files(&room));
        let circles = circles(&graph);
        found.extend(circles.iter().map(|circle| format!("src/{room}: {circle}")));
    }
    assert!(found.is_empty(), "modules in a circle:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_through_lib_rs_and_past_what_it_hands_on() {
    let room = |files: &[(&str, &str)]| {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: path.into(),
                tokens: super::source::tokens(text),
            })
            .collect();
        circles(&graph(&files))
    };
    // What is handed on is its module's; a module's own parts may name each other.
    let lib = "mod a; mod b; pub use b::B; use tree::Tree; pub struct Own;";
    let a = ("a/mod.rs", "mod c; use crate::{B, Tree}; use super::b::Other;");
    let inner = ("a/c.rs", "use super::d; use super::super::b;");
    assert_eq!(room(&[("lib.rs", lib), a, inner, ("b.rs", "use tree::Tree;")]), [""; 0]);
    let found = room(&[("lib.rs", lib), a, inner, ("b.rs", "fn b() { crate::a::c::d() }")]);
    assert_eq!(found, ["a -> b by `crate::B`", "b -> a by `crate::a::c::d`"]);
    // lib.rs is a module as the others are, where it holds something of its own.
    let lib = "mod a; pub use a::A; struct Own(a::Inner);";
    assert_eq!(room(&[("lib.rs", lib), ("a.rs", "use super::Own;")]).len(), 2);
    assert_eq!(
        room(&[
            ("lib.rs", "mod a; pub use a::A; struct Own;"),
            ("a.rs", "use super::Own;")
        ]),
        [""; 0]
    );
}
