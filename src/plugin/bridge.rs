//! The bridge between the Nix evaluator (C++, `cpp/`) and the core: its definitions and their `catch_unwind`, nothing else.
//!
//! A Nix value crosses as a flat list of [`ffi::Node`]s, parents before children. No `Value *` is kept here, because Nix's
//! garbage collector does not scan this side's memory, and nothing here calls Nix, because its exceptions (an interrupt
//! above all) must not pass through Rust.
#![allow(unsafe_code)]

use crate::guard::{Bug, guard};
use plan::Plan;
use plan::problem::{self, AttrPath, Severity};
use plan::read::Record;
use tree::VERSION;
use tree::path::STORE_DIR;
use tree::{Tree, Unusable};

#[cxx::bridge(namespace = "system_installer")]
mod ffi {
    /// What a node is; the fields of [`Node`] that count differ by it.
    enum Kind {
        Null,
        /// `number` is 0 or 1.
        Bool,
        /// `number`
        Int,
        /// `real`
        Float,
        /// `text`; from the evaluator, `number` is 1 where it has context.
        String,
        /// `text`
        Path,
        /// `count` elements follow.
        List,
        /// `count` attributes follow, in the order of their names.
        Attrs,
        Function,
        Cycle,
        TooDeep,
        /// `text` has replacement characters.
        NotUtf8,
        External,
    }

    /// A forced Nix value, without what is inside it.
    struct Node {
        kind: Kind,
        /// The name of the attribute that holds the value; empty elsewhere.
        key: String,
        text: String,
        number: i64,
        real: f64,
        count: usize,
    }

    /// One step of an attribute path.
    struct Segment {
        name: String,
        index: usize,
        is_name: bool,
    }

    /// A problem in a plan. The evaluator has yet to look up its place in the source.
    struct Problem {
        path: Vec<Segment>,
        /// The path as one would write it in Nix; empty for the plan itself.
        place: String,
        code: String,
        message: String,
        /// What to write instead; may be empty.
        hint: String,
        /// Whether it is an error; otherwise it is a warning.
        is_error: bool,
    }

    // What does more than name a constant gives a Result: an unwinding panic would abort the evaluator.
    extern "Rust" {
        fn check_plan(nodes: Vec<Node>) -> Result<Vec<Problem>>;
        fn check_image(nodes: Vec<Node>) -> Result<Vec<Problem>>;
        fn fill_plan(nodes: Vec<Node>) -> Result<Vec<Node>>;
        fn is_attribute(name: &str) -> Result<bool>;
        fn show_path(path: &Vec<Segment>) -> Result<String>;
        fn documentation() -> Result<String>;
        fn check_documentation() -> Result<String>;
        fn schema() -> Result<Vec<Node>>;
        fn lib_nix() -> &'static str;
        fn runtime_archive() -> &'static [u8];
        fn runtime_name() -> &'static str;
        fn build_archive() -> &'static [u8];
        fn build_name() -> &'static str;
        fn host_archive() -> &'static [u8];
        fn host_name() -> &'static str;
        fn plugin_version() -> &'static str;
    }

    unsafe extern "C++" {
        include!("primop.hh");
        fn register_primops();
    }
}

/// Runs when the plugin is loaded, in every version of Nix (`nix_plugin_entry` is called from 2.22 on), and keeps the C++
/// side from being dropped by the linker.
#[used]
#[unsafe(link_section = ".init_array")]
static REGISTER: extern "C" fn() = {
    extern "C" fn register() {
        ffi::register_primops();
    }
    register
};

/// Every problem in the plan, warnings too, sorted by path.
fn check_plan(nodes: Vec<ffi::Node>) -> Result<Vec<ffi::Problem>, Bug> {
    guard(|| Ok(plan::check_buildable(&tree(nodes)?).into_iter().map(problem).collect()))
}

/// What an image of the plan cannot have, sorted by path. The plan itself has no problems.
fn check_image(nodes: Vec<ffi::Node>) -> Result<Vec<ffi::Problem>, Bug> {
    guard(|| Ok(plan::check_image(&tree(nodes)?).into_iter().map(problem).collect()))
}

