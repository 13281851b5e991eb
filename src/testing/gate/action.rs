//! What a request is called in IAM.

/// The calls of AppSync and Lambda by method and path; `*` is any part.
const PATHS: &[(&str, &str, &str)] = &[
    ("POST", "/v1/apis", "appsync:CreateGraphqlApi"),
    ("GET", "/v1/apis", "appsync:ListGraphqlApis"),
    ("GET", "/v1/apis/*", "appsync:GetGraphqlApi"),
    ("POST", "/v1/apis/*", "appsync:UpdateGraphqlApi"),
    ("DELETE", "/v1/apis/*", "appsync:DeleteGraphqlApi"),
    ("GET", "/v1/apis/*/schema", "appsync:GetIntrospectionSchema"),
    ("POST", "/v1/apis/*/schemacreation", "appsync:StartSchemaCreation"),
    ("GET", "/v1/apis/*/schemacreation", "appsync:GetSchemaCreationStatus"),
    ("POST", "/v1/apis/*/apikeys", "appsync:CreateApiKey"),
    ("GET", "/v1/apis/*/apikeys", "appsync:ListApiKeys"),
    ("POST", "/v1/apis/*/apikeys/*", "appsync:UpdateApiKey"),
    ("DELETE", "/v1/apis/*/apikeys/*", "appsync:DeleteApiKey"),
    ("POST", "/v1/apis/*/datasources", "appsync:CreateDataSource"),
    ("GET", "/v1/apis/*/datasources", "appsync:ListDataSources"),
    ("GET", "/v1/apis/*/datasources/*", "appsync:GetDataSource"),
    ("POST", "/v1/apis/*/datasources/*", "appsync:UpdateDataSource"),
    ("DELETE", "/v1/apis/*/datasources/*", "appsync:DeleteDataSource"),
    ("POST", "/v1/apis/*/functions", "appsync:CreateFunction"),
    ("GET", "/v1/apis/*/functions", "appsync:ListFunctions"),
    ("GET", "/v1/apis/*/functions/*", "appsync:GetFunction"),
    ("POST", "/v1/apis/*/functions/*", "appsync:UpdateFunction"),
    ("DELETE", "/v1/apis/*/functions/*", "appsync:DeleteFunction"),
    ("POST", "/v1/apis/*/types/*/resolvers", "appsync:CreateResolver"),
    ("GET", "/v1/apis/*/types/*/resolvers", "appsync:ListResolvers"),
    ("GET", "/v1/apis/*/types/*/resolvers/*", "appsync:GetResolver"),
    ("POST", "/v1/apis/*/types/*/resolvers/*", "appsync:UpdateResolver"),
    ("DELETE", "/v1/apis/*/types/*/resolvers/*", "appsync:DeleteResolver"),
    ("POST", "/v1/tags/*", "appsync:TagResource"),
    ("DELETE", "/v1/tags/*", "appsync:UntagResource"),
    ("POST", "/2015-03-31/functions", "lambda:CreateFunction"),
    ("GET", "/2015-03-31/functions/*", "lambda:GetFunction"),
    ("DELETE", "/2015-03-31/functions/*", "lambda:DeleteFunction"),
    ("PUT", "/2015-03-31/functions/*/code", "lambda:UpdateFunctionCode"),
    ("PUT", "/2015-03-31/functions/*/configuration", "lambda:UpdateFunctionConfiguration"),
    ("POST", "/2015-03-31/functions/*/invocations", "lambda:InvokeFunction"),
    ("POST", "/2015-03-31/functions/*/policy", "lambda:AddPermission"),
    ("GET", "/2015-03-31/functions/*/policy", "lambda:GetPolicy"),
    ("DELETE", "/2015-03-31/functions/*/policy/*", "lambda:RemovePermission"),
    ("POST", "/2015-03-31/functions/*/versions", "lambda:PublishVersion"),
    ("GET", "/2015-03-31/functions/*/versions", "lambda:ListVersionsByFunction"),
    ("PUT", "/2017-10-31/functions/*/concurrency", "lambda:PutFunctionConcurrency"),
    ("DELETE", "/2017-10-31/functions/*/concurrency", "lambda:DeleteFunctionConcurrency"),
    ("GET", "/2020-06-30/functions/*/code-signing-config", "lambda:GetFunctionCodeSigningConfig"),
    ("PUT", "/2020-06-30/functions/*/code-signing-config", "lambda:PutFunctionCodeSigningConfig"),
    ("DELETE", "/2020-06-30/functions/*/code-signing-config", "lambda:DeleteFunctionCodeSigningConfig"),
    ("POST", "/2017-03-31/tags/*", "lambda:TagResource"),
    ("DELETE", "/2017-03-31/tags/*", "lambda:UntagResource"),
];

/// The action of a call with the service in a header, such as `Logs_20140328`.
pub(super) fn of_target(service: &str, call: &str) -> String {
    let service = match service {
        "DynamoDB_20120810" => "dynamodb",
        "AWSCognitoIdentityProviderService" => "cognito-idp",
        "Logs_20140328" => "logs",
        other => other,
    };
    format!("{service}:{call}")
}

/// The action of a call in a form.
pub(super) fn of_form(form: &str, call: &str) -> String {
    let is_sts = form.split('&').any(|pair| pair == "Version=2011-06-15");
    format!("{}:{call}", if is_sts { "sts" } else { "iam" })
}

/// The action of a method and path; the call itself, where there is none.
pub(super) fn of_path(call: &str) -> String {
    let (method, path) = call.split_once(' ').unwrap_or((call, ""));
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let is_it = |pattern: &str| {
        let (parts, given) = (pattern.split('/'), path.split('/'));
        pattern.split('/').count() == path.split('/').count()
            && parts.zip(given).all(|(part, it)| part == "*" || part == it)
    };
    let found = PATHS.iter().find(|(of, pattern, _)| *of == method && is_it(pattern));
    found.map_or_else(|| call.to_owned(), |(.., action)| (*action).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_by_all_of_its_parts() {
        assert_eq!(of_path("GET /v1/apis/abc/functions"), "appsync:ListFunctions");
        assert_eq!(of_path("GET /2015-03-31/functions/posts?Qualifier=1"), "lambda:GetFunction");
        assert_eq!(of_path("DELETE /v1/tags/arn%3Aaws%3Aappsync?tagKeys=a"), "appsync:UntagResource");
        assert_eq!(of_path("PATCH /else"), "PATCH /else");
        assert_eq!(
            of_form("Action=GetCallerIdentity&Version=2011-06-15", "GetCallerIdentity"),
            "sts:GetCallerIdentity"
        );
        assert_eq!(of_target("Logs_20140328", "TagResource"), "logs:TagResource");
    }
}
