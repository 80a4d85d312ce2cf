//! Reads the files that the command line names; `-` is standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use portreeve_decisions::allowlist::Allowlist;

use crate::diagnostic::Diagnostic;
use crate::printable::printable;

/// What became of reading one file.
#[derive(Debug)]
pub enum Input {
    /// It was read.
    Text(String),
    /// It was read, and is no text: the bytes that are, and what is wrong behind them.
    NotText(String, Box<Diagnostic>),
    /// It could not be read, and why.
    Unreadable(String),
}

/// Reads a file, or standard input for `-`.
pub fn read(path: &Path) -> Input {
    let bytes = if is_standard_input(path) { read_within_limit(io::stdin()) } else { read_file(path) };
    match bytes {
        Err(why) => Input::Unreadable(format!("{}: {why}", shown(path))),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Input::Text(text),
            Err(error) => {
                let (valid, bytes) = (error.utf8_error().valid_up_to(), error.into_bytes());
                let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
                let diagnostic = not_utf8(&text, &bytes);
                Input::NotText(text, Box::new(diagnostic))
            }
        },
    }
}

/// Reads a text that has no place to report problems at.
///
/// # Errors
/// A complaint that names the file.
pub fn read_text(path: &Path) -> Result<String, String> {
    match read(path) {
        Input::Text(text) => Ok(text),
        Input::NotText(_, problem) => {
            Err(format!("{}:{}:{}: {}", shown(path), problem.line, problem.column, problem.message))
        }
        Input::Unreadable(why) => Err(why),
    }
}

/// How a file is called in what is printed: as on the command line, but with slashes and without a leading `./`, as
/// GitHub wants the paths of a repository.
pub fn shown(path: &Path) -> String {
    if is_standard_input(path) {
        return "<stdin>".to_owned();
    }
    let name = path.to_string_lossy();
    let name = if cfg!(windows) { name.replace('\\', "/") } else { name.into_owned() };
    printable(name.strip_prefix("./").unwrap_or(&name)).into_owned()
}

/// Whether the path is the usual sign for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == OsStr::new("-")
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let in_words = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder; name the files in it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    };
    if path.is_dir() {
        return Err(in_words(io::ErrorKind::IsADirectory.into()));
    }
    read_within_limit(File::open(path).map_err(in_words)?)
}

/// Pipes tell no size, so reading stops one byte past the limit.
fn read_within_limit(source: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = Allowlist::FILE_MAX_BYTES as u64 + 1;
    source.take(limit).read_to_end(&mut bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() > Allowlist::FILE_MAX_BYTES {
        return Err(format!("it is larger than {} MiB, and more is not read", Allowlist::FILE_MAX_BYTES >> 20));
    }
    Ok(bytes)
}

fn not_utf8(valid: &str, bytes: &[u8]) -> Diagnostic {
    let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let line_start = valid.rfind('\n').map_or(0, |at| at + 1);
    Diagnostic::refusal(
        valid.matches('\n').count() as u64 + 1,
        valid[line_start..].chars().count() as u64 + 1,
        if is_utf_16 {
            "the file is UTF-16 and not UTF-8".to_owned()
        } else {
            format!("the byte 0x{:02x} here is not UTF-8", bytes[valid.len()])
        },
        "save the file as UTF-8".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_have_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin1.yaml");
        std::fs::write(&path, b"version: 1\n# M\xfcller\n").unwrap();
        let Input::NotText(text, problem) = read(&path) else { panic!("it is no UTF-8") };
        assert_eq!((text.as_str(), problem.line, problem.column), ("version: 1\n# M", 2, 4));
        assert_eq!(problem.message, "the byte 0xfc here is not UTF-8");
    }

    #[test]
    fn reading_stops_at_the_limit() {
        let error = read_within_limit(io::repeat(b'a')).unwrap_err();
        assert_eq!(error, "it is larger than 32 MiB, and more is not read");
    }
}
