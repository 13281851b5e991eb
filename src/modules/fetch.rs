//! A package from its address into a folder, whichever way it comes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sha2::Digest;

use super::archive::{self, ArchiveError, Format, Limits};
use super::digest::hexadecimal;
use super::folder;
use super::git::{self, GitError};
use super::http::{Http, HttpError, resolve_address};
use crate::language::module_source::{Getter, RemoteSource, SourceMistake, without_password};

/// How large a downloaded archive may be.
const MAX_DOWNLOAD: u64 = 512 * 1024 * 1024;
/// How often a page may send us on to another address.
const MAX_HOPS: usize = 10;

/// Why a package did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("{0}")]
    Folder(io::Error),
    #[error("`archive` is \"{0}\"; there are {names}", names = Format::names())]
    ArchiveForm(String),
    #[error("{} is neither an archive by its name nor a page that says where the module is", without_password(.0))]
    NoModule(String),
    #[error(
        "it is sent on from {} to \"{}\", which is no address of a module",
        without_password(from),
        without_password(to)
    )]
    Hop { from: String, to: String },
    #[error("it is sent on more than {MAX_HOPS} times")]
    TooManyHops,
    #[error("`checksum` is \"{0}\"; it has the form sha256:DIGITS, with md5, sha1 and sha512 as well")]
    ChecksumForm(String),
    #[error("the archive's {algorithm} is {found}, and `checksum` says {wanted}")]
    Checksum { algorithm: &'static str, found: String, wanted: String },
    #[error("the package has no folder \"{0}\"")]
    NoSubfolder(String),
    #[error("{count} folders of the package match \"{pattern}\"; one must")]
    Ambiguous { pattern: String, count: usize },
}

/// Fetches a package into a folder, which must not exist. Gives the folder in it that a page or registry named.
pub(super) fn package(http: &Http, source: &RemoteSource, into: &Path) -> Result<Option<String>, FetchError> {
    let mut source = source.clone();
    let mut inner = None;
    for _ in 0..=MAX_HOPS {
        let next = match source.getter {
            Getter::Git => {
                git::fetch(&source, into)?;
                None
            }
            Getter::File => {
                local(&source, into)?;
                None
            }
            Getter::Http => over_http(http, &source, into)?,
        };
        let Some(next) = next else { return Ok(inner) };
        inner = match (next.subfolder.clone(), inner) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}")),
            (outer, inner) => outer.or(inner),
        };
        source = next;
    }
    Err(FetchError::TooManyHops)
}

/// The form of the archive that an address names, if it names one.
pub(super) fn archive_form(source: &RemoteSource) -> Result<Option<Format>, FetchError> {
    match source.parameter("archive").as_deref() {
        None | Some("") => {
            let path = source.url.split('?').next().unwrap_or_default();
            let path = path.split_once("://").map_or(path, |(_, rest)| rest);
            Ok(path.split_once('/').and_then(|(_, path)| Format::of_path(path)))
        }
        Some("false") => Ok(None),
        Some(name) => Format::named(name).map(Some).ok_or_else(|| FetchError::ArchiveForm(name.to_owned())),
    }
}

/// The path of a `file:` address.
pub(super) fn local_path(source: &RemoteSource) -> PathBuf {
    let path = source.url.split('?').next().unwrap_or_default();
    PathBuf::from(path.strip_prefix("file://").unwrap_or(path))
}

fn local(source: &RemoteSource, into: &Path) -> Result<(), FetchError> {
    let path = local_path(source);
    match archive_form(source)? {
        Some(form) => {
            verify(source, &path)?;
            Ok(archive::unpack(&path, form, into, Limits::MODULE)?)
        }
        None => folder::copy(&path, into).map_err(FetchError::Folder),
    }
}

