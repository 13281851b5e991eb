//! Native syntax: whatever the text, there is a tree or a problem, and every place is one in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use recon_fuzz::check::{body, problems};
use recon_fuzz::diagnostic::{Diagnostics, SourceMap};
use recon_fuzz::language::{parse_body, parse_expression, parse_template};

fuzz_target!(|text: &str| {
    let source = SourceMap::new().add("main.tf", text);
    let mut found = Diagnostics::new();
    body(&parse_body(source, text, &mut found), text, found.has_errors());
    problems(&found, text);
    for parse in [parse_expression, parse_template] {
        let mut found = Diagnostics::new();
        assert!(parse(source, text, &mut found).is_some() != found.has_errors());
        problems(&found, text);
    }
});
