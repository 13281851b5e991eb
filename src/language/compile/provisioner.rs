//! `provisioner` and `connection` blocks. `local-exec` runs; what needs a connection to a machine is refused.

use std::sync::LazyLock;

use indexmap::IndexMap;

use super::body::check_body;
use super::{Allowed, Compiler, take};
use crate::diagnostic::{Span, did_you_mean};
use crate::language::ast::{Block, Body, ExprKind};
use crate::language::config::{Provisioner, When};
use crate::language::references::{Reference, Subject};
use crate::schema::{self, Attribute};
use crate::value::Type;

/// Provisioners that Terraform has and that work on another machine.
const REMOTE: [&str; 2] = ["file", "remote-exec"];

/// The arguments of a connection. They are checked by name, since nothing that recon has connects.
const CONNECTION: [&str; 29] = [
    "type",
    "user",
    "password",
    "host",
    "port",
    "timeout",
    "script_path",
    "target_platform",
    "private_key",
    "certificate",
    "host_key",
    "agent",
    "agent_identity",
    "proxy_scheme",
    "proxy_host",
    "proxy_port",
    "proxy_user_name",
    "proxy_user_password",
    "bastion_host",
    "bastion_host_key",
    "bastion_port",
    "bastion_user",
    "bastion_password",
    "bastion_private_key",
    "bastion_certificate",
    "https",
    "insecure",
    "cacert",
    "use_ntlm",
];

/// The arguments of `local-exec`.
static LOCAL_EXEC: LazyLock<schema::Block> = LazyLock::new(|| {
    let optional = |ty| Attribute::optional(ty);
    let attributes = IndexMap::from([
        ("command", Attribute { required: true, optional: false, ..optional(Type::String) }),
        ("interpreter", optional(Type::list(Type::String))),
        ("environment", optional(Type::map(Type::String))),
        ("working_dir", optional(Type::String)),
        ("quiet", optional(Type::Bool)),
    ]);
    schema::Block { attributes, blocks: IndexMap::new() }
});

/// The arguments of `local-exec`.
pub fn local_exec() -> &'static schema::Block {
    &LOCAL_EXEC
}

impl Compiler<'_> {
    /// Takes provisioners and connections out of a body. Gives the provisioners and what those of creation refer to.
    pub(super) fn provisioners(&mut self, body: &mut Body, allowed: Allowed) -> (Vec<Provisioner>, Vec<Reference>) {
        let allowed = Allowed { this: true, ..allowed };
        let (blocks, rest): (Vec<Block>, Vec<Block>) = std::mem::take(&mut body.blocks)
            .into_iter()
            .partition(|block| matches!(&*block.ty.text, "provisioner" | "connection"));
        body.blocks = rest;
        let (connections, blocks): (Vec<Block>, Vec<Block>) =
            blocks.into_iter().partition(|block| &*block.ty.text == "connection");
        let mut found = Vec::new();
        for block in blocks {
            found.extend(self.provisioner(block, allowed));
        }
        let mut references = self.connections(&connections, allowed);
        if found.iter().any(|provisioner| provisioner.when == When::Destroy) {
            self.at_destruction(&references);
        }
        let created = found.iter().filter(|provisioner| provisioner.when == When::Create);
        references.extend(created.flat_map(|provisioner| provisioner.references.iter().cloned()));
        (found, references)
    }

    fn provisioner(&mut self, mut block: Block, allowed: Allowed) -> Option<Provisioner> {
        let [ty] = self.labels(&block, ["type"])?;
        let when = take(&mut block.body, "when").and_then(|attribute| {
            self.keyword(&attribute.expr.kind, attribute.expr.span, "when", ["create", "destroy"])
        });
        let goes_on = take(&mut block.body, "on_failure").and_then(|attribute| {
            self.keyword(&attribute.expr.kind, attribute.expr.span, "on_failure", ["continue", "fail"])
        });
        if &*ty.text != "local-exec" {
            let detail = if REMOTE.contains(&&*ty.text) {
                format!("The provisioner \"{}\" works on another machine, and recon does not connect to any.", ty.text)
            } else {
                format!("recon has no provisioner \"{}\"; it has \"local-exec\".", ty.text)
            };
            let help = match REMOTE.contains(&&*ty.text) {
                true => "Run a program of this machine that connects, such as `ssh`, with `local-exec`.".to_owned(),
                false => did_you_mean(&ty.text, ["local-exec"]),
            };
            self.problems.error("Provisioner not supported").at(ty.span).within(block.header).detail(detail).help(help);
            return None;
        }
        let (connections, rest): (Vec<Block>, Vec<Block>) =
            std::mem::take(&mut block.body.blocks).into_iter().partition(|inner| &*inner.ty.text == "connection");
        block.body.blocks = rest;
        check_body(&block.body, local_exec(), block.header, self.problems);
        let mut references = self.body_references(&block.body, allowed);
        references.extend(self.connections(&connections, allowed));
        let when = if when == Some("destroy") { When::Destroy } else { When::Create };
        if when == When::Destroy {
            self.at_destruction(&references);
        }
        let (body, header) = (block.body, block.header);
        Some(Provisioner { when, goes_on: goes_on == Some("continue"), body, references, header })
    }

    /// One of two words without quotes. Quotes are what old configurations have.
    fn keyword(
        &mut self,
        expr: &ExprKind,
        span: Span,
        argument: &str,
        words: [&'static str; 2],
    ) -> Option<&'static str> {
        let written = match expr {
            ExprKind::Variable(word) => &**word,
            ExprKind::String(word) => {
                let detail = "Keywords are written without quotes here.";
                self.problems.warning("Quoted keywords are deprecated").at(span).detail(detail);
                &**word
            }
            _ => "",
        };
        let found = words.into_iter().find(|word| *word == written);
        if found.is_none() {
            let [a, b] = words;
            let detail = format!("The argument \"{argument}\" is one of two keywords: `{a}` or `{b}`.");
            let help = did_you_mean(written, words);
            self.problems.error(format!("Invalid \"{argument}\" keyword")).at(span).detail(detail).help(help);
        }
        found
    }

    fn connections(&mut self, blocks: &[Block], allowed: Allowed) -> Vec<Reference> {
        let mut references = Vec::new();
        for block in blocks {
            let [] = self.labels(block, []).unwrap_or_default();
            self.only(&block.body, Some(&CONNECTION), &[], "a connection block");
            references.extend(self.body_references(&block.body, allowed));
        }
        if let Some(second) = blocks.get(1) {
            let detail = "There is at most one connection block here.";
            self.problems.error("Duplicate connection block").at(second.header).detail(detail);
        }
        references
    }

    /// When an object is deleted, what it depended on may be gone, and its block may have other values.
    fn at_destruction(&mut self, references: &[Reference]) {
        for reference in references {
            let own = match &reference.subject {
                Subject::ThisObject | Subject::CountIndex | Subject::Path(_) | Subject::Terraform(_) => true,
                Subject::Each(name) => &**name == "key",
                Subject::Variable(_) | Subject::Local(_) | Subject::Module(_) | Subject::Resource(_) => false,
            };
            if !own {
                let detail = "A provisioner that runs before its object is deleted can refer only to that object, through \
                              `self`, `count.index` and `each.key`.";
                let help = "Keep what it needs in an argument of the object, and refer to that.";
                self.problems
                    .error("Invalid reference from destroy provisioner")
                    .at(reference.span)
                    .detail(detail)
                    .help(help);
            }
        }
    }
}
