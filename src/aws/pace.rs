//! How fast calls may follow one another (P12). Every request passes here on its way out, whoever makes it.
//!
//! AWS counts calls for each account and region. Where it documents a limit, recon keeps below it from the start; where a
//! service asks for fewer calls all the same, all calls to it pause, go on at half the pace, and speed up again as they succeed.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::time::Instant;

use super::trace;

/// What AWS documents: service, calls it is about, calls a second. From the pages on quotas of Lambda ("API requests"), of
/// Cognito ("API request rate quotas": categories UserPool, UserPoolClient, UserPoolResource) and of DynamoDB
/// ("TagResource"). AppSync, IAM and CloudWatch Logs document none.
const LIMITS: &[(&str, Calls, u32)] = &[
    ("lambda", Calls::Named("GetFunction"), 100),
    ("lambda", Calls::Named("GetPolicy"), 15),
    ("lambda", Calls::Others(&["GetFunction", "GetPolicy", "Invoke"]), 15),
    ("cognito-idp", Calls::Reads("UserPoolClient"), 15),
    ("cognito-idp", Calls::Changes("UserPoolClient"), 15),
    ("cognito-idp", Calls::Reads(""), 15),
    ("cognito-idp", Calls::Changes(""), 15),
    ("dynamodb", Calls::Named("TagResource"), 5),
    ("dynamodb", Calls::Named("UntagResource"), 5),
];

/// The slowest pace, in calls a second, however often a service refuses.
const SLOWEST: f64 = 0.5;

/// The pace, in calls a second, from which on nothing is counted any more.
const UNBOUNDED: f64 = 50.0;

/// Which calls share a limit. The first row that has a call counts it.
#[derive(Clone, Copy)]
enum Calls {
    /// One operation.
    Named(&'static str),
    /// Every operation but these.
    Others(&'static [&'static str]),
    /// What reads, where this is part of the name.
    Reads(&'static str),
    /// What changes something, where this is part of the name.
    Changes(&'static str),
}

impl Calls {
    fn have(self, operation: &str) -> bool {
        let reads = ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb));
        match self {
            Self::Named(name) => operation == name,
            Self::Others(names) => !names.contains(&operation),
            Self::Reads(part) => reads && operation.contains(part),
            Self::Changes(part) => !reads && operation.contains(part),
        }
    }
}

/// A call as its request shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    service: String,
    region: String,
    operation: String,
    /// Whether it goes to AWS itself, whose limits are documented, and not to an emulator.
    to_aws: bool,
}

/// The pace of all calls of one provider configuration.
#[derive(Default)]
pub struct Pace {
    // Held only to take a place in the queue, never across a wait.
    services: Mutex<HashMap<String, Service>>,
}

#[derive(Default)]
struct Service {
    /// By region and row of `LIMITS`.
    documented: HashMap<(String, usize), Bucket>,
    /// What the service asked for, while it matters.
    asked: Option<Bucket>,
    pause: Option<Instant>,
    strikes: u32,
    /// When calls of the last second went out.
    recent: VecDeque<Instant>,
}

/// Lets so many calls through at once, and then so many a second.
#[derive(Clone, Copy)]
struct Bucket {
    rate: f64,
    burst: u32,
    /// When it would be full again if nothing came any more.
    full_at: Instant,
}

impl Bucket {
    fn new(rate: f64, burst: u32) -> Self {
        Self { rate, burst, full_at: Instant::now() }
    }

    /// Takes the next place, and gives its time.
    fn take(&mut self, now: Instant) -> Instant {
        let interval = Duration::from_secs_f64(1.0 / self.rate);
        self.full_at = self.full_at.max(now) + interval;
        self.full_at.checked_sub(interval * self.burst).map_or(now, |time| time.max(now))
    }
}

impl Service {
    fn place(&mut self, call: &Call, now: Instant) -> Instant {
        let mut time = now;
        let row = LIMITS.iter().position(|(service, calls, _)| *service == call.service && calls.have(&call.operation));
        if let Some(row) = row.filter(|_| call.to_aws) {
            let rate = LIMITS[row].2;
            let bucket =
                self.documented.entry((call.region.clone(), row)).or_insert_with(|| Bucket::new(f64::from(rate), rate));
            time = time.max(bucket.take(now));
        }
        if let Some(asked) = &mut self.asked {
            time = time.max(asked.take(now));
        }
        while self.recent.front().is_some_and(|sent| now.saturating_duration_since(*sent) > Duration::from_secs(1)) {
            self.recent.pop_front();
        }
        self.recent.push_back(time);
        time
    }

