//! What is known of the attributes of a section: what the reader needs, and what reference and schema tell.

/// One attribute of a section, for those who describe the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The attribute's name in Nix.
    pub name: &'static str,
    /// What messages call its value: `a string`.
    pub kind: &'static str,
    /// What happens if it is left out.
    pub presence: Presence,
    /// Whether `null` is a value of its own. Otherwise `null` means that the attribute is left out.
    pub takes_null: bool,
    /// A value, written in Nix. Without the feature `reference`, only required attributes have one, for the hint.
    pub example: &'static str,
    /// What it means, for reference and schema.
    #[cfg(feature = "reference")]
    pub doc: &'static str,
    /// What its value can be.
    #[cfg(feature = "reference")]
    pub shape: Shape,
}

/// What a value can be, besides `null`.
#[cfg(feature = "reference")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Not known. A test finds such attributes.
    Any,
    /// A Boolean.
    Boolean,
    /// An integer.
    Integer {
        /// The smallest one.
        minimum: i64,
        /// The largest one.
        maximum: i64,
    },
    /// A string.
    Text {
        /// The allowed strings, if they are few.
        words: &'static [&'static str],
        /// A regular expression (ECMA 262) that the string matches, if there is one.
        pattern: Option<&'static str>,
    },
    /// A list.
    List(&'static Self),
    /// A single value or a list of them.
    OneOrMany(&'static Self),
    /// An attribute set with the attributes of a section.
    Record {
        /// Its attributes.
        fields: &'static [Field],
        /// The attributes that it shares with other sections. The page's introduction tells them once.
        more: &'static [Field],
        /// The attribute that a value stands for if it is not a set.
        short: Option<&'static str>,
    },
    /// One of several sections. The attribute `type` says which.
    Variants(&'static [Variant]),
    /// The same as the attribute at this path: a value that can hold another one of its own kind.
    Again(&'static [&'static str]),
    /// Any JSON.
    Free,
    /// An attribute set whose names the author chooses.
    Map {
        /// What the names stand for: `path`.
        key: &'static str,
        /// A regular expression that the names match, if there is one.
        pattern: Option<&'static str>,
        /// What the values can be.
        value: &'static Self,
    },
}

/// One of the sections that a value can be.
#[cfg(feature = "reference")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// The word in `type`.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its attributes, besides `type`.
    pub fields: &'static [Field],
    /// The attributes that it shares with other sections.
    pub more: &'static [Field],
}

#[cfg(feature = "reference")]
impl Shape {
    /// The attributes inside it. If it is a map, also what its names stand for.
    pub fn inside(&self) -> (Option<&'static str>, &'static [Field]) {
        match *self {
            Self::Record { fields, .. } => (None, fields),
            Self::Map { key, value, .. } => (Some(key), value.inside().1),
            Self::List(element) => element.inside(),
            _ => (None, &[]),
        }
    }

    /// The sections that it can be, if it can be several.
    pub fn variants(&self) -> &'static [Variant] {
        match *self {
            Self::Variants(variants) => variants,
            _ => &[],
        }
    }
}

/// What happens if an attribute is left out or `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The plan is refused.
    Required,
    /// The plan is refused, unless it is the `plan.json` of an output: only a build needs the attribute.
    RequiredToBuild,
    /// It takes this default, in words or as Nix. Empty without the feature `reference`.
    Default(&'static str),
    /// Nothing: it has no default.
    Optional,
}

impl Presence {
    /// Whether leaving the attribute out is an error, at least in a plan to be built. `null` is no value for it then.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Required | Self::RequiredToBuild)
    }
}

/// A text for reference and schema. Without the feature `reference` it is empty, which keeps programs small.
pub const fn told(text: &'static str) -> &'static str {
    if cfg!(feature = "reference") { text } else { "" }
}
