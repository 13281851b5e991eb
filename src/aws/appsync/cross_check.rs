//! Resolvers against the schema of their API: a resolver for a field that the schema lacks is a mistake that AWS tells
//! only after the schema is in place.

use super::sdl::{Kind, Sdl};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Checks resolvers, each given as type and field, against the schema they are for. Returns the positions of those that
/// cannot be, with what is wrong. A schema that is not GraphQL gives nothing: it is reported at its own place.
pub fn cross_check(schema: &str, resolvers: &[(&str, &str)]) -> Vec<(usize, Diagnostic)> {
    let sdl = Sdl::parse(schema);
    let Some(shape) = sdl.shape() else {
        return Vec::new();
    };
    let problem = |(ty, field): (&str, &str)| -> Option<Diagnostic> {
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
    };
    resolvers.iter().enumerate().filter_map(|(position, resolver)| Some((position, problem(*resolver)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_needs_its_field_in_the_schema() {
        let schema = "type Query { listPosts: [ID] } type Mutation { createPost: ID }";
        let resolvers =
            [("Query", "listPosts"), ("Query", "listPost"), ("Mutations", "createPost"), ("Mutation", "createPost")];
        let found = cross_check(schema, &resolvers);
        assert_eq!(found.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(found[0].1.help[0], "Did you mean \"listPosts\"?");
        assert_eq!(found[1].1.help[0], "Did you mean \"Mutation\"?");
    }

    #[test]
    fn a_schema_that_is_not_graphql_says_nothing_about_resolvers() {
        assert!(cross_check("nonsense {", &[("Query", "a")]).is_empty());
    }
}
