//! JSON syntax: whatever the text, there is a tree or a problem, and every place is one in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use recon_fuzz::check::{SmallSchemas, body, problems};
use recon_fuzz::diagnostic::{Diagnostics, SourceMap};
use recon_fuzz::language::parse_json_body;
use recon_fuzz::language::references::of_body;

fuzz_target!(|text: &str| {
    let source = SourceMap::new().add("main.tf.json", text);
    let mut found = Diagnostics::new();
    let parsed = parse_json_body(source, text, &SmallSchemas::new(), &mut found);
    body(&parsed, text, found.has_errors());
    of_body(&parsed, &mut found);
    problems(&found, text);
});
