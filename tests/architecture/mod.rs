//! What docs/architecture.md promises of the code and the compiler does not hold: the arrows between the rooms, no circle among
//! the modules of one, an evaluation side without I/O, programs without what they have no use for, documents that name what is there, and files that say what
//! they are for. Everything is read from the sources themselves.

mod comments;
mod crates;
mod documents;
mod io;
mod link;
mod modules;
mod source;
