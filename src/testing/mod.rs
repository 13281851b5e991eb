//! Test support: emulators and the suite that every resource type passes. Never in a release build.

pub mod emulator;
pub mod project;
pub mod suite;
