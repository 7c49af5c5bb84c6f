//! How a section of the plan is declared: [`section!`] takes each attribute once (Rust name, type, Nix name, what
//! happens without it, an example, what it means) and gives the struct, the table of its fields for reference and schema,
//! and what the reader needs. So a new attribute is one entry in one place.

/// One attribute of a section, for those who describe the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The attribute's name in Nix.
    pub name: &'static str,
    /// What it takes, as messages say it: `a string`.
    pub kind: &'static str,
    /// What happens without it.
    pub presence: Presence,
    /// Whether `null` is a value of its own, and not the same as leaving the attribute out.
    pub takes_null: bool,
    /// A value, written in Nix; the runtime has only those of required attributes.
    pub example: &'static str,
    /// What it means; the runtime never tells.
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
    /// Nobody has said so; a test finds it.
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
        /// The only ones, if there are few.
        words: &'static [&'static str],
        /// A regular expression (ECMA 262) for them, where that says more than words.
        pattern: Option<&'static str>,
    },
    /// A list.
    List(&'static Self),
    /// One, or a list of them.
    OneOrMany(&'static Self),
    /// A section.
    Record {
        /// Its attributes.
        fields: &'static [Field],
        /// Attributes that it has in common with other sections, and that only the page's introduction tells.
        more: &'static [Field],
        /// The attribute that a value other than a set stands for.
        short: Option<&'static str>,
    },
    /// One of several sections; the attribute `type` says which.
    Variants(&'static [Variant]),
    /// What the attribute at this path has, so that a value can hold another one of its kind.
    Again(&'static [&'static str]),
    /// Whatever JSON has a word for.
    Free,
    /// A set with the author's own names.
    Map {
        /// What they stand for: `path`.
        key: &'static str,
        /// A regular expression that all of them match.
        pattern: Option<&'static str>,
        /// What each of them has.
        value: &'static Self,
    },
}

/// One of several sections that a value can be.
#[cfg(feature = "reference")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// What `type` is then.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its other attributes.
    pub fields: &'static [Field],
    /// Those that it has in common with other sections.
    pub more: &'static [Field],
}

#[cfg(feature = "reference")]
impl Shape {
    /// The attributes inside it, and what the author's own names in front of them stand for.
    pub fn inside(&self) -> (Option<&'static str>, &'static [Field]) {
        match *self {
            Self::Record { fields, .. } => (None, fields),
            Self::Map { key, value, .. } => (Some(key), value.inside().1),
            Self::List(element) => element.inside(),
            _ => (None, &[]),
        }
    }

    /// The sections that it can be, if there are several.
    pub fn variants(&self) -> &'static [Variant] {
        match *self {
            Self::Variants(variants) => variants,
            _ => &[],
        }
    }
}

/// What happens where an attribute is not given, or is `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The plan is refused.
    Required,
    /// The plan is refused, unless it is that of an output: only a build needs it.
    RequiredToBuild,
    /// It takes this value, told in words or as Nix; not in the runtime.
    Default(&'static str),
    /// It stays without one.
    Optional,
}

impl Presence {
    /// Whether `null` is no way to leave it out.
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
                /// What it has in common with other sections.
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

/// The example that messages of the runtime show: what to write where a required attribute is missing.
macro_rules! example {
    ($example:literal; required $($to_build:tt)*) => {
        $example
    };
    ($example:literal; $($presence:tt)+) => {
        $crate::section::told($example)
    };
}

/// A text that the runtime never tells, and need not have.
pub const fn told(text: &'static str) -> &'static str {
    if cfg!(feature = "reference") { text } else { "" }
}

/// Declares a value that is one of several sections; its attribute `type` says which.
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
            /// What `type` says.
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
