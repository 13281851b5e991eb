//! The commands: arguments in, exit code out. Only here and in `render` is a terminal known to exist.

pub mod emulator;
