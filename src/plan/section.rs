//! How a section of the plan is declared. `section!` takes each attribute once: its Rust name, type and Nix name,
//! what happens without it, an example, and what it means. It makes the struct, the table of fields for reference and
//! schema, and what the reader needs. So a new attribute is one entry in one place.

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

/// Declares a section: see the module's text.
macro_rules! section {
    (
        $(#[doc = $section_doc:literal])+
        $section:ident, $expected:literal $(or just $short:literal)? $(with $more:ident: $more_section:ident)?;
        $(
            $(#[doc = $doc:literal])+
            $field:ident: $kind:ty = $name:literal [$($presence:tt)+] example $example:literal;
        )+
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $section {
            $($(#[doc = $doc])+ pub $field: Option<$kind>,)+
            $(
                /// The attributes that it shares with other sections.
                pub $more: $more_section,
            )?
        }

        impl $crate::read::Record for $section {
            const EXPECTED: &'static str = $expected;
            const FIELDS: &'static [$crate::section::Field] = &[$(
                $crate::section::Field {
                    name: $name,
                    kind: <$kind as $crate::read::Value>::EXPECTED,
                    presence: $crate::section::presence!($($presence)+),
                    takes_null: <$kind as $crate::read::Value>::TAKES_NULL,
                    example: $crate::section::example!($example; $($presence)+),
                    #[cfg(feature = "reference")]
                    doc: concat!($($doc, "\n"),+),
                    #[cfg(feature = "reference")]
                    shape: <$kind as $crate::read::Value>::SHAPE,
                },
            )+];
            $(const MORE: &'static [$crate::section::Field] = <$more_section as $crate::read::Record>::FIELDS;)?
            $(const SHORT: Option<&'static str> = Some($short);)?

            fn read_field(&mut self, name: &str, tree: &$crate::Tree, reader: &mut $crate::read::Reader) {
                match name {
                    $($name => $crate::read::read_into(&mut self.$field, tree, reader),)+
                    _ => {
                        $($crate::read::Record::read_field(&mut self.$more, name, tree, reader);)?
                    }
                }
            }

            fn write_fields(&self) -> Vec<(&'static str, $crate::Tree)> {
                let mut fields = Vec::new();
                $($crate::read::write_from(self.$field.as_ref(), $name, &mut fields);)+
                $(fields.extend($crate::read::Record::write_fields(&self.$more));)?
                fields
            }
        }
    };
}

/// The [`Presence`] that a section's declaration names.
macro_rules! presence {
    (required) => {
        $crate::section::Presence::Required
    };
    (required to build) => {
        $crate::section::Presence::RequiredToBuild
    };
    (default $text:literal) => {
        $crate::section::Presence::Default($crate::section::told($text))
    };
    (optional) => {
        $crate::section::Presence::Optional
    };
}

/// The example that the hint for a missing attribute shows. Other examples are in reference and schema alone.
macro_rules! example {
    ($example:literal; required $($to_build:tt)*) => {
        $example
    };
    ($example:literal; $($presence:tt)+) => {
        $crate::section::told($example)
    };
}

/// A text for reference and schema. Without the feature `reference` it is empty, which keeps programs small.
pub const fn told(text: &'static str) -> &'static str {
    if cfg!(feature = "reference") { text } else { "" }
}

/// Declares a value that is one of several sections. Its attribute `type` says which.
macro_rules! variants {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $expected:literal;
        $(
            $(#[doc = $variant_doc:literal])+
            $word:literal => $variant:ident;
        )+
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $variant(Box<$variant>),)+
        }

        impl $name {
            /// The word in `type`.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $word,)+
                }
            }
        }

        impl $crate::read::Value for $name {
            const EXPECTED: &'static str = $expected;

            #[cfg(feature = "reference")]
            const SHAPE: $crate::section::Shape = $crate::section::Shape::Variants(&[$(
                $crate::section::Variant {
                    word: $word,
                    doc: concat!($($variant_doc, "\n"),+),
                    fields: <$variant as $crate::read::Record>::FIELDS,
                    more: <$variant as $crate::read::Record>::MORE,
                },
            )+]);

            fn read(tree: &$crate::Tree, reader: &mut $crate::read::Reader) -> Option<Self> {
                match $crate::read::variant(tree, reader, $expected, &[$($word),+])? {
                    $($word => $crate::read::read_variant(tree, reader).map(Self::$variant),)+
                    _ => None,
                }
            }

            fn write(&self) -> $crate::Tree {
                let fields = match self {
                    $(Self::$variant(variant) => $crate::read::Record::write_fields(&**variant),)+
                };
                $crate::read::write_variant(self.word(), fields)
            }
        }
    };
}

pub(crate) use {example, presence, section, variants};
