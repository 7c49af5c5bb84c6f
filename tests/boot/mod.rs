//! `pre-boot` on disk images in plain files and on block devices over them: what is written, what is refused, what is left
//! when it is interrupted, and that the result boots. sfdisk(8) makes the partition tables; strace(1) watches and interrupts.

mod bios;
mod devices;
mod interrupted;
mod machine;
mod mounts;
mod others;
mod qemu;
mod refusals;
mod runs;
mod usage;
