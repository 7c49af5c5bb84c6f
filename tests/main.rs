//! Promises of the crates together, and of the programs as Nix, the kernel and people call them. README.md beside this file says
//! which kind of test goes where.

#[macro_use]
mod skipped;

mod architecture;
mod boot;
mod builder;
mod built_plans;
mod codes;
mod disko;
mod exchange;
mod fuzz;
mod image;
mod init;
mod install;
mod interrupted;
mod menu;
mod older;
mod plan;
mod pre_init;
mod prefix;
mod programs;
mod rootless;
mod schema;
mod show;
mod vocabulary;
