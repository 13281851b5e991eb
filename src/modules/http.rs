//! HTTP and HTTPS, for the little that fetching modules needs. Answers are bounded, and redirects are followed here: a few,
//! and never from HTTPS to HTTP.

use std::cell::OnceCell;
use std::io::{self, Read, Write};
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::language::module_source::without_password;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 10;
/// How much a page or a document may hold.
pub(super) const MAX_DOCUMENT: u64 = 16 * 1024 * 1024;

/// What went wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{} cannot be reached: {source}", without_password(url))]
    Unreachable { url: String, source: Box<ureq::Error> },
    #[error("{} answers with status {status}", without_password(url))]
    Status { url: String, status: u16 },
    #[error("{} redirects more than {MAX_REDIRECTS} times", without_password(url))]
    TooManyRedirects { url: String },
    #[error(
        "{} redirects from HTTPS to {}, where anybody could read along or answer",
        without_password(from),
        without_password(to)
    )]
    Downgrade { from: String, to: String },
    #[error("{} answers with more than {} MiB, which is the most that is taken", without_password(url), limit / 1024 / 1024)]
    TooLong { url: String, limit: u64 },
    #[error("the answer of {} breaks off: {source}", without_password(url))]
    Broken { url: String, source: io::Error },
    #[error("the answer of {} cannot be kept: {source}", without_password(url))]
    Unwritable { url: String, source: io::Error },
}

/// A client that keeps its connections, and is made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Http {
    agent: OnceCell<Agent>,
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub(super) url: String,
    response: Response<Body>,
}

/// A client that trusts the certificates of the machine, or those of Mozilla where it has none.
fn client() -> Agent {
    let found = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<_> = found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let roots = if certificates.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&certificates) };
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("recon/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_per_read(Some(Duration::from_secs(60)))
        .build();
    config.new_agent()
}

impl Http {
    /// Asks for a URL. The token is for its host only. Any status but success is an error.
    pub(super) fn get(&self, url: &str, token: Option<&str>) -> Result<Answer, HttpError> {
        let mut url = url.to_owned();
        let first_host = origin(&url).to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get_or_init(client).get(&url);
            if let Some(token) = token.filter(|_| origin(&url) == first_host) {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let response = request
                .call()
                .map_err(|source| HttpError::Unreachable { url: url.clone(), source: Box::new(source) })?;
            let status = response.status();
            let location = response.headers().get("location").and_then(|location| location.to_str().ok());
            match location.filter(|_| status.is_redirection()) {
                Some(location) => {
                    let next = resolve(&url, location);
                    if is_secure(&url) && !is_secure(&next) {
                        return Err(HttpError::Downgrade { from: url, to: next });
                    }
                    url = next;
                }
                None if status.is_success() => return Ok(Answer { url, response }),
                None => return Err(HttpError::Status { url, status: status.as_u16() }),
            }
        }
        Err(HttpError::TooManyRedirects { url })
    }
}

impl Answer {
    /// Whether there is no body by the status.
    pub(super) fn is_empty(&self) -> bool {
        self.response.status() == StatusCode::NO_CONTENT
    }

    /// A header, if it is there and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The body of a document.
    pub(super) fn text(self) -> Result<String, HttpError> {
        let mut bytes = Vec::new();
        self.copy_to(&mut bytes, MAX_DOCUMENT)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes the body somewhere, up to a bound.
    pub(super) fn copy_to(self, target: &mut impl Write, limit: u64) -> Result<(), HttpError> {
        let Self { url, response } = self;
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 64 * 1024];
        let mut total = 0;
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(source) => return Err(HttpError::Broken { url, source }),
            };
            total += count as u64;
            if total > limit {
                return Err(HttpError::TooLong { url, limit });
            }
            if let Err(source) = target.write_all(&buffer[..count]) {
                return Err(HttpError::Unwritable { url, source });
            }
        }
    }
}

fn is_secure(url: &str) -> bool {
    url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// Scheme and host of a URL.
pub(super) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| at + start);
    &url[..end]
}

/// An address of a module as it is meant in an answer from a URL: relative only where it plainly is.
pub(super) fn resolve_address(url: &str, address: &str) -> String {
    let is_relative = ["/", "./", "../"].iter().any(|start| address.starts_with(start));
    if is_relative { resolve(url, address) } else { address.to_owned() }
}

/// A location as it is meant in an answer from a URL.
pub(super) fn resolve(url: &str, location: &str) -> String {
    let path = &url[..url.find(['?', '#']).unwrap_or(url.len())];
    if location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
        return location.to_owned();
    }
    if let Some(rest) = location.strip_prefix("//") {
        let scheme = url.split("://").next().unwrap_or("https");
        return format!("{scheme}://{rest}");
    }
    let origin = origin(url);
    if location.starts_with('/') {
        return format!("{origin}{location}");
    }
    let folder = path[origin.len()..].rfind('/').map_or("/", |at| &path[origin.len()..=origin.len() + at]);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let mut rest = location;
    loop {
        if let Some(next) = rest.strip_prefix("./") {
            rest = next;
        } else if let Some(next) = rest.strip_prefix("../") {
            parts.pop();
            rest = next;
        } else {
            break;
        }
    }
    parts.push(rest);
    format!("{origin}/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_relative_to_the_answer() {
        let base = "https://example.com:8443/v1/modules/a/b?x=1";
        for (location, wanted) in [
            ("http://other/x", "http://other/x"),
            ("git::https://other/x", "git::https://other/x"),
            ("//other/x", "https://other/x"),
            ("/x?y=http://z", "https://example.com:8443/x?y=http://z"),
            ("x.zip", "https://example.com:8443/v1/modules/a/x.zip"),
            ("./x", "https://example.com:8443/v1/modules/a/x"),
            ("../x", "https://example.com:8443/v1/modules/x"),
            ("../../../../x", "https://example.com:8443/x"),
        ] {
            assert_eq!(resolve(base, location), wanted, "{location}");
        }
        assert_eq!(resolve("https://example.com", "x"), "https://example.com/x");
        assert_eq!(resolve_address(base, "github.com/a/b"), "github.com/a/b");
        assert_eq!(resolve_address(base, "./x.zip//m"), "https://example.com:8443/v1/modules/a/x.zip//m");
        assert_eq!(origin("http://me@127.0.0.1:1?x"), "http://me@127.0.0.1:1");
    }
}
