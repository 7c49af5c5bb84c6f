//! Contents of files, words of commands, and environment variables.

use super::{Mistake, string, string_or_path};
use crate::problem::code;
use crate::read::quoted;

string! {
    /// The contents of a file: any text.
    Contents, "a string", |_| Ok(())
}

string_or_path! {
    /// A word of a command.
    Word, "a string or a path", |_, _| Ok(())
}

string_or_path! {
    /// The value of an environment variable.
    Variable, "a string or a path", |_, _| Ok(())
}

string! {
    /// The name of an environment variable (environ(7)).
    VariableName like "^[^=]+$", "the name of a variable", |text| match text {
        "" => Err(Mistake::new(code::BAD_VARIABLE, "the name of the variable is empty")),
        text if text.contains('=') => {
            Err(Mistake::new(code::BAD_VARIABLE, format!("{} holds `=`, which ends a variable's name", quoted(text))))
        }
        _ => Ok(()),
    }
}
