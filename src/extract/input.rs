//! Opens a file for reading: bytes reported as progress, gzip undone by its magic bytes.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::{Error, Place, Problem};
use crate::progress::{Progress, Stage};

/// What [`Problem::Truncated`] calls a gzip stream that ends early.
pub(super) const COMPRESSED: &str = "the compressed data";

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The byte order mark that some tools put before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether a text begins with the mark of UTF-16, which a redirect in `PowerShell` writes.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// The stage of reading one file, as long as the file is.
pub(crate) fn stage(path: &Path, progress: Progress) -> Stage {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    progress.bytes(&format!("read {name}"), length)
}

/// The text of a file, decompressed if it begins like a gzip file.
pub(super) fn open<'a>(path: &Path, stage: &'a Stage) -> Result<Box<dyn Read + 'a>, Error> {
    let failed = |error| Error::new(Place::file(path), Problem::Io(error));
    let mut file = Counted { file: File::open(path).map_err(failed)?, stage };
    let mut head = Vec::new();
    file.by_ref().take(GZIP.len() as u64).read_to_end(&mut head).map_err(failed)?;
    let compressed = head == GZIP;
    let whole = Cursor::new(head).chain(file);
    Ok(if compressed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// What a failed read means.
pub(super) fn problem(error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        Problem::Truncated(COMPRESSED)
    } else {
        Problem::Io(error)
    }
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
