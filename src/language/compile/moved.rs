//! `moved` blocks.

use super::Compiler;
use crate::address::{Address, Target};
use crate::language::ast::Block;
use crate::language::config::Moved;

impl Compiler<'_> {
    pub(super) fn moved(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        self.only(&block.body, Some(&["from", "to"]), &[], "a moved block");
        let mut end = |name: &str| match block.body.attribute(name) {
            Some(attribute) => self.target(attribute),
            None => {
                self.missing_argument(name, block.header);
                None
            }
        };
        let (Some(from), Some(to)) = (end("from"), end("to")) else { return };
        if matches!((&from, &to), (Target::Module(_), Target::Resource(_)) | (Target::Resource(_), Target::Module(_))) {
            let detail = "The addresses of \"from\" and \"to\" are both those of resources or both those of modules.";
            self.problems.error("Invalid \"moved\" addresses").at(block.header).detail(detail);
            return;
        }
        if [&from, &to].iter().any(|end| matches!(end, Target::Resource(Address { resource, .. }) if resource.mode == crate::address::Mode::Data))
        {
            let detail = "A data source has no object that could move: it is read again under its new name.";
            self.problems
                .error("Invalid \"moved\" addresses")
                .at(block.header)
                .detail(detail)
                .help("Take the block out.");
            return;
        }
        self.declared.module.moved.push(Moved { from, to, header: block.header });
    }
}
