//! The attribute tree: a Nix value, forced all the way down, as the reader sees it. It comes from the evaluator through
//! the bridge, or from JSON at build time.

/// A forced Nix value. What JSON has no word for is kept as a variant, so that it becomes a problem with a path rather
/// than an exception.
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
    /// A string, or a derivation (its output path) or another set with `outPath` or `__toString`.
    String(String),
    /// A string of the evaluator's that starts as a store path does and has no context: Nix would not see to it that what it
    /// names is there. JSON has no contexts; there it is a [`Self::String`].
    Bare(String),
    /// A path value; it becomes a store path when Nix writes the plan as JSON.
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

    /// What it is, as messages say it; short values are shown.
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

/// Why a value cannot stand in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// A function.
    Function,
    /// A value that contains itself.
    Cycle,
    /// Sets or lists within each other, deeper than any plan is.
    TooDeep,
    /// A string that is not UTF-8.
    NotUtf8,
    /// A string with context where Nix takes none: the derivation's name.
    Context,
    /// A value of the evaluator that is none of the language's types (as `builtins.getFlake` internals and the like).
    External,
}
