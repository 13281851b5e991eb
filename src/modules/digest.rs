//! The content of a folder as one short text.
//!
//! For each file, by its path in the folder with `/` between the parts, in the order of the bytes of these paths: the
//! SHA-256 of its bytes in hexadecimal, two spaces, `x` if it may be executed, `l` if it is a symbolic link (whose bytes are
//! its target) or else `-`, a space, the path and a zero byte. The digest is `r1:` and the SHA-256 of all that in base64.
//! Empty folders, times, owners, and what is in `.git` do not count.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::folder::{Kind, walk};

/// The digest of a folder's content.
pub(super) fn of_folder(folder: &Path) -> io::Result<String> {
    let mut all = Sha256::new();
    for entry in walk(folder)? {
        let path = folder.join(&entry.path);
        let (mark, hash) = match entry.kind {
            Kind::Link => ('l', Sha256::digest(std::fs::read_link(&path)?.to_string_lossy().as_bytes())),
            Kind::Program => ('x', of_file(&path)?),
            Kind::File => ('-', of_file(&path)?),
        };
        all.update(format!("{}  {mark} {}\0", hexadecimal(&hash), entry.path));
    }
    Ok(format!("r1:{}", STANDARD.encode(all.finalize())))
}

fn of_file(path: &Path) -> io::Result<sha2::digest::Output<Sha256>> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hasher.finalize()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes what is written to it");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        of_folder(folder.path()).unwrap()
    }

    #[test]
    fn names_and_bytes_count_and_nothing_else() {
        let one = digest(&[("main.tf", "a\n"), ("sub/x.tf", "b\n")]);
        assert_eq!(one, "r1:0v6ZX4UBpYiGr+Gvh3KaNMbZuHaCUqcjtuMr0B7D9CA=");
        assert_eq!(digest(&[("sub/x.tf", "b\n"), ("main.tf", "a\n"), (".git/HEAD", "x")]), one);
        assert_ne!(digest(&[("main.tf", "a\n"), ("sub/x.tf", "c\n")]), one);
        assert_ne!(digest(&[("main.tf", "a\n"), ("sub/y.tf", "b\n")]), one);
        assert_ne!(digest(&[("main.tf", "a\n"), ("sub/x.tf", "b\n"), (".hidden", "")]), one);
    }

    #[cfg(unix)]
    #[test]
    fn modes_and_links_count() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.sh");
        std::fs::write(&path, "x").unwrap();
        let plain = of_folder(folder.path()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = of_folder(folder.path()).unwrap();
        assert_ne!(plain, program);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(of_folder(folder.path()).unwrap(), program);
        symlink("run.sh", folder.path().join("link")).unwrap();
        assert_ne!(of_folder(folder.path()).unwrap(), program);
    }
}