fn over_http(http: &Http, source: &RemoteSource, into: &Path) -> Result<Option<RemoteSource>, FetchError> {
    let form = archive_form(source)?;
    let url = source.url_without(&["archive", "checksum", "filename"]);
    if let Some(form) = form {
        let archive = into.with_extension("archive");
        let mut file = File::create(&archive).map_err(FetchError::Folder)?;
        http.get(&url, None)?.copy_to(&mut file, MAX_DOWNLOAD)?;
        verify(source, &archive)?;
        archive::unpack(&archive, form, into, Limits::MODULE)?;
        std::fs::remove_file(&archive).map_err(FetchError::Folder)?;
        return Ok(None);
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    let answer = http.get(&format!("{url}{mark}terraform-get=1"), None)?;
    let from = answer.url.clone();
    let location = match answer.header("X-Terraform-Get").map(str::to_owned) {
        Some(location) => location,
        None => terraform_get(&answer.text()?).ok_or_else(|| FetchError::NoModule(url.clone()))?,
    };
    sent_on(&from, &resolve_address(&from, &location)).map(Some)
}

/// The address that a page or registry sends us on to. From HTTPS there is no way to HTTP.
pub(super) fn sent_on(from: &str, to: &str) -> Result<RemoteSource, FetchError> {
    let next = RemoteSource::parse(to).map_err(|mistake| match mistake {
        SourceMistake::NoMethod | SourceMistake::Malformed(_) => {
            FetchError::Hop { from: from.to_owned(), to: to.to_owned() }
        }
    })?;
    if from.starts_with("https://") && next.url.starts_with("http://") {
        return Err(HttpError::Downgrade { from: from.to_owned(), to: next.url }.into());
    }
    Ok(next)
}

/// What `<meta name="terraform-get" content="…">` says in a page.
fn terraform_get(page: &str) -> Option<String> {
    let tag = regex::Regex::new(r"(?is)<meta\s[^>]*>").expect("the pattern is well-formed");
    let argument = regex::Regex::new(r#"(?is)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))"#)
        .expect("the pattern is well-formed");
    tag.find_iter(page).find_map(|tag| {
        let (mut is_ours, mut content) = (false, None);
        for found in argument.captures_iter(tag.as_str()) {
            let value = found.get(2).or(found.get(3)).or(found.get(4)).map_or("", |value| value.as_str());
            match found[1].to_ascii_lowercase().as_str() {
                "name" => is_ours = value == "terraform-get",
                "content" => content = Some(value.replace("&amp;", "&")),
                _ => {}
            }
        }
        content.filter(|_| is_ours)
    })
}

/// Compares an archive with the checksum that its address may name.
fn verify(source: &RemoteSource, archive: &Path) -> Result<(), FetchError> {
    let Some(wanted) = source.parameter("checksum").filter(|wanted| !wanted.is_empty()) else {
        return Ok(());
    };
    let malformed = || FetchError::ChecksumForm(wanted.clone());
    let (name, digits) = wanted.split_once(':').unwrap_or_else(|| match wanted.len() {
        32 => ("md5", &wanted),
        40 => ("sha1", &wanted),
        128 => ("sha512", &wanted),
        _ => ("sha256", &wanted),
    });
    let (algorithm, found) = match name {
        "md5" => ("MD5", digest_of::<md5::Md5>(archive)),
        "sha1" => ("SHA-1", digest_of::<sha1::Sha1>(archive)),
        "sha256" => ("SHA-256", digest_of::<sha2::Sha256>(archive)),
        "sha512" => ("SHA-512", digest_of::<sha2::Sha512>(archive)),
        _ => return Err(malformed()),
    };
    let found = found.map_err(FetchError::Folder)?;
    if digits.len() != found.len() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(malformed());
    }
    match digits.eq_ignore_ascii_case(&found) {
        true => Ok(()),
        false => Err(FetchError::Checksum { algorithm, found, wanted: digits.to_owned() }),
    }
}

fn digest_of<D: Digest>(path: &Path) -> io::Result<String> {
    let mut hasher = D::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            count => hasher.update(&buffer[..count]),
        }
    }
}

/// The path of a folder in a package, whose name may be a pattern; `None` in both is the package itself.
pub(super) fn subfolder(
    package: &Path,
    inner: Option<&str>,
    called: Option<&str>,
) -> Result<Option<String>, FetchError> {
    let mut path = String::new();
    for part in [inner, called].into_iter().flatten().flat_map(|path| path.split('/')) {
        let found =
            if part.contains(['*', '?', '[']) { matching(&package.join(&path), part)? } else { part.to_owned() };
        path = if path.is_empty() { found } else { format!("{path}/{found}") };
    }
    if path.is_empty() {
        return Ok(None);
    }
    if !package.join(&path).is_dir() {
        return Err(FetchError::NoSubfolder(path));
    }
    Ok(Some(path))
}

fn matching(folder: &Path, pattern: &str) -> Result<String, FetchError> {
    let Ok(glob) = globset::Glob::new(pattern) else { return Err(FetchError::NoSubfolder(pattern.to_owned())) };
    let matcher = glob.compile_matcher();
    let entries = std::fs::read_dir(folder).map_err(FetchError::Folder)?;
    let names = entries
        .filter_map(|entry| Some(entry.ok()?).filter(|entry| entry.path().is_dir())?.file_name().into_string().ok());
    let mut found: Vec<String> = names.filter(|name| matcher.is_match(name)).collect();
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (last, more) => {
            Err(FetchError::Ambiguous { pattern: pattern.to_owned(), count: more + usize::from(last.is_some()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_module_is() {
        let page = "<html><head>\n<META content='git::https://x/y?a=1&amp;b=2' name=terraform-get>\n</head>";
        assert_eq!(terraform_get(page).as_deref(), Some("git::https://x/y?a=1&b=2"));
        assert_eq!(terraform_get("<meta name=\"viewport\" content=\"x\">"), None);
    }

    #[test]
    fn a_folder_in_a_package_may_be_a_pattern() {
        let package = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(package.path().join("owner-name-1234/modules/a")).unwrap();
        let found = |inner, called| subfolder(package.path(), inner, called).map_err(|error| error.to_string());
        assert_eq!(found(None, None), Ok(None));
        assert_eq!(found(Some("*"), Some("modules/a")), Ok(Some("owner-name-1234/modules/a".into())));
        assert_eq!(found(None, Some("nope")), Err("the package has no folder \"nope\"".into()));
        std::fs::create_dir(package.path().join("other")).unwrap();
        assert_eq!(found(Some("*"), None), Err("2 folders of the package match \"*\"; one must".into()));
    }

    #[test]
    fn a_checksum_is_compared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "x").unwrap();
        let check = |checksum: &str| {
            let source = RemoteSource::parse(&format!("https://example.com/x.zip?checksum={checksum}")).unwrap();
            verify(&source, &path).map_err(|error| error.to_string())
        };
        assert_eq!(check("md5:9dd4e461268c8034f5c8564e155c67a6"), Ok(()));
        assert_eq!(check("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"), Ok(()));
        assert!(check("sha1:0000000000000000000000000000000000000000").unwrap_err().contains("`checksum` says 0000"));
        assert!(check("crc:00").unwrap_err().contains("has the form"));
        assert!(check("file:http://x/y").unwrap_err().contains("has the form"));
    }

    #[test]
    fn there_is_no_way_from_https_to_http() {
        assert!(sent_on("https://a/x", "http://b/y.zip").unwrap_err().to_string().contains("from HTTPS"));
        assert!(sent_on("http://a/x", "http://b/y.zip").is_ok());
        assert!(sent_on("https://a/x", "modules/y").unwrap_err().to_string().contains("no address"));
    }
}
