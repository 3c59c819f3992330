//! Compressed files, told by their first bytes and undone while they are read.

use std::io::{self, BufReader, Read};

use flate2::CrcReader;
use flate2::bufread::DeflateDecoder;
use flate2::read::MultiGzDecoder;

use super::error::Problem;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
}

/// The first bytes of each.
const MARKS: [(&[u8], Packing); 5] = [
    (b"\x1f\x8b", Packing::Gzip),
    (b"\x28\xb5\x2f\xfd", Packing::Zstd),
    (b"\xfd7zXZ\0", Packing::Xz),
    (b"BZh", Packing::Bzip2),
    (b"PK\x03\x04", Packing::Zip),
];

impl Packing {
    /// What the first bytes of a file tell.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, packing)| *packing)
    }

    /// What is in a file of this kind.
    pub(super) fn undo<'a>(self, input: Box<dyn Read + 'a>) -> Result<Box<dyn Read + 'a>, Problem> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(input)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(input).map_err(Problem::Io)?),
            Self::Xz => Box::new(lzma_rust2::XzReader::new(input, true)),
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
            Self::Zip => Box::new(Entry::open(input)?),
        })
    }
}

/// The only file of a zip archive, read without its directory, which stands at the end.
struct Entry<R: Read> {
    content: CrcReader<DeflateDecoder<BufReader<R>>>,
    /// The check sum; `None` if it stands behind the content.
    sum: Option<u32>,
    is_checked: bool,
}

/// The mark of a local header, and that of the sums behind a content.
const HEADER: u32 = 0x0403_4b50;
const SUMS: u32 = 0x0807_4b50;

/// Bits of a local header: the content is encrypted, its sums stand behind it.
const ENCRYPTED: u16 = 1;
const SUMS_BEHIND: u16 = 1 << 3;

/// How the first file of a spreadsheet is called, which is a zip archive too.
const SPREADSHEET: &[u8] = b"[Content_T";

/// The only way of compression that is read, which all tools use by default.
const DEFLATE: u16 = 8;

impl<R: Read> Entry<R> {
    fn open(input: R) -> Result<Self, Problem> {
        let mut input = BufReader::new(input);
        let mut head = [0; 30];
        input.read_exact(&mut head).map_err(super::input::problem)?;
        let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (flags, method) = (short(6), short(8));
        let sum = u32::from_le_bytes([head[14], head[15], head[16], head[17]]);
        let mut name = Vec::new();
        input.by_ref().take(short(26).into()).read_to_end(&mut name).map_err(Problem::Io)?;
        if name.starts_with(SPREADSHEET) {
            return Err(Problem::Spreadsheet);
        }
        if flags & ENCRYPTED != 0 {
            return Err(Problem::Zip("its content is encrypted"));
        }
        if method != DEFLATE {
            return Err(Problem::Zip("its content is not compressed by deflate"));
        }
        let passed = io::copy(&mut input.by_ref().take(short(28).into()), &mut io::sink());
        passed.map_err(super::input::problem)?;
        let sum = (flags & SUMS_BEHIND == 0).then_some(sum);
        Ok(Self { content: CrcReader::new(DeflateDecoder::new(input)), sum, is_checked: false })
    }

    /// Compares the check sum, and refuses a second file.
    fn check(&mut self) -> io::Result<()> {
        self.is_checked = true;
        let found = self.content.crc().sum();
        let input = self.content.get_mut().get_mut();
        let mut word = || {
            let mut bytes = [0; 4];
            input.read_exact(&mut bytes).map(|()| u32::from_le_bytes(bytes))
        };
        let mut next = word()?;
        let mut sum = self.sum;
        if sum.is_none() {
            sum = Some(if next == SUMS { word()? } else { next });
            // Two sizes, of four bytes each, or of eight where a file is that large.
            word()?;
            word()?;
            next = word()?;
            if next == 0 {
                word()?;
                next = word()?;
            }
        }
        if sum != Some(found) {
            return Err(io::Error::other("the check sum of the archive is another"));
        }
        if next == HEADER {
            return Err(io::Error::other("the archive holds several files; unpack it"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Entry<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        if count == 0 && !buffer.is_empty() && !self.is_checked {
            self.check()?;
        }
        Ok(count)
    }
}
