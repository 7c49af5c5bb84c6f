//! Describes the plan's attributes as a JSON Schema (draft 2020-12), from the declarations that the reader works with.
//! It becomes `nix-plugin/schema.json` and `builtins.systemInstallerSchema`. No shipped program but the plugin has it.
//!
//! A schema knows no rules across attributes, and not all rules of strings. So the reader refuses every plan that the
//! schema refuses, and some more. What JSON Schema has no word for stands in annotations: `x-type` in words,
//! `x-default` and `x-example` in words or as Nix.

use crate::Plan;
use crate::read::{Field, Presence, Shape, Variant};
use crate::read::{TAG, Value};
use crate::sections::BUILT;
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
    let is_built = set(vec![("const", Tree::Bool(true))]);
    let condition = set(vec![
        ("properties", set(vec![(BUILT, is_built)])),
        ("required", list([text(BUILT)])),
    ]);
    add(&mut schema, "if", condition);
    add(
        &mut schema,
        "else",
        required_to_build(&Plan::SHAPE).unwrap_or_else(|| set(vec![])),
    );
    schema
}

/// The schema of what a plan needs only to be built. `None` if `shape` has no such attribute.
fn required_to_build(shape: &Shape) -> Option<Tree> {
    match *shape {
        Shape::Record { fields, more, .. } => {
            let fields = || fields.iter().chain(more);
            let inside = fields().filter_map(|field| Some((field.name, required_to_build(&field.shape)?)));
            let required = fields().filter(|field| field.presence == Presence::RequiredToBuild);
            let mut properties = set(vec![]);
            for (name, schema) in inside {
                add(&mut properties, name, schema);
            }
            let required = list(required.map(|field| text(field.name)));
            let is_anything = properties != set(vec![]) || required != list([]);
            is_anything.then(|| set(vec![("properties", properties), ("required", required)]))
        }
        Shape::Map { value, .. } => Some(set(vec![("additionalProperties", required_to_build(value)?)])),
        _ => None,
    }
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
        if !field.presence.is_required() || field.takes_null {
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

/// The schema with `null` allowed.
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

/// Adds an attribute. The attributes stay sorted by name.
fn add(schema: &mut Tree, name: &str, value: Tree) {
    if let Tree::Attrs(attrs) = schema {
        let place = attrs.partition_point(|(other, _)| other.as_str() < name);
        attrs.insert(place, (name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
