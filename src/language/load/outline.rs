//! What the files of one folder say about what has to be there before a configuration can be loaded.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, SourceMap, Span};
use crate::language::compile::{self, Whence};
use crate::language::config::Backend;
use crate::schema::Schemas;

/// A `module` block, as far as it says where its module is.
#[derive(Clone, Debug)]
pub struct OutlineCall {
    /// The name.
    pub name: Arc<str>,
    /// Where the module is.
    pub whence: Whence,
}

/// The modules that the files of one folder call. Only `module` blocks, the required version and, if asked for, the backend are
/// understood, and what is wrong with these is reported. `None` if the folder cannot be read.
pub fn outline(
    folder: &Path,
    call: Option<Span>,
    with_backend: bool,
    schemas: &dyn Schemas,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Vec<OutlineCall>> {
    let mut bodies = super::folder::read((folder, &[]), call, schemas, sources, problems)?.bodies;
    for body in &mut bodies {
        body.attributes.clear();
        body.blocks.retain(|block| matches!(&*block.ty.text, "module" | "terraform"));
        for block in body.blocks.iter_mut().filter(|block| &*block.ty.text == "terraform") {
            block.body.blocks.retain(|inner| with_backend && matches!(&*inner.ty.text, "backend" | "cloud"));
        }
    }
    let declared = compile::declare(bodies, Vec::new(), folder.to_path_buf(), schemas, problems);
    let calls = declared.calls.into_iter();
    Some(calls.filter_map(|call| Some(OutlineCall { name: call.name.text, whence: call.whence? })).collect())
}

/// The `backend` block of the files of one folder, whatever else is wrong with them. What keeps a file from being read whole is
/// among the first problems, and what is wrong with the block itself among the second.
pub fn backend(
    folder: &Path,
    schemas: &dyn Schemas,
    sources: &mut SourceMap,
    syntax: &mut Diagnostics,
    problems: &mut Diagnostics,
) -> Option<Backend> {
    let mut bodies = super::folder::read((folder, &[]), None, schemas, sources, syntax)?.bodies;
    for body in &mut bodies {
        body.attributes.clear();
        body.blocks.retain(|block| &*block.ty.text == "terraform");
        for block in &mut body.blocks {
            block.body.attributes.clear();
            block.body.blocks.retain(|inner| matches!(&*inner.ty.text, "backend" | "cloud"));
        }
    }
    compile::declare(bodies, Vec::new(), folder.to_path_buf(), schemas, problems).backend
}
