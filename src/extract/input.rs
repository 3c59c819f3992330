//! Opens a file for reading: bytes reported as progress, compression and encoding undone.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::Reading;
use super::archive::{self, is_archive};
use super::error::{Error, Place, Problem};
use super::packed::Packing;
use crate::encoding::Utf8;
use crate::progress::{Progress, Stage};

/// What [`Problem::Truncated`] calls a compressed stream that ends early.
pub(super) const COMPRESSED: &str = "the compressed data";

/// The byte order mark that some tools put before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The stage of reading one file, as long as the file is.
pub(crate) fn stage(path: &Path, progress: Progress) -> Stage {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    progress.bytes(&format!("read {name}"), length)
}

/// The text of a file in UTF-8: unpacked if its first bytes say that it is packed, made by
/// `pg_restore` if it is one of its archives.
pub(super) fn open<'a>(
    path: &Path,
    stage: &'a Stage,
    reading: &Reading,
) -> Result<Box<dyn Read + 'a>, Error> {
    let failed = |problem| Error::new(Place::file(path), problem);
    if path.is_dir() {
        return Ok(Box::new(archive::Text::of(path).map_err(failed)?));
    }
    let file = File::open(path).map_err(|error| failed(Problem::Io(error)))?;
    let (head, mut text) = peek(Box::new(Counted { file, stage })).map_err(failed)?;
    if is_archive(&head) {
        return Ok(Box::new(archive::Text::of(path).map_err(failed)?));
    }
    if let Some(packing) = Packing::of(&head) {
        let (head, unpacked) = peek(packing.undo(text).map_err(failed)?).map_err(failed)?;
        if is_archive(&head) {
            return Err(failed(Problem::PackedArchive));
        }
        text = unpacked;
    }
    let text = Utf8::new(text, reading.encoding).map_err(|error| failed(problem(error)))?;
    Ok(Box::new(text))
}

/// The first bytes of a text, and the whole of it.
fn peek<'a>(mut text: Box<dyn Read + 'a>) -> Result<(Vec<u8>, Box<dyn Read + 'a>), Problem> {
    let mut head = Vec::new();
    text.by_ref().take(archive::HEAD as u64).read_to_end(&mut head).map_err(problem)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(text))))
}

/// What a failed read means.
pub(super) fn problem(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Problem::Truncated(COMPRESSED),
        io::ErrorKind::InvalidData if error.get_ref().is_some_and(is_of_encoding) => Problem::Utf8,
        _ => Problem::Io(error),
    }
}

/// Whether an error is that of bytes which the named encoding does not know.
fn is_of_encoding(error: &(dyn std::error::Error + Send + Sync)) -> bool {
    error.to_string() == crate::encoding::MALFORMED
}

struct Counted<'a> {
    file: File,
    stage: &'a Stage,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.stage.advance(count as u64);
        Ok(count)
    }
}
