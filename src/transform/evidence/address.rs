//! Addresses: which of them are one house.

use crate::transform::normalize::bare;

/// What people write in many ways: points of the compass, kinds of street.
const DRESS: &[&str] = &[
    "st",
    "street",
    "str",
    "ave",
    "avenue",
    "rd",
    "road",
    "blvd",
    "boulevard",
    "dr",
    "drive",
    "ln",
    "lane",
    "pl",
    "place",
    "ct",
    "court",
    "pkwy",
    "parkway",
    "sq",
    "square",
    "n",
    "s",
    "e",
    "w",
    "north",
    "south",
    "east",
    "west",
    "no",
    "so",
    "duong",
    "pho",
];

/// An address without its dress. One without a number, or of one word, is no address of one house.
pub(super) fn read(text: &str) -> Option<String> {
    let bare = bare(text);
    let words: Vec<&str> = bare.split(' ').filter(|word| !DRESS.contains(word)).collect();
    let has_number = words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
    (has_number && words.len() >= 2).then(|| words.join(" "))
}