/// The plan with its defaults filled in. It has no problems.
fn fill_plan(nodes: Vec<ffi::Node>) -> Result<Vec<ffi::Node>, Bug> {
    guard(|| {
        let filled =
            plan::fill_plan(&tree(nodes)?).map_err(|_| Bug::new("a plan without problems cannot be filled in"))?;
        let mut nodes = Vec::new();
        flatten(filled, String::new(), &mut nodes);
        Ok(nodes)
    })
}

/// Whether a plan can have an attribute of this name.
fn is_attribute(name: &str) -> Result<bool, Bug> {
    guard(|| Ok(Plan::FIELDS.iter().any(|field| field.name == name)))
}

/// An attribute path as one would write it in Nix.
#[allow(clippy::ptr_arg)] // cxx passes a `rust::Vec`.
fn show_path(path: &Vec<ffi::Segment>) -> Result<String, Bug> {
    let segment = |s: &ffi::Segment| {
        if s.is_name {
            problem::Segment::Name(s.name.clone())
        } else {
            problem::Segment::Index(s.index)
        }
    };
    guard(|| Ok(AttrPath(path.iter().map(segment).collect()).to_string()))
}

/// The documentation of `mkSystemInstaller`, in Markdown.
fn documentation() -> Result<String, Bug> {
    guard(|| Ok(crate::documentation::documentation()))
}

/// The documentation of `checkSystemInstaller`, in Markdown.
fn check_documentation() -> Result<String, Bug> {
    guard(|| Ok(crate::documentation::CHECK.to_owned()))
}

/// The JSON Schema of a plan.
fn schema() -> Result<Vec<ffi::Node>, Bug> {
    guard(|| {
        let mut nodes = Vec::new();
        flatten(plan::schema::schema(), String::new(), &mut nodes);
        Ok(nodes)
    })
}

/// The text of `nix-plugin/lib.nix`.
fn lib_nix() -> &'static str {
    include_str!("../../nix-plugin/lib.nix")
}

/// The runtime's store path as a NAR: a directory with `bin/system-installer-runtime`.
fn runtime_archive() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/runtime.nar"))
}

/// The name of the runtime's store path.
fn runtime_name() -> &'static str {
    concat!("system-installer-runtime-", env!("CARGO_PKG_VERSION"))
}

/// The store path of the derivation's builder as a NAR: a directory with `bin/system-installer-build`.
fn build_archive() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/build.nar"))
}

/// The name of that store path.
fn build_name() -> &'static str {
    concat!("system-installer-build-", env!("CARGO_PKG_VERSION"))
}

/// The store path of the host tool as a NAR: a directory with `bin/system-installer`.
fn host_archive() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/host.nar"))
}

/// The name of that store path.
fn host_name() -> &'static str {
    concat!("system-installer-", env!("CARGO_PKG_VERSION"))
}

/// The version of this package.
fn plugin_version() -> &'static str {
    VERSION
}

fn problem(problem: problem::Problem) -> ffi::Problem {
    ffi::Problem {
        place: problem.path.to_string(),
        code: problem.code.to_string(),
        message: problem.message,
        path: problem.path.0.into_iter().map(segment).collect(),
        hint: problem.hint.unwrap_or_default(),
        is_error: problem.severity == Severity::Error,
    }
}

fn segment(segment: problem::Segment) -> ffi::Segment {
    match segment {
        problem::Segment::Name(name) => ffi::Segment {
            name,
            index: 0,
            is_name: true,
        },
        problem::Segment::Index(index) => ffi::Segment {
            name: String::new(),
            index,
            is_name: false,
        },
    }
}

fn tree(nodes: Vec<ffi::Node>) -> Result<Tree, Bug> {
    let named_with_context = has_name_with_context(&nodes);
    let mut nodes = nodes.into_iter();
    let (_, mut tree) = next_tree(&mut nodes)?;
    if named_with_context
        && let Tree::Attrs(attrs) = &mut tree
        && let Some((_, name)) = attrs.iter_mut().find(|(name, _)| name == NAME)
    {
        *name = Tree::Unusable(Unusable::Context);
    }
    Ok(tree)
}

