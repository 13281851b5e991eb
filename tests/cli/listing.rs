//! A refresh of many objects: how many calls it makes of a server that, as AWS does, puts 25 on a page.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value as Json, json};

use super::Folder;

/// How many resolvers there are.
const RESOLVERS: usize = 1000;
const PAGE: usize = 25;

/// What is wrong with the server.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    /// It does not let the caller list.
    NoListing,
    /// Its listing lacks the last two resolvers, and the very last one does not exist.
    Lags,
}

/// The resolvers of one type of one API.
struct Server {
    port: u16,
    calls: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Server {
    fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls: Arc<Mutex<BTreeMap<&'static str, usize>>> = Arc::default();
        let counted = calls.clone();
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = counted.clone();
                thread::spawn(move || serve(stream, fault, &counted));
            }
        });
        Self { port, calls }
    }

    /// The calls since this was last asked.
    fn calls(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

fn resolver(at: usize) -> Json {
    json!({
        "typeName": "Query",
        "fieldName": format!("f{at:04}"),
        "dataSourceName": "posts",
        "resolverArn": format!("arn:aws:appsync:us-east-1:123456789012:apis/abc/types/Query/resolvers/f{at:04}"),
        "kind": "UNIT",
    })
}

/// The name of the call, its status and its answer.
fn answer(path: &str, fault: Fault) -> (&'static str, u16, Json) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let denied = json!({"__type": "AccessDeniedException", "message": "not allowed"});
    let gone = json!({"__type": "NotFoundException", "message": "No resolver found."});
    if path == "/v1/apis/abc/types/Query/resolvers" {
        if fault == Fault::NoListing {
            return ("ListResolvers", 403, denied);
        }
        let token = query.split('&').find_map(|pair| pair.strip_prefix("nextToken="));
        let start: usize = token.map_or(0, |token| token.parse().unwrap());
        let shown = if fault == Fault::Lags { RESOLVERS - 2 } else { RESOLVERS };
        let end = shown.min(start + PAGE);
        let mut page = json!({"resolvers": (start..end).map(resolver).collect::<Vec<_>>()});
        if end < shown {
            page["nextToken"] = json!(end.to_string());
        }
        return ("ListResolvers", 200, page);
    }
    let field = path.strip_prefix("/v1/apis/abc/types/Query/resolvers/f").and_then(|at| at.parse().ok());
    match field {
        Some(at) if at < RESOLVERS && !(fault == Fault::Lags && at == RESOLVERS - 1) => {
            ("GetResolver", 200, json!({"resolver": resolver(at)}))
        }
        Some(_) => ("GetResolver", 404, gone),
        None => ("unknown", 404, gone),
    }
}

fn serve(stream: TcpStream, fault: Fault, calls: &Mutex<BTreeMap<&'static str, usize>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut first = String::new();
        if !reader.read_line(&mut first).is_ok_and(|read| read > 0) {
            return;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            line.clear();
        }
        let (name, status, body) = answer(first.split(' ').nth(1).unwrap_or_default(), fault);
        *calls.lock().unwrap().entry(name).or_default() += 1;
        let (body, kind) = (body.to_string(), body["__type"].as_str().unwrap_or("none").to_owned());
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-amzn-errortype: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

/// A project whose state holds the resolvers.
fn project(server: &Server) -> Folder {
    let folder = Folder::with(&format!(
        r#"
provider "aws" {{
  region     = "us-east-1"
  access_key = "test"
  secret_key = "test"

  endpoints {{
    appsync = "http://127.0.0.1:{}"
  }}
}}

resource "aws_appsync_resolver" "posts" {{
  for_each = toset([for at in range({RESOLVERS}) : format("f%04d", at)])

  api_id      = "abc"
  type        = "Query"
  field       = each.key
  data_source = "posts"
}}
"#,
        server.port
    ));
    let instances = (0..RESOLVERS).map(|at| {
        let found = resolver(at);
        json!({
            "index_key": found["fieldName"],
            "schema_version": 0,
            "attributes": {
                "api_id": "abc",
                "arn": found["resolverArn"],
                "data_source": "posts",
                "field": found["fieldName"],
                "id": format!("abc-Query-f{at:04}"),
                "kind": "UNIT",
                "region": "us-east-1",
                "type": "Query",
            },
        })
    });
    let state = json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "5b1c0b8e-5a37-4dfb-8f4f-7a3f1f0f6a55",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "aws_appsync_resolver",
            "name": "posts",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": instances.collect::<Vec<_>>(),
        }],
        "check_results": null,
    });
    folder.write("terraform.tfstate", &state.to_string());
    folder
}

#[test]
fn a_thousand_resolvers_are_read_by_the_page() {
    let server = Server::start(Fault::Nothing);
    let folder = project(&server);
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    assert_eq!(plan.stdout, "No changes. What there is matches the configuration.\n");
    assert_eq!(server.calls(), BTreeMap::from([("ListResolvers", 40)]));
    folder.run(&["drift"]).ends_with(0);
    assert_eq!(server.calls(), BTreeMap::from([("ListResolvers", 40)]));
    let few =
        ["plan", "-target=aws_appsync_resolver.posts[\"f0000\"]", "-target=aws_appsync_resolver.posts[\"f0999\"]"];
    folder.run(&few).ends_with(0);
    assert_eq!(server.calls(), BTreeMap::from([("GetResolver", 2)]));
}

#[test]
fn a_resolver_that_a_listing_lacks_is_gone_only_if_a_read_says_so() {
    let server = Server::start(Fault::Lags);
    let folder = project(&server);
    let plan = folder.run(&["plan", "-detailed-exitcode"]).ends_with(2);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    assert!(plan.stdout.contains("aws_appsync_resolver.posts[\"f0999\"]"), "{}", plan.stdout);
    assert_eq!(server.calls(), BTreeMap::from([("GetResolver", 2), ("ListResolvers", 40)]));
}

#[test]
fn who_may_not_list_resolvers_reads_each() {
    let server = Server::start(Fault::NoListing);
    let folder = project(&server);
    folder.run(&["plan", "-detailed-exitcode"]).ends_with(0);
    assert_eq!(server.calls(), BTreeMap::from([("GetResolver", RESOLVERS), ("ListResolvers", 1)]));
}
