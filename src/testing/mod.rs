//! Test support: emulators, a lossy way to them, the suite that every resource type passes, and a cloud and a disk of which
//! everything can go wrong. Never in a release build.

pub mod cloud;
pub mod emulator;
pub mod gate;
pub mod memory;
pub mod project;
pub mod suite;
pub mod world;
