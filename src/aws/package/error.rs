//! What can be wrong with a function's code, and where.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{UNZIPPED_LIMIT, ZIP_LIMIT};
use crate::diagnostic::{Diagnostic, Diagnostics, Excerpt, Source};

/// A reason why a folder or file cannot become a function's code.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Nothing is at the path.
    #[error("`{}` does not exist", path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The folder has no file that belongs in a function.
    #[error("`{}` has no file to package", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A socket, pipe or device is among the files.
    #[error("`{}` is neither a file nor a folder", path.display())]
    NotAFile {
        /// The object's path.
        path: PathBuf,
    },
    /// The file is no zip or jar.
    #[error("`{}` is not a zip archive", path.display())]
    NotAnArchive {
        /// The file.
        path: PathBuf,
    },
    /// The file starts as a zip or jar but cannot be read as one.
    #[error("`{}` is a damaged zip archive", path.display())]
    DamagedArchive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: zip::result::ZipError,
    },
    /// A file's name is not Unicode, so it has no name in a zip.
    #[error("the name of `{}` is not valid Unicode", path.display())]
    NameNotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// A file's path is longer than a zip can say.
    #[error("the name of `{}` is longer than 65,535 bytes", path.display())]
    NameTooLong {
        /// The file.
        path: PathBuf,
    },
    /// A source file is not UTF-8.
    #[error("`{}` is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that is not.
        offset: usize,
    },
    /// A symbolic link leaves the folder.
    #[error("`{}` is a link to `{}`, outside the folder", path.display(), target.display())]
    LinkLeavesFolder {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A symbolic link leads to a folder that it is in.
    #[error("`{}` is a link to a folder that contains it", path.display())]
    LinkCycle {
        /// The link.
        path: PathBuf,
    },
    /// Two sources would become one file.
    #[error("`{}` and `{}` both become `{output}`", first.display(), second.display())]
    SameOutput {
        /// The name in the archive.
        output: String,
        /// One source.
        first: PathBuf,
        /// The other source.
        second: PathBuf,
    },
    /// TypeScript that cannot be compiled: every error of every file.
    #[error("{}", count(errors))]
    Syntax {
        /// Sorted by file and place; never empty.
        errors: Vec<SyntaxError>,
    },
    /// esbuild needs an entry, which only the handler names.
    #[error("`{}` has esbuild, but no handler says which file to bundle", path.display())]
    NoEntry {
        /// The folder.
        path: PathBuf,
    },
    /// The handler names no file in a folder that esbuild bundles.
    #[error(transparent)]
    Handler(#[from] super::HandlerError),
    /// esbuild did not start.
    #[error("esbuild (`{}`) did not start", program.display())]
    EsbuildStart {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// esbuild found errors.
    #[error("esbuild could not bundle `{}`", path.display())]
    Esbuild {
        /// The folder.
        path: PathBuf,
        /// esbuild's own report.
        report: String,
    },
    /// The code is larger than Lambda takes.
    #[error("`{}` is {} bytes {limit}, and Lambda takes {}", path.display(), size, limit.bytes())]
    TooLarge {
        /// The folder or archive.
        path: PathBuf,
        /// Which limit.
        limit: Limit,
        /// The size found.
        size: u64,
        /// The largest files with their unpacked sizes, largest first.
        largest: Vec<(String, u64)>,
    },
    /// More files than a zip without extensions can list.
    #[error("`{}` has {count} files, and a zip for Lambda holds at most 65,535", path.display())]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// How many.
        count: usize,
    },
}

/// A size limit of Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`ZIP_LIMIT`].
    Zip,
    /// [`UNZIPPED_LIMIT`].
    Unzipped,
}

impl Limit {
    /// The limit in bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Zip => ZIP_LIMIT,
            Self::Unzipped => UNZIPPED_LIMIT,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zip => "zipped",
            Self::Unzipped => "unzipped",
        })
    }
}

