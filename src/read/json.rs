//! Attribute trees from and to JSON: what `builtins.toJSON` writes, and what `plan.json` holds.

use serde_json::{Number, Value};

use super::Tree;

/// The tree that a JSON value stands for. A number beyond 64 bits becomes a floating-point one, as in Nix.
pub fn from_json(json: Value) -> Tree {
    match json {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(value),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Tree::Float(number.as_f64().unwrap_or(f64::INFINITY)), Tree::Int),
        Value::String(text) => Tree::String(text),
        Value::Array(elements) => Tree::List(elements.into_iter().map(from_json).collect()),
        Value::Object(members) => Tree::Attrs(
            members
                .into_iter()
                .map(|(name, value)| (name, from_json(value)))
                .collect(),
        ),
    }
}

/// The JSON value of a tree. What JSON has no word for becomes `null`; a plan that was read holds nothing of the kind.
pub fn to_json(tree: &Tree) -> Value {
    match tree {
        Tree::Null | Tree::Unusable(_) => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Int(value) => Value::Number((*value).into()),
        Tree::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        Tree::String(text) | Tree::Path(text) => Value::String(text.clone()),
        Tree::List(elements) => Value::Array(elements.iter().map(to_json).collect()),
        Tree::Attrs(attrs) => Value::Object(
            attrs
                .iter()
                .map(|(name, value)| (name.clone(), to_json(value)))
                .collect(),
        ),
    }
}
