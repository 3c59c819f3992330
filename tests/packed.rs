//! Dumps as people keep them: compressed, in archives, of several databases, in other encodings.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its input has failed")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use orgfold::encoding::named;
use orgfold::extract::{Error, Reading, Snapshot, Source, extract};
use orgfold::progress::Progress;
use orgfold::schema::Table;

use crate::support::case::Case;
use crate::support::tables::Tables;

fn read(path: impl Into<PathBuf>, reading: Reading) -> Result<Snapshot, Error> {
    extract(&Source { reading, ..Source::in_schema(path, "public") }, &Progress::Silent)
}

/// A file with these bytes, read.
fn read_bytes(bytes: &[u8], reading: Reading) -> Result<Snapshot, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup");
    std::fs::write(&path, bytes).unwrap();
    read(path, reading)
}

/// A zip archive with one file, its sums before or behind its content.
fn zip(name: &str, content: &[u8], is_streamed: bool) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(content).unwrap();
    let packed = packed.finish().unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let sizes = [packed.len(), content.len()].map(|size| u32::try_from(size).unwrap());
    let sums: Vec<u8> =
        [crc.sum(), sizes[0], sizes[1]].iter().flat_map(|n| n.to_le_bytes()).collect();
    let (flags, before): (u8, Vec<u8>) =
        if is_streamed { (8, vec![0; 12]) } else { (0, sums.clone()) };
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend([flags, 0, 8, 0, 0, 0, 0, 0]);
    bytes.extend(before);
    bytes.extend([u8::try_from(name.len()).unwrap(), 0, 0, 0]);
    bytes.extend(name.as_bytes());
    bytes.extend(packed);
    if is_streamed {
        bytes.extend(b"PK\x07\x08");
        bytes.extend(sums);
    }
    bytes.extend(b"PK\x01\x02 the directory, which is not read");
    bytes
}

fn packed(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(text).unwrap();
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(text).unwrap();
    vec![
        ("gzip", gzip.finish().unwrap()),
        ("zstd", zstd::encode_all(text, 1).unwrap()),
        ("xz", xz.finish().unwrap()),
        ("bzip2", bzip.finish().unwrap()),
        ("zip", zip("rows.sql", text, false)),
        ("streamed zip", zip("rows.sql", text, true)),
    ]
}

#[test]
fn a_compressed_dump_is_read_whatever_it_is_called() {
    let dump = Tables::small().copy_dump();
    let expected = read_bytes(dump.as_bytes(), Reading::default()).unwrap().fingerprints();
    for (format, bytes) in packed(dump.as_bytes()) {
        let found = read_bytes(&bytes, Reading::default()).expect(format).fingerprints();
        assert_eq!(expected, found, "{format}");
        for end in [bytes.len() / 3, bytes.len() / 2] {
            let cut = read_bytes(&bytes[..end], Reading::default());
            assert!(cut.is_err(), "{format} cut at {end}");
        }
    }
}

