//! `init` as process 1: on a root that is entered by `pivot_root` in a process and mount namespace of its own. The real
//! init is this very program, which tells what it was given. Needs root.

mod boot;
mod machine;
mod real_init;
