//! Addresses of modules, as `source` in a `module` block has them: a folder beside the file, a module of a registry, or a
//! package in a repository or an archive. Nothing is looked up here.

use std::fmt;

/// The registry that an address without a host means.
pub const DEFAULT_REGISTRY: &str = "registry.terraform.io";

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ModuleSource {
    /// A folder, seen from the folder of the file that calls it; it begins with `./` or `../`.
    Local(String),
    /// A module of a registry.
    Registry(RegistrySource),
    /// A package somewhere else.
    Remote(RemoteSource),
}

/// A module of a registry, and a folder in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistrySource {
    /// The registry's host, with a port where it has one.
    pub host: String,
    /// Who publishes it.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// What it is for, such as `aws`.
    pub system: String,
    /// The folder in its package.
    pub subfolder: Option<String>,
}

/// A package that is fetched from a URL, and a folder in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteSource {
    /// How it is fetched.
    pub getter: Getter,
    /// From where, with its query.
    pub url: String,
    /// The folder in the package. It may be a pattern with `*` that one folder matches.
    pub subfolder: Option<String>,
}

/// How a package is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Getter {
    /// A repository, through the `git` program.
    Git,
    /// An archive over HTTP or HTTPS, or a page that says where the package is.
    Http,
    /// A folder or an archive on this machine, by its absolute path.
    File,
}

/// Why a text is no address of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceMistake {
    /// It may be meant as a path from the calling file.
    NoMethod,
    /// Anything else, as a sentence without its end.
    Malformed(String),
}

type Parsed<T> = Result<T, SourceMistake>;

fn malformed<T>(why: impl Into<String>) -> Parsed<T> {
    Err(SourceMistake::Malformed(why.into()))
}

impl ModuleSource {
    /// Reads an address.
    pub fn parse(text: &str) -> Parsed<Self> {
        if let Some(local) = local(text) {
            return Ok(Self::Local(local));
        }
        if text.trim().is_empty() {
            return malformed("the address is empty");
        }
        match RegistrySource::parse(text) {
            Ok(registry) => Ok(Self::Registry(registry)),
            Err(_) => RemoteSource::parse(text).map(Self::Remote),
        }
    }

    /// The address without the folder in the package.
    #[must_use]
    pub fn package(&self) -> Self {
        match self {
            Self::Local(_) => self.clone(),
            Self::Registry(source) => Self::Registry(RegistrySource { subfolder: None, ..source.clone() }),
            Self::Remote(source) => Self::Remote(RemoteSource { subfolder: None, ..source.clone() }),
        }
    }

    /// The folder in the package.
    pub fn subfolder(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Registry(source) => source.subfolder.as_deref(),
            Self::Remote(source) => source.subfolder.as_deref(),
        }
    }
}

/// The form in which Terraform writes an address down.
impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => f.write_str(path),
            Self::Registry(source) => source.fmt(f),
            Self::Remote(source) => source.fmt(f),
        }
    }
}

/// A path that begins with `./` or `../`, cleaned; it begins so afterwards too.
fn local(text: &str) -> Option<String> {
    let slashed = text.replace('\\', "/");
    let begins = |start: &str| slashed.starts_with(start);
    if !begins("./") && !begins("../") {
        return None;
    }
    let clean = clean(&slashed);
    Some(if clean.starts_with("../") { clean } else { format!("./{}", if clean == "." { "" } else { &clean }) })
}

/// A path without `.`, doubled slashes, and `..` behind a name.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// Splits the folder in the package off an address. A query belongs to the package, wherever the folder stands.
fn split_subfolder(text: &str) -> Parsed<(String, Option<String>)> {
    let path_end = text.find('?').unwrap_or(text.len());
    let start = text[..path_end].find("://").map_or(0, |at| at + 3);
    let Some(at) = text[start..path_end].find("//").map(|at| at + start) else {
        return Ok((text.to_owned(), None));
    };
    let package = format!("{}{}", &text[..at], &text[path_end..]);
    Ok((package, subfolder(&text[at + 2..path_end])?))
}

fn subfolder(text: &str) -> Parsed<Option<String>> {
    let clean = clean(text);
    if clean == ".." || clean.starts_with("../") {
        return malformed(format!("the subfolder \"{text}\" leads out of the module's package"));
    }
    Ok(Some(clean).filter(|clean| clean != "."))
}

