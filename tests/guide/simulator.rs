//! The AppSync simulator over what was really created, and users who sign up and in.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use serde_json::{Value as Json, json};

use super::Guide;

/// A running simulator; stopped by process id when dropped.
pub(crate) struct Simulator {
    child: Child,
    port: u16,
}

impl Simulator {
    pub(crate) fn start(guide: &Guide) -> Self {
        let api = guide.attributes("aws_appsync_graphql_api", "blog")["id"].clone();
        let settings = json!({"endpoint": guide.server.endpoint(), "region": "us-east-1", "apiId": api});
        let mut child = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/appsync/serve.mjs"))
            .arg(settings.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node is there");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("the simulator starts after `make setup`; it said {line:?}"));
        Self { child, port }
    }

    /// Sends a GraphQL request; gives the HTTP status and the answer.
    pub(crate) fn ask(&self, header: (&str, &str), query: &str) -> (u16, Json) {
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let url = format!("http://127.0.0.1:{}/graphql", self.port);
        let request = agent.post(url).header("content-type", "application/json").header(header.0, header.1);
        let mut answer = request.send(json!({ "query": query }).to_string()).unwrap();
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Signs a user up and in; gives the id token.
pub(crate) async fn sign_in(guide: &Guide, user: &str) -> String {
    let pool: Json = serde_json::from_str(&guide.read("examples/amplify-auth/state/default.tfstate")).unwrap();
    let output = |name: &str| pool["outputs"][name]["value"].as_str().unwrap().to_owned();
    let (pool, client) = (output("aws_user_pools_id"), output("aws_user_pools_web_client_id"));
    let cognito = guide.aws().cognitoidp(None).await.unwrap();
    let password = "Corr3ct-Horse!";
    cognito.sign_up().client_id(&client).username(user).password(password).send().await.unwrap();
    cognito.admin_confirm_sign_up().user_pool_id(pool).username(user).send().await.unwrap();
    let call = cognito.initiate_auth().client_id(&client).auth_flow(AuthFlowType::UserPasswordAuth);
    let call = call.auth_parameters("USERNAME", user).auth_parameters("PASSWORD", password);
    let answer = call.send().await.unwrap();
    answer.authentication_result().unwrap().id_token().unwrap().to_owned()
}
