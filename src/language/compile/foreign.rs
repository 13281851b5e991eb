//! Resource types and data sources that recon does not have. A block of one is nothing to complain of until it would get an
//! instance: modules that many share have such blocks for cases that do not arise.

use crate::address::{Mode, prefix};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::language::config::Resource;
use crate::schema::{Schema, Schemas};

/// The schema of a resource, if recon has its type.
pub fn schema_of<'s>(resource: &Resource, schemas: &'s dyn Schemas) -> Option<&'s Schema> {
    let ty = &resource.ty.text;
    if !resource.provider.source.owns(ty) {
        return None;
    }
    match resource.mode {
        Mode::Managed => schemas.resource_schema(ty),
        Mode::Data => schemas.data_schema(ty),
        Mode::Ephemeral => schemas.ephemeral_schema(ty),
    }
}

/// What to say of a resource whose type recon does not have, and which gets an instance all the same.
pub fn unknown_type(resource: &Resource, schemas: &dyn Schemas) -> Diagnostic {
    let ty = &*resource.ty.text;
    let (summary, what, known, other) = match resource.mode {
        Mode::Managed => {
            ("Invalid resource type", "resource type", schemas.resource_names(), schemas.data_schema(ty).is_some())
        }
        Mode::Data => {
            ("Invalid data source", "data source", schemas.data_names(), schemas.resource_schema(ty).is_some())
        }
        Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource type", schemas.ephemeral_names(), false),
    };
    let source = &resource.provider.source;
    let has_provider = known.iter().any(|name| source.owns(name));
    let mut detail = format!("recon has no {what} \"{ty}\"");
    if has_provider {
        detail.push('.');
    } else {
        detail.push_str(&format!(", and none of the provider \"{}\" at all.", source.short()));
    }
    let help = match (&resource.provider.written, resource.mode) {
        (Some(written), _) if known.contains(&ty) => format!(
            "The type belongs to the provider \"{}\". Here `{written}` stands for \"{}\"; see required_providers.",
            crate::address::ProviderSource::implied(prefix(ty)).short(),
            source.short()
        ),
        (_, Mode::Managed) if other => "There is a data source with this name; was it meant?".to_owned(),
        (_, Mode::Data) if other => "There is a managed resource type with this name; was it meant?".to_owned(),
        _ => match did_you_mean(ty, known) {
            help if help.is_empty() => {
                "A block of a type that recon does not have can stay if it gets no instance, as with \
                                        `count = 0`."
                    .to_owned()
            }
            help => help,
        },
    };
    Diagnostic::error(summary).with(|d| {
        d.at(resource.ty.span).within(resource.header).detail(detail).help(help);
    })
}
