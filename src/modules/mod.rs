//! Modules that do not lie beside the files that call them: where they are looked up, and how they are fetched.
//!
//! `lookup` answers the language without calling anybody. `install` is what `recon get` does: it fetches what `lookup` would
//! not find, writes Terraform's manifest, and keeps the lock of content hashes.

mod archive;
mod cli_config;
mod digest;
mod fetch;
mod folder;
mod git;
mod http;
mod install;
mod lock;
mod lookup;
mod manifest;
mod registry;

pub use cli_config::CliConfig;
pub use install::{Event, Wanted, install};
pub use lock::FILE as LOCK_FILE;
pub use lookup::{Lookup, Override, Places};