impl PackageError {
    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Unreadable { path, source },
        }
    }

    pub(super) fn too_large<'n>(
        path: &Path,
        limit: Limit,
        size: u64,
        files: impl Iterator<Item = (&'n str, u64)>,
    ) -> Self {
        let mut largest: Vec<(String, u64)> = files.map(|(name, size)| (name.to_owned(), size)).collect();
        largest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        largest.truncate(5);
        Self::TooLarge { path: path.to_path_buf(), limit, size, largest }
    }

    /// Says what to do about it, in full sentences, where that is known.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Missing { .. } => "Give the path of a folder, a .zip or a .jar.",
            Self::Empty { .. } => "Put the function's source in it, such as main.ts.",
            Self::Unreadable { .. } | Self::EsbuildStart { .. } => return None,
            Self::NotAFile { .. } => "Remove it from the folder.",
            Self::NotAnArchive { .. } => "Give the folder that holds the source; it is packaged for you.",
            Self::DamagedArchive { .. } => "Make the archive again, or give the folder that holds the source.",
            Self::NameNotUnicode { .. } | Self::NameTooLong { .. } => "Rename the file.",
            Self::NotUtf8 { .. } => "Save the file as UTF-8.",
            Self::LinkLeavesFolder { .. } => {
                "Copy the file into the folder: what is outside of it is not part of the function."
            }
            Self::LinkCycle { .. } => "Remove the link.",
            Self::SameOutput { .. } => "Rename one of them.",
            Self::Syntax { .. } => return None,
            Self::NoEntry { .. } => "Set `handler`, such as \"main.handler\" for main.ts.",
            Self::Handler(error) => return error.help(),
            Self::Esbuild { report, .. } => return Some(report.clone()),
            Self::TooLarge { limit, largest, .. } => {
                let names: Vec<String> = largest.iter().map(|(name, size)| format!("{name} ({size} bytes)")).collect();
                let cure = match limit {
                    Limit::Zip => "Upload it to S3 and use `s3_bucket` and `s3_key`, or make it smaller.",
                    Limit::Unzipped => "Make it smaller, use layers, or deploy a container image.",
                };
                return Some(format!("{cure} The largest files are {}.", names.join(", ")));
            }
            Self::TooManyFiles { .. } => {
                "Bundle the code: esbuild in the folder's node_modules is used if it is there."
            }
        };
        Some(text.to_owned())
    }
}

fn count(errors: &[SyntaxError]) -> String {
    match errors {
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
        [] => String::new(),
    }
}

pub(super) fn check_unzipped<'n>(
    path: &Path,
    files: impl Iterator<Item = (&'n str, u64)> + Clone,
) -> Result<(), PackageError> {
    let size = files.clone().fold(0_u64, |sum, (_, size)| sum.saturating_add(size));
    if size > UNZIPPED_LIMIT {
        return Err(PackageError::too_large(path, Limit::Unzipped, size, files));
    }
    Ok(())
}

/// One error in a source file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The file: the packaged folder's path, joined with the file's path in it.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The byte range in [`SyntaxError::text`], to underline; within bounds and on character boundaries.
    pub range: Range<usize>,
    /// The whole text of the file.
    pub text: Arc<str>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl SyntaxError {
    pub(super) fn new(source: &Source, range: Range<usize>, message: String, help: Option<String>) -> Self {
        let start = source.text.floor_char_boundary(range.start);
        let end = source.text.floor_char_boundary(range.end).max(start);
        let (line, column) = source.line_column(start);
        let (path, text) = (source.path.clone(), Arc::clone(&source.text));
        Self { path, line, column, range: start..end, text, message, help }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path.display(), self.line, self.column, self.message)
    }
}

/// Something that is likely to fail when the function runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file or folder it is about.
    pub path: PathBuf,
    /// The place in the file, if it is about one.
    pub excerpt: Option<Excerpt>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl From<SyntaxError> for Diagnostic {
    fn from(error: SyntaxError) -> Self {
        let SyntaxError { path, range, text, message, help, .. } = error;
        Self::error("Invalid source code").with(|it| {
            it.detail(message).help(help.unwrap_or_default()).in_file(Excerpt {
                path,
                text,
                start: range.start,
                end: range.end,
            });
        })
    }
}

impl From<Warning> for Diagnostic {
    fn from(warning: Warning) -> Self {
        Self::warning("Incomplete function code").with(|it| {
            it.detail(warning.message).help(warning.help.unwrap_or_default());
            if let Some(excerpt) = warning.excerpt {
                it.in_file(excerpt);
            }
        })
    }
}

impl From<PackageError> for Diagnostics {
    fn from(error: PackageError) -> Self {
        if let PackageError::Syntax { errors } = error {
            return errors.into_iter().map(Diagnostic::from).collect();
        }
        let source = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
        let help = error.help().unwrap_or_default();
        let detail = format!("Function code: {error}{source}.");
        Diagnostic::error("Invalid function code")
            .with(|it| {
                it.detail(detail).help(help);
            })
            .into()
    }
}
