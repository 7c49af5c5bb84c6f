//! The plan's attributes as a JSON Schema (draft 2020-12), from the same declarations that the reader works with. It is
//! `nix-plugin/schema.json` and `builtins.systemInstallerSchema`, and no part of the runtime.
//!
//! A schema knows neither rules across attributes nor all of what a string may hold: a plan that it refuses is refused
//! by the reader too, and not the other way round. What it has no word for stands in annotations: `x-type`, `x-default` and
//! `x-example`, the last two in words or as Nix.

use crate::Plan;
use crate::read::{TAG, Value};
use crate::section::{Field, Presence, Shape, Variant};
use tree::Tree;

/// The schema of a whole plan.
#[must_use]
pub fn schema() -> Tree {
    let mut schema = describe(&Plan::SHAPE);
    add(
        &mut schema,
        "$schema",
        text("https://json-schema.org/draft/2020-12/schema"),
    );
    add(&mut schema, "title", text("A plan of nix-system-installer"));
    schema
}

/// The documentation of a field as one line.
pub fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn describe(shape: &Shape) -> Tree {
    let of_type = |name: &str| set(vec![("type", text(name))]);
    match *shape {
        Shape::Any | Shape::Free => set(vec![]),
        Shape::Boolean => of_type("boolean"),
        Shape::Integer { minimum, maximum } => {
            let mut schema = of_type("integer");
            add(&mut schema, "minimum", Tree::Int(minimum));
            add(&mut schema, "maximum", Tree::Int(maximum));
            schema
        }
        Shape::Text { words, pattern } => {
            let mut schema = of_type("string");
            if !words.is_empty() {
                add(&mut schema, "enum", list(words.iter().map(|word| text(word))));
            }
            if let Some(pattern) = pattern {
                add(&mut schema, "pattern", text(pattern));
            }
            schema
        }
        Shape::List(element) => {
            let mut schema = of_type("array");
            add(&mut schema, "items", describe(element));
            schema
        }
        Shape::OneOrMany(element) => any_of([describe(element), describe(&Shape::List(element))]),
        Shape::Map { value, pattern, .. } => {
            let mut schema = of_type("object");
            if let Some(pattern) = pattern {
                add(&mut schema, "propertyNames", set(vec![("pattern", text(pattern))]));
            }
            // `null` takes a default away.
            add(&mut schema, "additionalProperties", or_null(describe(value)));
            schema
        }
        Shape::Variants(variants) => {
            let schemas = variants.iter().map(describe_variant);
            set(vec![("anyOf", list(schemas))])
        }
        Shape::Again(path) => {
            let mut place = String::from("#");
            for name in path {
                place += if name.starts_with('<') {
                    "/additionalProperties"
                } else {
                    "/properties/"
                };
                place += if name.starts_with('<') { "" } else { name };
            }
            // The place lets `null` through itself, as an attribute does.
            set(vec![("$ref", text(&place))])
        }
        Shape::Record { fields, more, short } => {
            let record = describe_record(fields, more);
            match short.and_then(|name| fields.iter().find(|field| field.name == name)) {
                Some(field) => any_of([describe(&field.shape), record]),
                None => record,
            }
        }
    }
}

fn describe_variant(variant: &Variant) -> Tree {
    let mut schema = describe_record(variant.fields, variant.more);
    if let Tree::Attrs(attrs) = &mut schema {
        for (name, value) in attrs {
            match (name.as_str(), value) {
                ("properties", properties) => {
                    let tag = set(vec![
                        ("const", text(variant.word)),
                        ("description", text(&one_line(variant.doc))),
                    ]);
                    add(properties, TAG, tag);
                }
                ("required", Tree::List(names)) => names.push(text(TAG)),
                _ => {}
            }
        }
    }
    schema
}

