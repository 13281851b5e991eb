//! Test support: emulators, a lossy way to them, and the suite that every resource type passes. Never in a release build.

pub mod emulator;
pub mod gate;
pub mod project;
pub mod suite;
pub mod world;
