//! How a section of the plan is declared. `section!` takes each attribute once: its Rust name, type and Nix name,
//! what happens without it, an example, and what it means. It makes the struct, the table of fields for reference and
//! schema, and what the reader needs. So a new attribute is one entry in one place.

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
            const FIELDS: &'static [$crate::read::Field] = &[$(
                $crate::read::Field {
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
            $(const MORE: &'static [$crate::read::Field] = <$more_section as $crate::read::Record>::FIELDS;)?
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

/// The [`Presence`](crate::read::Presence) that a section's declaration names.
macro_rules! presence {
    (required) => {
        $crate::read::Presence::Required
    };
    (required to build) => {
        $crate::read::Presence::RequiredToBuild
    };
    (default $text:literal) => {
        $crate::read::Presence::Default($crate::read::told($text))
    };
    (optional) => {
        $crate::read::Presence::Optional
    };
}

/// The example that the hint for a missing attribute shows. Other examples are in reference and schema alone.
macro_rules! example {
    ($example:literal; required $($to_build:tt)*) => {
        $example
    };
    ($example:literal; $($presence:tt)+) => {
        $crate::read::told($example)
    };
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
            const SHAPE: $crate::read::Shape = $crate::read::Shape::Variants(&[$(
                $crate::read::Variant {
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
