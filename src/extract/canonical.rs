//! What typed values come to as a fingerprint, wherever they are read: from a file into a frame, or
//! from the tables of a server row by row.
//!
//! Taken column by column in key order, so that a table that is streamed needs no more memory than a
//! hash for each of its columns.

use sha2::{Digest, Sha256};

use crate::ids::Fingerprint;
use crate::schema::{Field, Kind, Table};

/// Bytes that are gathered before they are hashed.
const CHUNK: usize = 64 * 1024;

/// The values of one column on their way into a hash: of each a mark that tells NULL from all
/// others, of a text its length, and the value.
pub struct Values {
    hash: Sha256,
    bytes: Vec<u8>,
    is_filled: bool,
}

impl Values {
    /// None as yet.
    pub fn new(kind: Kind) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind.name());
        Self { hash, bytes: Vec::with_capacity(2 * CHUNK), is_filled: false }
    }

    /// Adds the next id.
    pub fn uuid(&mut self, value: Option<u128>) {
        self.marked(value.map(u128::to_be_bytes));
    }

    /// Adds the next text.
    pub fn text(&mut self, value: Option<&str>) {
        self.marked(value.map(|text| (text.len() as u64).to_be_bytes()));
        self.bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
    }

    /// Adds the next flag.
    pub fn bool(&mut self, value: Option<bool>) {
        self.marked(value.map(|value| [u8::from(value)]));
    }

    /// Adds the next time, in microseconds from 1970; the ends stand for the infinities.
    pub fn timestamp(&mut self, value: Option<i64>) {
        self.marked(value.map(i64::to_be_bytes));
    }

    fn marked<const N: usize>(&mut self, value: Option<[u8; N]>) {
        if self.bytes.len() >= CHUNK {
            self.hash.update(&self.bytes);
            self.bytes.clear();
        }
        self.is_filled |= value.is_some();
        self.bytes.push(u8::from(value.is_some()));
        self.bytes.extend_from_slice(value.as_ref().map_or(&[], <[u8; N]>::as_slice));
    }

    /// The hash of the column; `None` if all of its values are NULL.
    pub fn end(mut self) -> Option<[u8; 32]> {
        self.hash.update(&self.bytes);
        self.is_filled.then(|| self.hash.finalize().into())
    }
}

/// What the rows of a table say: the hashes of its columns, in the order of their names.
pub fn of_table(table: Table, columns: impl IntoIterator<Item = (Field, [u8; 32])>) -> Fingerprint {
    let mut columns: Vec<_> = columns.into_iter().collect();
    columns.sort_unstable_by_key(|(field, _)| *field);
    let mut hash = Sha256::new();
    hash.update(table.name());
    for (field, values) in columns {
        let name = field.name();
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update(values);
    }
    Fingerprint::new(hash.finalize().into())
}

/// What a source says that does not know the users.
pub fn unknown_users() -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(Table::Users.name());
    hash.update(b"unknown");
    Fingerprint::new(hash.finalize().into())
}