#[test]
fn a_zip_archive_that_is_not_read_says_why() {
    let dump = Tables::small().copy_dump();
    let whole = zip("rows.sql", dump.as_bytes(), true);
    let directory = whole.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    let two = [&whole[..directory], &whole].concat();
    let mut secret = whole.clone();
    secret[6] |= 1;
    let mut stored = whole.clone();
    stored[8] = 0;
    let mut wrong = whole.clone();
    wrong[directory - 12] ^= 1;
    for (bytes, part) in [
        (two, "several files"),
        (secret, "encrypted"),
        (stored, "not compressed by deflate"),
        (wrong, "check sum"),
    ] {
        let error = read_bytes(&bytes, Reading::default()).map(|_| ()).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_archive_of_pg_dump_says_the_same_as_its_text() {
    let case = Case::new("factory-pulse", "link").await;
    let folder = tempfile::tempdir().unwrap();
    let dump = |format: &str| {
        let path = folder.path().join(format);
        let mut command = Command::new("pg_dump");
        command
            .args(["--no-owner", "--format", format, "--file"])
            .arg(&path)
            .arg(case.database.url());
        assert!(command.status().unwrap().success(), "{format}");
        path
    };
    let plain = read(dump("plain"), Reading::default()).unwrap();
    for format in ["custom", "directory", "tar"] {
        let found = read(dump(format), Reading::default()).map_err(|e| e.to_string()).unwrap();
        assert_eq!(plain.fingerprints(), found.fingerprints(), "{format}");
    }
    let custom = std::fs::read(folder.path().join("custom")).unwrap();
    let error = read_bytes(&custom[..custom.len() / 2], Reading::default()).map(|_| ());
    assert!(error.expect_err("cut").to_string().contains("pg_restore refuses it"));
    let twice = packed(&custom).swap_remove(0).1;
    let error = read_bytes(&twice, Reading::default()).map(|_| ()).expect_err("packed twice");
    assert!(error.help().unwrap().starts_with("unpack it first"));
}

/// Two databases in one dump, as `pg_dumpall` writes them.
fn cluster(other: &str) -> String {
    let dump = Tables::small().copy_dump();
    format!(
        "--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE app;\n\n\\connect template1\n\n\
         \\connect -reuse-previous=on \"dbname='shop'\"\n\n{dump}\n\\connect shop_test\n\n{other}\n\
         --\n-- PostgreSQL database cluster dump complete\n--\n"
    )
}

#[test]
fn one_database_of_several_is_read() {
    let small = Tables::small().copy_dump();
    let expected = read_bytes(small.as_bytes(), Reading::default()).unwrap().fingerprints();
    let of = |name: &str| Reading { database: Some(name.to_owned()), ..Reading::default() };
    let empty = Tables::empty().copy_dump();
    let both = cluster(&empty);
    assert_eq!(read_bytes(both.as_bytes(), of("shop")).unwrap().fingerprints(), expected);
    assert_eq!(read_bytes(both.as_bytes(), of("shop_test")).unwrap().rows(Table::Contacts), 0);
    let alone = cluster("CREATE TABLE public.other (id int);\n");
    assert_eq!(read_bytes(alone.as_bytes(), Reading::default()).unwrap().fingerprints(), expected);
    for (text, reading, part) in [
        (&both, Reading::default(), "in several databases: shop, shop_test"),
        (&both, of("store"), "no database `store`; it has template1, shop, shop_test"),
        (&small, of("shop"), "it has none by name"),
    ] {
        let error = read_bytes(text.as_bytes(), reading).map(|_| ()).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_dump_of_another_encoding_is_read_as_it_was_named() {
    let dump = Tables::small().copy_dump();
    let name = |text: &str| {
        let at = text.find("\tcustomer\t").unwrap() + "\tcustomer\t".len();
        format!("{}Caf\u{e9} {}", &text[..at], &text[at..])
    };
    let utf8 = name(&dump);
    let expected = read_bytes(utf8.as_bytes(), Reading::default()).unwrap().fingerprints();
    let latin: Vec<u8> = utf8.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let as_said = |label: &str| Reading { encoding: named(label), ..Reading::default() };
    let ascii = utf8.replace("'UTF8'", "'SQL_ASCII'");
    assert_eq!(read_bytes(ascii.as_bytes(), Reading::default()).unwrap().fingerprints(), expected);
    let error = read_bytes(&latin, Reading::default()).map(|_| ()).expect_err("not UTF-8");
    assert!(error.help().unwrap().contains("--encoding windows-1252"));
    assert_eq!(read_bytes(&latin, as_said("latin1")).unwrap().fingerprints(), expected);
    let utf16: Vec<u8> = utf8.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [b"\xff\xfe".as_slice(), &utf16].concat();
    assert_eq!(read_bytes(&utf16, Reading::default()).unwrap().fingerprints(), expected);
}

/// A text without commas inside of quotes, so that all that are left part cells.
fn without_inner_commas(text: &str) -> String {
    let mut is_quoted = false;
    let change = |c: char| {
        is_quoted ^= c == '"';
        if is_quoted && c == ',' { '/' } else { c }
    };
    text.chars().map(change).collect()
}

/// The tables of the small story as CSV files, changed.
fn csv(change: impl Fn(&str) -> Vec<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    Tables::small().write_foreign(folder.path());
    for table in Table::ALL {
        let path = folder.path().join(format!("{table}.csv"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(&without_inner_commas(&text))).unwrap();
    }
    folder
}

#[test]
fn csv_is_read_whatever_parts_its_cells() {
    let check = |folder: &Path, reading: Reading, what: &str| {
        let expected = csv(|text| text.as_bytes().to_vec());
        let expected = read(expected.path(), Reading::default()).unwrap().fingerprints();
        let found = read(folder, reading).map_err(|error| error.to_string()).unwrap();
        assert_eq!(found.fingerprints(), expected, "{what}");
    };
    for delimiter in [';', '\t', '|'] {
        let folder = csv(|text| text.replace(',', &delimiter.to_string()).into_bytes());
        check(folder.path(), Reading::default(), &format!("{delimiter:?}"));
    }
    let folder = csv(|text| text.replace(',', "~").into_bytes());
    let reading = Reading { delimiter: Some(b'~'), ..Reading::default() };
    check(folder.path(), reading, "a named one");
    assert!(read(folder.path(), Reading::default()).is_err());
    let folder = csv(|text| {
        let units = format!("\u{feff}{text}");
        units.encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
    check(folder.path(), Reading::default(), "UTF-16");
}
