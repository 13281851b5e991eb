//! `removed` blocks.

use super::{Allowed, Compiler};
use crate::address::{Key, Mode, Target};
use crate::language::ast::{Attribute, Block};
use crate::language::config::{Removed, When};

impl Compiler<'_> {
    pub(super) fn removed(&mut self, mut block: Block) {
        let Some([]) = self.labels(&block, []) else { return };
        let allowed = Allowed { each: true, count: true, this: true };
        let (provisioners, _) = self.provisioners(&mut block.body, allowed);
        for provisioner in provisioners.iter().filter(|it| it.when != When::Destroy) {
            let detail =
                "What is removed is not made again, so only provisioners with `when = destroy` can stand here.";
            self.problems.error("Invalid provisioner block").at(provisioner.header).detail(detail);
        }
        self.only(&block.body, Some(&["from"]), &["lifecycle"], "a removed block");
        let destroy = self.removed_lifecycle(&block);
        let Some(attribute) = block.body.attribute("from") else {
            self.missing_argument("from", block.header);
            return;
        };
        if let Some(from) = self.target(attribute)
            && self.is_removable(&from, attribute)
        {
            if let (Target::Module(_), Some(first)) = (&from, provisioners.first()) {
                let detail = "Provisioners belong to a resource, and this block is about a module.";
                self.problems.error("Invalid provisioner block").at(first.header).detail(detail);
            }
            self.declared.module.removed.push(Removed { from, destroy, provisioners, header: block.header });
        }
    }

    /// Whether the objects are destroyed, which is what happens where nothing is said.
    fn removed_lifecycle(&mut self, block: &Block) -> bool {
        let mut blocks = block.body.blocks_of("lifecycle");
        let Some(lifecycle) = blocks.next() else { return true };
        if let Some(second) = blocks.next() {
            let detail = "A removed block has at most one lifecycle block.";
            self.problems.error("Duplicate lifecycle block").at(second.header).detail(detail);
        }
        let [] = self.labels(lifecycle, []).unwrap_or_default();
        self.only(&lifecycle.body, Some(&["destroy"]), &[], "the lifecycle block of a removed block");
        self.flag(&lifecycle.body, "destroy").unwrap_or(true)
    }

    /// A removed block is about a resource or module as a whole, whatever instances it had.
    fn is_removable(&mut self, from: &Target, attribute: &Attribute) -> bool {
        let at = attribute.expr.span;
        if from.module().steps().iter().any(|step| step.key != Key::None) {
            let detail = "A removed block names a module without a key: it is about all its instances.";
            self.problems.error("Module instance keys not allowed").at(at).detail(detail);
            return false;
        }
        let Target::Resource(address) = from else { return true };
        if address.key != Key::None {
            let detail = "A removed block names a resource without a key: it is about all its instances.";
            self.problems.error("Resource instance keys not allowed").at(at).detail(detail);
            return false;
        }
        if address.resource.mode == Mode::Data {
            let detail = "A data source has no object that could be destroyed or forgotten.";
            self.problems
                .error("Data source address not allowed")
                .at(at)
                .detail(detail)
                .help("Take its block out of the configuration; nothing else is needed.");
            return false;
        }
        true
    }
}
