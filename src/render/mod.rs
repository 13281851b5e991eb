//! Texts from data: what a plan, a problem or a schema looks like to a person or a program. Opens nothing, prints nothing.

pub mod chains;
pub mod compact_warnings;
mod config_json;
pub mod console;
pub mod diagnostics;
pub mod diagnostics_json;
pub mod drift;
pub mod events;
pub mod from_plan;
pub mod graph;
pub mod items;
pub mod html;
pub mod look;
pub mod markdown;
pub mod plan_json;
pub mod policy;
pub mod progress;
pub mod reference;
pub mod report;
pub mod running;
pub mod schema_json;
mod source_lines;
pub mod state_block;
pub mod state_json;
pub mod state_text;
pub mod terminal;
mod text_diff;
pub mod timings;
pub mod tree;
pub mod unified_diff;
mod value_json;

pub use look::{Look, Tone};