    /// Until when a call has to wait whose place is at the given time; nothing where it may go.
    fn next(&self, time: Instant) -> Option<Instant> {
        let until = self.pause.map_or(time, |pause| pause.max(time));
        (until > Instant::now()).then_some(until)
    }

    fn throttled(&mut self, now: Instant, delay: impl Fn(u32) -> Duration) {
        // Calls that were under way together are one strike.
        if self.pause.is_some_and(|pause| pause > now) {
            return;
        }
        let pause = now + delay(self.strikes);
        self.pause = Some(pause);
        self.strikes = (self.strikes + 1).min(8);
        let sent =
            self.recent.iter().filter(|sent| now.saturating_duration_since(**sent) < Duration::from_secs(1)).count();
        let before = self.asked.map_or(f64::from(u32::try_from(sent).unwrap_or(u32::MAX)), |asked| asked.rate);
        let mut asked = Bucket::new((before / 2.0).max(SLOWEST), 1);
        asked.full_at = pause;
        self.asked = Some(asked);
    }

    fn went_well(&mut self) {
        self.strikes = self.strikes.saturating_sub(1);
        // One call a second more for each second of success.
        let faster = self.asked.map(|asked| Bucket { rate: asked.rate + 1.0 / asked.rate.max(1.0), ..asked });
        self.asked = faster.filter(|asked| asked.rate < UNBOUNDED);
    }
}

impl Pace {
    /// Waits until a call may go out.
    async fn admit(&self, call: &Call) {
        let mut time = self.with(&call.service, |service| service.place(call, Instant::now()));
        // A pause may begin while the call waits for its place.
        while let Some(next) = self.with(&call.service, |service| service.next(time)) {
            tokio::time::sleep_until(next).await;
            time = next;
        }
    }

    /// A service refused a call because there were too many: all calls to it wait, and are half as many afterwards. `delay`
    /// is the wait after so many refusals.
    pub fn throttled(&self, service: &str, delay: impl Fn(u32) -> Duration) {
        self.with(service, |service| service.throttled(Instant::now(), delay));
    }

    fn went_well(&self, service: &str) {
        self.with(service, Service::went_well);
    }

    fn with<T>(&self, service: &str, look: impl FnOnce(&mut Service) -> T) -> T {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if !services.contains_key(service) {
            services.insert(service.to_owned(), Service::default());
        }
        look(services.get_mut(service).expect("it was just put there"))
    }
}

/// The client with every request at the given pace.
pub(super) fn paced(client: SharedHttpClient, pace: Arc<Pace>) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        let connector = client.http_connector(settings, components);
        SharedHttpConnector::new(Paced { connector, pace: pace.clone() })
    })
}

struct Paced {
    connector: SharedHttpConnector,
    pace: Arc<Pace>,
}

impl fmt::Debug for Paced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paced")
    }
}

impl HttpConnector for Paced {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(call) = Call::of(&request) else {
            return self.connector.call(request);
        };
        let (connector, pace) = (self.connector.clone(), self.pace.clone());
        HttpConnectorFuture::new(async move {
            pace.admit(&call).await;
            let sent = Instant::now();
            let answer = connector.call(request).await;
            trace::call((&call.service, &call.region, &call.operation), &answer, sent.elapsed());
            if answer.as_ref().is_ok_and(|answer| answer.status().is_success()) {
                pace.went_well(&call.service);
            }
            answer
        })
    }
}

