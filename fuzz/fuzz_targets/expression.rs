//! Expressions are parsed, searched for references, and evaluated where there is a bit of everything to refer to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use recon_fuzz::check::{SmallScope, problems};
use recon_fuzz::diagnostic::{Diagnostics, SourceMap};
use recon_fuzz::language::references::of_expr;
use recon_fuzz::language::{eval, parse_expression};

fuzz_target!(|text: &str| {
    let source = SourceMap::new().add("main.tf", text);
    let mut found = Diagnostics::new();
    if let Some(expr) = parse_expression(source, text, &mut found) {
        of_expr(&expr, &mut found);
        eval(&expr, &SmallScope::new(), &mut found);
    }
    problems(&found, text);
});