fn write_with_subfolder(f: &mut fmt::Formatter<'_>, package: &str, subfolder: Option<&str>) -> fmt::Result {
    let (path, query) = package.split_at(package.find('?').unwrap_or(package.len()));
    match subfolder {
        Some(subfolder) => write!(f, "{path}//{subfolder}{query}"),
        None => f.write_str(package),
    }
}

/// Hosts that keep repositories; an address that begins with one never means a registry.
const REPOSITORY_HOSTS: [&str; 3] = ["github.com", "bitbucket.org", "gitlab.com"];

impl RegistrySource {
    /// Reads an address of the form `[host/]namespace/name/system[//subfolder]`.
    pub fn parse(text: &str) -> Parsed<Self> {
        if local(text).is_some() {
            return malformed("it is a local path");
        }
        let (address, subfolder) = split_subfolder(text)?;
        let parts: Vec<&str> = address.split('/').collect();
        let (host, [namespace, name, system]) = match parts.as_slice() {
            [namespace, name, system] => (None, [*namespace, *name, *system]),
            [host, namespace, name, system] => (Some(*host), [*namespace, *name, *system]),
            _ => {
                return malformed(
                    "the address of a registry module has three or four parts, with slashes between them",
                );
            }
        };
        // `github.com/owner/name` has three parts as well.
        if let Some(host) = REPOSITORY_HOSTS.iter().find(|host| parts[0].eq_ignore_ascii_case(host)) {
            return malformed(format!("\"{host}\" is no registry: it is reserved for addresses of repositories"));
        }
        if let Some(host) = host
            && !is_host(host)
        {
            return malformed(format!("\"{host}\" is no host name of a registry"));
        }
        for (what, part) in [("namespace", namespace), ("name", name)] {
            if !is_registry_name(part) {
                return malformed(format!(
                    "\"{part}\" is no {what}: there may be letters, digits, and dashes or underscores between them"
                ));
            }
        }
        if system.is_empty()
            || system.len() > 64
            || !system.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        {
            return malformed(format!(
                "\"{system}\" is no target system: that is a name in lower-case letters and digits"
            ));
        }
        Ok(Self {
            host: host.map_or_else(|| DEFAULT_REGISTRY.to_owned(), str::to_lowercase),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            system: system.to_owned(),
            subfolder,
        })
    }
}

impl fmt::Display for RegistrySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, namespace, name, system, subfolder } = self;
        write_with_subfolder(f, &format!("{host}/{namespace}/{name}/{system}"), subfolder.as_deref())
    }
}

fn is_registry_name(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 64
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.chars().all(|c| alphanumeric(c) || c == '-' || c == '_')
}

/// A name with a dot in it, and perhaps a port.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    name.contains('.') && name.split('.').all(label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

impl RemoteSource {
    /// Reads the address of a package that is in no registry. One that a registry gives has this form too.
    pub fn parse(text: &str) -> Parsed<Self> {
        let (forced, rest) = match text.split_once("::") {
            Some((forced, rest)) if !forced.is_empty() && forced.chars().all(|c| c.is_ascii_alphanumeric()) => {
                (Some(forced), rest)
            }
            _ => (None, text),
        };
        let (package, subfolder) = split_subfolder(rest)?;
        let (found, package, inner) = detect(&package)?;
        let subfolder = match (inner, subfolder) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}")),
            (outer, inner) => outer.or(inner),
        };
        let scheme = package.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let getter = match (forced.or(found), scheme.as_deref()) {
            (Some("hg"), _) => {
                return malformed("Mercurial repositories are not supported; serve the module as an archive");
            }
            (Some("s3"), _) => return malformed("buckets of S3 are not supported; use an HTTPS address of the object"),
            (Some("gcs"), _) => {
                return malformed("buckets of Google Cloud are not supported; use an HTTPS address of the object");
            }
            (Some("git"), Some("https" | "http" | "ssh" | "git" | "file")) => Getter::Git,
            (Some("git"), _) => {
                return malformed("a git address has a URL of the scheme https, ssh, http, git or file");
            }
            (Some("http" | "https") | None, Some("http" | "https")) => Getter::Http,
            (Some("file") | None, Some("file")) => Getter::File,
            (Some(other), _) => return malformed(format!("there is no way \"{other}\" to fetch a module")),
            (None, Some(scheme)) => {
                return malformed(format!("modules are not fetched from URLs of the scheme \"{scheme}\""));
            }
            (None, None) => return Err(SourceMistake::NoMethod),
        };
        let host = package.split_once("://").map_or("", |(_, rest)| rest);
        if host.starts_with('-') || package.chars().any(|c| c.is_control() || c == ' ') {
            return malformed("the URL has a host or a character that no URL has");
        }
        Ok(Self { getter, url: package, subfolder })
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        let value = query.split('&').find_map(|pair| match pair.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (pair == name).then_some(""),
        })?;
        Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// The URL without these parameters of its query.
    pub fn url_without(&self, names: &[&str]) -> String {
        let Some((path, query)) = self.url.split_once('?') else {
            return self.url.clone();
        };
        let kept: Vec<&str> =
            query.split('&').filter(|pair| !names.contains(&pair.split('=').next().unwrap_or(pair))).collect();
        if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
    }
}

