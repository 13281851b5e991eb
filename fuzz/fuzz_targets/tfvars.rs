//! Files of variable values in both syntaxes.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use recon_fuzz::check::problems;
use recon_fuzz::diagnostic::{Diagnostics, SourceMap};
use recon_fuzz::language::parse_variable_file;

fuzz_target!(|text: &str| {
    for name in ["terraform.tfvars", "terraform.tfvars.json"] {
        let mut found = Diagnostics::new();
        let entries = parse_variable_file(Path::new(name), text, &mut SourceMap::new(), &mut found);
        problems(&found, text);
        assert!(entries.values().all(|entry| text.get(entry.span.range()).is_some()));
    }
});