fn describe_record(fields: &[Field], more: &[Field]) -> Tree {
    let mut properties = set(vec![]);
    for field in fields.iter().chain(more) {
        let mut schema = describe(&field.shape);
        // `null` is a value of its own, or the same as leaving the attribute out.
        if field.presence != Presence::Required || field.takes_null {
            schema = or_null(schema);
        }
        add(&mut schema, "description", text(&one_line(field.doc)));
        add(&mut schema, "x-type", text(field.kind));
        add(&mut schema, "x-example", text(field.example));
        if let Presence::Default(default) = field.presence {
            add(&mut schema, "x-default", text(default));
        }
        add(&mut properties, field.name, schema);
    }
    let required = fields
        .iter()
        .chain(more)
        .filter(|field| field.presence == Presence::Required);
    set(vec![
        ("additionalProperties", Tree::Bool(false)),
        ("properties", properties),
        ("required", list(required.map(|field| text(field.name)))),
        ("type", text("object")),
    ])
}

/// The same, or `null`.
fn or_null(mut schema: Tree) -> Tree {
    let Tree::Attrs(attrs) = &mut schema else { return schema };
    if attrs.iter().any(|(name, _)| name == "anyOf") {
        for (name, value) in attrs {
            if let ("anyOf", Tree::List(schemas)) = (name.as_str(), value) {
                schemas.push(set(vec![("type", text("null"))]));
            }
        }
        return schema;
    }
    for (name, value) in attrs {
        match (name.as_str(), value) {
            ("type", kind) => *kind = list([kind.clone(), text("null")]),
            ("enum", Tree::List(words)) => words.push(Tree::Null),
            _ => {}
        }
    }
    schema
}

fn any_of<const N: usize>(schemas: [Tree; N]) -> Tree {
    set(vec![("anyOf", list(schemas))])
}

fn text(text: &str) -> Tree {
    Tree::String(text.to_owned())
}

fn list(elements: impl IntoIterator<Item = Tree>) -> Tree {
    Tree::List(elements.into_iter().collect())
}

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

/// Adds an attribute, in the order of the names.
fn add(schema: &mut Tree, name: &str, value: Tree) {
    if let Tree::Attrs(attrs) = schema {
        let place = attrs.partition_point(|(other, _)| other.as_str() < name);
        attrs.insert(place, (name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use regex_lite::Regex;

    use super::*;
    use crate::check_plan;
    use crate::problem::{Severity, code};

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
        let every = |schemas: &Tree| matches!(schemas, Tree::List(list) if list.iter().any(|schema| takes(whole, schema, value)));
        let has_type = of("type").is_none_or(|kind| match kind {
            Tree::List(names) => names.iter().any(is_type),
            name => is_type(name),
        });
        let in_range = match (value, of("minimum"), of("maximum")) {
            (Tree::Int(value), Some(Tree::Int(minimum)), Some(Tree::Int(maximum))) => {
                (minimum..=maximum).contains(&value)
            }
            _ => true,
        };
        let is_word = of("enum").is_none_or(|words| matches!(words, Tree::List(words) if words.contains(value)));
        let inside = match value {
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
        of("anyOf").is_none_or(every)
            && is_same
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
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")).unwrap() {
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
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/disko")).unwrap() {
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

    #[test]
    fn every_attribute_tells_what_it_takes() {
        fn look(path: &str, shape: &Shape) {
            match shape {
                Shape::Any => panic!("`{path}`: its type has no `SHAPE`"),
                Shape::Record { fields, .. } => {
                    for field in *fields {
                        look(&format!("{path}.{}", field.name), &field.shape);
                    }
                }
                Shape::Map { value, .. } => look(&format!("{path}.*"), value),
                Shape::List(element) | Shape::OneOrMany(element) => look(path, element),
                Shape::Variants(variants) => {
                    for field in variants
                        .iter()
                        .flat_map(|variant| variant.fields.iter().chain(variant.more))
                    {
                        look(&format!("{path}.{}", field.name), &field.shape);
                    }
                }
                _ => {}
            }
        }
        look("plan", &Plan::SHAPE);
    }
}
