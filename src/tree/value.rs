//! The attribute tree: a Nix value, evaluated all the way down. The plugin makes it of the evaluator's values, the
//! builder of JSON.

/// An evaluated Nix value. What JSON has no word for is a variant, too: it becomes a problem with a path, and not an
/// exception.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// `null`
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string. Also a derivation (its output path), and other sets with `outPath` or `__toString`.
    String(String),
    /// A string of the evaluator's that begins like a store path and has no context: Nix would not make sure that the
    /// path exists. JSON has no contexts, so that it is a [`Self::String`] there.
    Bare(String),
    /// A path value. When Nix writes the plan as JSON, it becomes a store path.
    Path(String),
    /// A list.
    List(Vec<Tree>),
    /// An attribute set, in the order of the names.
    Attrs(Vec<(String, Tree)>),
    /// A value that no plan can hold.
    Unusable(Unusable),
}

impl Tree {
    /// The attribute `name` of a set that has it.
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        let Self::Attrs(attrs) = self else { return None };
        attrs.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// What messages call it. Short values are shown.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "`null`".to_owned(),
            Self::Bool(value) => format!("the Boolean `{value}`"),
            Self::Int(value) => format!("the integer `{value}`"),
            Self::Float(value) => format!("the floating-point number `{value}`"),
            Self::String(_) | Self::Bare(_) => "a string".to_owned(),
            Self::Path(_) => "a path".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Attrs(_) => "an attribute set".to_owned(),
            Self::Unusable(Unusable::Function) => "a function".to_owned(),
            Self::Unusable(_) => "a value that no plan can hold".to_owned(),
        }
    }
}

/// The reason why no plan can hold a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// A function.
    Function,
    /// A value that contains itself.
    Cycle,
    /// Sets or lists nested deeper than in any plan.
    TooDeep,
    /// A string that is not UTF-8.
    NotUtf8,
    /// A string with context where Nix takes none: the name of a derivation.
    Context,
    /// A value of the evaluator's own, of no type of the language (as `builtins.getFlake`'s internals).
    External,
}
