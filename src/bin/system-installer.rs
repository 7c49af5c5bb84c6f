//! The runtime: builder of the derivation and interpreter of its scripts.

fn main() {}