/// The plan's name, which becomes the derivation's: `derivation` refuses one with context, and says neither where nor why.
const NAME: &str = "name";

fn has_name_with_context(nodes: &[ffi::Node]) -> bool {
    // How many values are still to come in each of the sets and lists around.
    let mut around: Vec<usize> = Vec::new();
    for node in nodes {
        if around.len() == 1 && node.key == NAME {
            return node.kind == ffi::Kind::String && node.number == 1;
        }
        if let Some(left) = around.last_mut() {
            *left -= 1;
        }
        if node.count > 0 {
            around.push(node.count);
        }
        while around.last() == Some(&0) {
            around.pop();
        }
    }
    false
}

/// The next value and its attribute name. The depth of the recursion is bounded by the walker's limit.
fn next_tree(nodes: &mut impl Iterator<Item = ffi::Node>) -> Result<(String, Tree), Bug> {
    let node = nodes
        .next()
        .ok_or_else(|| Bug::new("the evaluator's tree ends too early"))?;
    let tree = match node.kind {
        ffi::Kind::Null => Tree::Null,
        ffi::Kind::Bool => Tree::Bool(node.number != 0),
        ffi::Kind::Int => Tree::Int(node.number),
        ffi::Kind::Float => Tree::Float(node.real),
        ffi::Kind::String if node.number == 0 && node.text.starts_with(STORE_DIR) => Tree::Bare(node.text),
        ffi::Kind::String => Tree::String(node.text),
        ffi::Kind::Path => Tree::Path(node.text),
        ffi::Kind::List => Tree::List(
            (0..node.count)
                .map(|_| Ok(next_tree(nodes)?.1))
                .collect::<Result<_, Bug>>()?,
        ),
        ffi::Kind::Attrs => Tree::Attrs((0..node.count).map(|_| next_tree(nodes)).collect::<Result<_, Bug>>()?),
        ffi::Kind::Function => Tree::Unusable(Unusable::Function),
        ffi::Kind::Cycle => Tree::Unusable(Unusable::Cycle),
        ffi::Kind::TooDeep => Tree::Unusable(Unusable::TooDeep),
        ffi::Kind::NotUtf8 => Tree::Unusable(Unusable::NotUtf8),
        _ => Tree::Unusable(Unusable::External),
    };
    Ok((node.key, tree))
}

fn flatten(tree: Tree, key: String, nodes: &mut Vec<ffi::Node>) {
    let mut node = ffi::Node {
        kind: ffi::Kind::Null,
        key,
        text: String::new(),
        number: 0,
        real: 0.0,
        count: 0,
    };
    match tree {
        Tree::Null => nodes.push(node),
        Tree::Bool(value) => nodes.push(ffi::Node {
            kind: ffi::Kind::Bool,
            number: value.into(),
            ..node
        }),
        Tree::Int(number) => nodes.push(ffi::Node {
            kind: ffi::Kind::Int,
            number,
            ..node
        }),
        Tree::Float(real) => nodes.push(ffi::Node {
            kind: ffi::Kind::Float,
            real,
            ..node
        }),
        Tree::String(text) | Tree::Bare(text) => nodes.push(ffi::Node {
            kind: ffi::Kind::String,
            text,
            ..node
        }),
        Tree::Path(text) => nodes.push(ffi::Node {
            kind: ffi::Kind::Path,
            text,
            ..node
        }),
        Tree::List(elements) => {
            nodes.push(ffi::Node {
                kind: ffi::Kind::List,
                count: elements.len(),
                ..node
            });
            for element in elements {
                flatten(element, String::new(), nodes);
            }
        }
        Tree::Attrs(attributes) => {
            nodes.push(ffi::Node {
                kind: ffi::Kind::Attrs,
                count: attributes.len(),
                ..node
            });
            for (name, value) in attributes {
                flatten(value, name, nodes);
            }
        }
        Tree::Unusable(_) => {
            node.kind = ffi::Kind::External;
            nodes.push(node);
        }
    }
}
