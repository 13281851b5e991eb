//! Resolvers against the schema of their API: a resolver for a field that the schema lacks is a mistake that AWS tells
//! only after the schema is in place.

use super::sdl::{Kind, Sdl};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// What is wrong with a resolver of the given type and field beside the schema of its API. A schema that is not GraphQL
/// says nothing: it is reported at its own place.
pub(crate) fn cross_check(schema: &Sdl, ty: &str, field: &str) -> Option<Diagnostic> {
    let shape = schema.shape()?;
    let found = shape.types.get(ty).filter(|found| matches!(found.kind, Kind::Object | Kind::Interface));
    let Some(found) = found else {
        let names = shape.types.iter().filter(|(_, ty)| ty.kind == Kind::Object).map(|(name, _)| name.as_str());
        return Some(Diagnostic::error("Resolver for a type that the schema lacks").with(|d| {
            d.on("type").detail(format!("The schema of the API has no object type `{ty}`."));
            d.help(did_you_mean(ty, names));
            d.help(format!("Add `type {ty}` with the field `{field}` to the schema, or change the resolver."));
        }));
    };
    if found.members.contains_key(field) {
        return None;
    }
    Some(Diagnostic::error("Resolver for a field that the schema lacks").with(|d| {
        d.on("field").detail(format!("The type `{ty}` of the API's schema has no field `{field}`."));
        d.help(did_you_mean(field, found.members.keys().map(String::as_str)));
        d.help(format!("Add the field `{field}` to `{ty}` in the schema, or change the resolver."));
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_needs_its_field_in_the_schema() {
        let schema = Sdl::parse("type Query { listPosts: [ID] } type Mutation { createPost: ID }");
        let help = |ty, field| cross_check(&schema, ty, field).map(|problem| problem.help[0].clone());
        assert_eq!(help("Query", "listPosts"), None);
        assert_eq!(help("Mutation", "createPost"), None);
        assert_eq!(help("Query", "listPost"), Some("Did you mean \"listPosts\"?".into()));
        assert_eq!(help("Mutations", "createPost"), Some("Did you mean \"Mutation\"?".into()));
    }

    #[test]
    fn a_schema_that_is_not_graphql_says_nothing_about_resolvers() {
        assert_eq!(cross_check(&Sdl::parse("nonsense {"), "Query", "a"), None);
    }
}
