//! The JSON Schema of a plan: it takes what the reader takes, as far as a schema of one attribute can see.

use std::fs;

use crate::programs::root;
use plan::check_plan;
use plan::problem::{Severity, code};
use plan::schema::schema;
use regex_lite::Regex;
use tree::Tree;

/// Whether the schema of plans takes `plan`.
pub fn is_taken(plan: &Tree) -> bool {
    let schema = schema();
    takes(&schema, &schema, plan)
}

/// Whether the part `schema` of `whole` lets `value` through: as much of JSON Schema as is used above.
fn takes(whole: &Tree, schema: &Tree, value: &Tree) -> bool {
    let of = |name: &str| schema.attribute(name);
    if let Some(Tree::String(place)) = of("$ref") {
        let names = place.split('/').skip(1);
        let target = names.fold(whole, |schema, name| schema.attribute(name).expect("the place exists"));
        return takes(whole, target, value);
    }
    let is_type = |name: &Tree| {
        let Tree::String(name) = name else {
            panic!("a type has a name")
        };
        match value {
            Tree::Null => name == "null",
            Tree::Bool(_) => name == "boolean",
            Tree::Int(_) => name == "integer",
            Tree::String(_) => name == "string",
            Tree::List(_) => name == "array",
            Tree::Attrs(_) => name == "object",
            _ => false,
        }
    };
    let every =
        |schemas: &Tree| matches!(schemas, Tree::List(list) if list.iter().any(|schema| takes(whole, schema, value)));
    let has_type = of("type").is_none_or(|kind| match kind {
        Tree::List(names) => names.iter().any(is_type),
        name => is_type(name),
    });
    let in_range = match (value, of("minimum"), of("maximum")) {
        (Tree::Int(value), Some(Tree::Int(minimum)), Some(Tree::Int(maximum))) => (minimum..=maximum).contains(&value),
        _ => true,
    };
    let is_word = of("enum").is_none_or(|words| matches!(words, Tree::List(words) if words.contains(value)));
    let inside =
        match value {
            Tree::List(elements) => {
                of("items").is_none_or(|items| elements.iter().all(|element| takes(whole, items, element)))
            }
            Tree::Attrs(attrs) => attrs.iter().all(|(name, value)| {
                match of("properties").and_then(|properties| properties.attribute(name)) {
                    Some(property) => takes(whole, property, value),
                    None => match of("additionalProperties") {
                        Some(Tree::Bool(others)) => *others,
                        others => others.is_none_or(|schema| takes(whole, schema, value)),
                    },
                }
            }),
            _ => true,
        };
    let has_required = match (of("required"), value) {
        (Some(Tree::List(names)), Tree::Attrs(_)) => names
            .iter()
            .all(|name| matches!(name, Tree::String(name) if value.attribute(name).is_some())),
        _ => true,
    };
    let matches = |schema: &Tree, text: &str| match schema.attribute("pattern") {
        Some(Tree::String(pattern)) => Regex::new(pattern)
            .expect("a pattern is a regular expression")
            .is_match(text),
        _ => true,
    };
    let has_pattern = match value {
        Tree::String(value) => matches(schema, value),
        Tree::Attrs(attrs) => {
            of("propertyNames").is_none_or(|names| attrs.iter().all(|(name, _)| matches(names, name)))
        }
        _ => true,
    };
    let is_same = of("const").is_none_or(|wanted| wanted == value);
    let has_rest = match (of("if"), of("else")) {
        (Some(condition), Some(otherwise)) => takes(whole, condition, value) || takes(whole, otherwise, value),
        _ => true,
    };
    of("anyOf").is_none_or(every)
        && is_same
        && has_rest
        && has_pattern
        && has_type
        && in_range
        && is_word
        && inside
        && has_required
}

#[test]
fn what_the_schema_refuses_the_reader_refuses_too() {
    let schema = schema();
    // What a schema of one attribute can see.
    let seen = [
        code::WRONG_TYPE,
        code::UNKNOWN_ATTRIBUTE,
        code::MISSING_ATTRIBUTE,
        code::UNKNOWN_WORD,
        code::OUT_OF_RANGE,
    ];
    let (mut taken, mut refused) = (0, 0);
    for entry in fs::read_dir(root().join("tests/golden")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let plan: Tree = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let problems = check_plan(&plan);
        let is_seen = problems.iter().any(|problem| seen.contains(&problem.code));
        let is_error = problems.iter().any(|problem| problem.severity == Severity::Error);
        let is_taken = takes(&schema, &schema, &plan);
        assert!(is_taken || is_error, "{}: refused, and good", path.display());
        assert!(!is_taken || !is_seen, "{}: taken, and {problems:?}", path.display());
        if is_taken { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 5 && refused > 5, "{taken} taken, {refused} refused");
}

#[test]
fn what_disko_writes_the_schema_takes() {
    let schema = schema();
    for entry in fs::read_dir(root().join("tests/disko")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let disks: Tree = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let part = schema
                .attribute("properties")
                .and_then(|parts| parts.attribute("disks"));
            assert!(takes(&schema, part.unwrap(), &disks), "{}", path.display());
        }
    }
}