impl Call {
    /// What a signed request asks of which service; nothing where it is not signed, as those to sign in are.
    fn of(request: &HttpRequest) -> Option<Self> {
        let headers = request.headers();
        let scope = headers.get("authorization")?.split_once("Credential=")?.1;
        let mut scope = scope.split(',').next()?.split('/').skip(2);
        let (region, service) = (scope.next()?.to_owned(), scope.next()?.to_owned());
        let address = request.uri().split_once("://")?.1;
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let target = headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let operation = target.map(str::to_owned).or_else(|| form_action(request));
        let operation = operation.unwrap_or_else(|| rest_operation(request.method(), path));
        let host = host.split(':').next().unwrap_or_default();
        let to_aws =
            [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"].iter().any(|h| host.ends_with(h));
        Some(Self { service, region, operation, to_aws })
    }
}

/// The operation of a Query request, as IAM takes them.
fn form_action(request: &HttpRequest) -> Option<String> {
    let form = std::str::from_utf8(request.body().bytes()?).ok()?;
    form.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

/// The operation of a REST request, by name where a limit is about it.
fn rest_operation(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (method, segments.as_slice()) {
        ("GET", ["functions", name]) if !name.is_empty() => "GetFunction".into(),
        ("GET", ["functions", _, "policy"]) => "GetPolicy".into(),
        ("POST", ["functions", _, "invocations"]) => "Invoke".into(),
        _ => format!("{method} {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, operation: &str, to_aws: bool) -> Call {
        Call { service: service.into(), region: "eu-west-1".into(), operation: operation.into(), to_aws }
    }

    /// How long so many calls take that are made at once.
    async fn time_of(pace: &Pace, call: &Call, count: usize) -> Duration {
        let start = Instant::now();
        futures_util::future::join_all((0..count).map(|_| pace.admit(call))).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_documented_limit_is_kept_where_aws_counts() {
        let pace = Pace::default();
        let create = call("lambda", "POST 2015-03-31/functions", true);
        assert_eq!(time_of(&pace, &create, 15).await.as_millis(), 0, "a second's worth goes at once");
        assert_eq!(time_of(&pace, &create, 30).await.as_secs(), 2);
        assert_eq!(time_of(&pace, &call("lambda", "GetPolicy", true), 15).await.as_millis(), 0, "others count apart");
        assert_eq!(time_of(&pace, &call("lambda", "Invoke", true), 999).await.as_millis(), 0);
        assert_eq!(time_of(&pace, &call("lambda", "POST 2015-03-31/functions", false), 99).await.as_millis(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_asks_for_fewer_calls_gets_fewer() {
        let pace = Pace::default();
        let (get, other) = (call("appsync", "GET v1/apis", true), call("iam", "GetRole", true));
        time_of(&pace, &get, 20).await;
        for _ in 0..5 {
            pace.throttled("appsync", |strikes| Duration::from_secs(4 + u64::from(strikes)));
        }
        assert_eq!(time_of(&pace, &other, 20).await.as_millis(), 0, "other services go on");
        assert_eq!(time_of(&pace, &get, 1).await.as_secs(), 4, "refusals of one moment are one");
        assert_eq!(time_of(&pace, &get, 20).await.as_secs(), 2, "at half the pace");
        (0..2000).for_each(|_| pace.went_well("appsync"));
        assert_eq!(time_of(&pace, &get, 99).await.as_millis(), 0, "what goes well ends it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_calls_that_wait_for_their_place_already() {
        let pace = Pace::default();
        let update = call("cognito-idp", "UpdateUserPool", true);
        time_of(&pace, &update, 15).await;
        let start = Instant::now();
        let throttle = async { pace.throttled("cognito-idp", |_| Duration::from_secs(9)) };
        tokio::join!(pace.admit(&update), throttle);
        assert_eq!(start.elapsed().as_secs(), 9);
    }

    #[test]
    fn a_request_shows_what_it_asks_for() {
        let request = |method: &str, uri: &str, headers: &[(&'static str, &'static str)], body: &'static str| {
            let mut request = HttpRequest::new(body.into());
            request.set_method(method).unwrap();
            request.set_uri(uri).unwrap();
            headers.iter().for_each(|(name, value)| drop(request.headers_mut().insert(*name, *value)));
            Call::of(&request)
        };
        let signed = (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=K/20260102/eu-west-1/lambda/aws4_request, SignedHeaders=host",
        );
        let lambda = |operation, to_aws| Some(call("lambda", operation, to_aws));
        let function = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/posts";
        assert_eq!(request("GET", function, &[signed], ""), lambda("GetFunction", true));
        assert_eq!(request("GET", &format!("{function}/policy?Qualifier=1"), &[signed], ""), lambda("GetPolicy", true));
        assert_eq!(
            request("POST", "http://127.0.0.1:4566/x", &[signed], "Version=1&Action=GetRole"),
            lambda("GetRole", false)
        );
        let target = ("x-amz-target", "DynamoDB_20120810.CreateTable");
        assert_eq!(request("POST", "http://127.0.0.1:4566/", &[signed, target], "{}"), lambda("CreateTable", false));
        assert_eq!(request("GET", function, &[], ""), None, "without a signature");
    }

    #[test]
    fn reads_and_changes_of_a_pool_count_apart() {
        let row =
            |operation: &str| LIMITS.iter().position(|(s, calls, _)| *s == "cognito-idp" && calls.have(operation));
        let rows = ["DescribeUserPoolClient", "UpdateUserPoolClient", "DescribeUserPool", "CreateGroup"].map(row);
        assert_eq!(rows, [Some(3), Some(4), Some(5), Some(6)]);
    }
}