impl fmt::Display for RemoteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.getter == Getter::Git {
            f.write_str("git::")?;
        }
        write_with_subfolder(f, &self.url, self.subfolder.as_deref())
    }
}

type Detected = (Option<&'static str>, String, Option<String>);

/// Completes the short forms of addresses to URLs, and tells the getter and subfolder that they imply.
fn detect(package: &str) -> Parsed<Detected> {
    if package.contains("://") {
        return Ok((None, package.to_owned(), None));
    }
    for host in ["github.com", "bitbucket.org"] {
        if let Some(path) = package.strip_prefix(host).and_then(|rest| rest.strip_prefix('/')) {
            return repository(host, path);
        }
    }
    if package.contains(".amazonaws.com/") {
        return Ok((Some("s3"), package.to_owned(), None));
    }
    if package.starts_with("www.googleapis.com/storage/") {
        return Ok((Some("gcs"), package.to_owned(), None));
    }
    if let Some(url) = secure_shell(package) {
        return Ok((Some("git"), url, None));
    }
    if package.starts_with('/') {
        return Ok((None, format!("file://{package}"), None));
    }
    Ok((None, package.to_owned(), None))
}

/// `owner/name/sub/folder` at a host of repositories.
fn repository(host: &str, path: &str) -> Parsed<Detected> {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts = path.splitn(3, '/');
    let (Some(owner), Some(name)) = (parts.next(), parts.next().filter(|name| !name.is_empty())) else {
        return malformed(format!("an address at {host} has the form {host}/OWNER/REPOSITORY"));
    };
    let name = name.strip_suffix(".git").unwrap_or(name);
    let subfolder = parts.next().map(subfolder).transpose()?.flatten();
    Ok((Some("git"), format!("https://{host}/{owner}/{name}.git{query}"), subfolder))
}

/// `user@host:path` as a URL.
fn secure_shell(package: &str) -> Option<String> {
    let (user, rest) = package.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && !text.contains(['/', ':', '@', '?']);
    (plain(user) && plain(host)).then(|| format!("ssh://{user}@{host}/{}", path.trim_start_matches('/')))
}

/// An address as it may be shown: without the password that a URL may hold.
pub fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}://{user}:***@{host}{}", &rest[end..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        match ModuleSource::parse(text) {
            Ok(source) => {
                let kind = match &source {
                    ModuleSource::Local(_) => "local",
                    ModuleSource::Registry(_) => "registry",
                    ModuleSource::Remote(_) => "remote",
                };
                format!("{kind} {source}")
            }
            Err(SourceMistake::NoMethod) => "no method".into(),
            Err(SourceMistake::Malformed(why)) => why,
        }
    }

    #[test]
    fn addresses_are_written_as_terraform_writes_them() {
        for (given, wanted) in [
            ("./m", "local ./m"),
            ("./n/", "local ./n"),
            ("./x//y", "local ./x/y"),
            ("../../abs", "local ../../abs"),
            ("./a/../..", "local ./.."),
            ("a_b/c-d/aws", "registry registry.terraform.io/a_b/c-d/aws"),
            ("a/iam/aws//modules/user/", "registry registry.terraform.io/a/iam/aws//modules/user"),
            ("a/iam/aws//", "registry registry.terraform.io/a/iam/aws"),
            ("127.0.0.1:8080/a/b/c", "registry 127.0.0.1:8080/a/b/c"),
            ("github.com/a/b", "remote git::https://github.com/a/b.git"),
            ("github.com/a/b/c/d?ref=v1", "remote git::https://github.com/a/b.git//c/d?ref=v1"),
            ("github.com/a/b.git//c?ref=v1", "remote git::https://github.com/a/b.git//c?ref=v1"),
            ("bitbucket.org/a/b", "remote git::https://bitbucket.org/a/b.git"),
            ("git@example.com:a/b.git//x?ref=v2", "remote git::ssh://git@example.com/a/b.git//x?ref=v2"),
            ("git::git@example.com:a/b.git", "remote git::ssh://git@example.com/a/b.git"),
            ("git::https://example.com/n.git?ref=v1&depth=1", "remote git::https://example.com/n.git?ref=v1&depth=1"),
            ("git::file:///srv/n.git//m?ref=main", "remote git::file:///srv/n.git//m?ref=main"),
            ("https://example.com/x.zip//m?archive=zip", "remote https://example.com/x.zip//m?archive=zip"),
            ("https://example.com/x?next=https://y//z", "remote https://example.com/x?next=https://y//z"),
            ("/srv/m//inner", "remote file:///srv/m//inner"),
        ] {
            assert_eq!(normal(given), wanted, "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for given in [".", "..", "modules/x", "foo", "a/b/c/d/e", "a/b/AWS", "gitlab.com/a/b", "-a/b/aws"] {
            assert_eq!(normal(given), "no method", "{given}");
        }
        for (given, part) in [
            ("", "is empty"),
            ("github.com/a", "github.com/OWNER/REPOSITORY"),
            ("localhost:8080/a/b/c", "no method"),
            ("hg::https://example.com/x", "Mercurial"),
            ("s3::https://s3.amazonaws.com/b/k.zip", "buckets of S3"),
            ("b.s3.amazonaws.com/k.zip", "buckets of S3"),
            ("gcs::https://www.googleapis.com/storage/v1/b/k.zip", "Google"),
            ("git::ext::sh -c x", "scheme https"),
            ("git::https://-oProxy/x", "no URL has"),
            ("ftp://x/y", "\"ftp\""),
            ("https://example.com/x.zip//../y", "leads out"),
            ("a/b/aws//../c", "leads out"),
        ] {
            assert!(normal(given).contains(part), "{given}: {}", normal(given));
        }
    }

    #[test]
    fn a_version_needs_the_address_of_a_registry_module() {
        for (given, part) in [
            ("./x", "local path"),
            ("modules/x", "three or four parts"),
            ("github.com/a/b/aws", "reserved"),
            ("a.b-/a/b/aws", "no host name"),
        ] {
            let Err(SourceMistake::Malformed(why)) = RegistrySource::parse(given) else { panic!("{given} is taken") };
            assert!(why.contains(part), "{given}: {why}");
        }
    }

    #[test]
    fn parameters_are_read_and_taken_out() {
        let source = RemoteSource::parse("git::https://example.com/n.git?ref=a%2Fb&x=1&depth=2").unwrap();
        assert_eq!(source.parameter("ref").as_deref(), Some("a/b"));
        assert_eq!(source.parameter("depth").as_deref(), Some("2"));
        assert_eq!(source.url_without(&["ref", "depth"]), "https://example.com/n.git?x=1");
        assert_eq!(source.url_without(&["ref", "depth", "x"]), "https://example.com/n.git");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            without_password("git::https://me:secret@example.com/x?a=b@c"),
            "git::https://me:***@example.com/x?a=b@c"
        );
        assert_eq!(without_password("git::ssh://git@example.com/x"), "git::ssh://git@example.com/x");
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_read_alike_from_its_normal_form(text in "[a./:@?=&~-]{0,12}(git::|https://|//|\\?ref=)?[a.é/:@?=-]{0,12}") {
            if let Ok(source) = ModuleSource::parse(&text) {
                proptest::prop_assert_eq!(ModuleSource::parse(&source.to_string()), Ok(source));
            }
        }
    }
}
