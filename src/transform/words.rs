//! The words of a text: folded, parted, without their marks.
//!
//! In: any text. Out: [`Word`]s, or the text as it is compared with lists. Knows nothing of legal
//! forms or companies.

use compact_str::CompactString;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::repair::repair;

/// A word of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without marks. Never empty.
    pub text: CompactString,
    /// The marks it carried; empty for a bare word.
    pub marks: CompactString,
    /// Where in the name it stood.
    pub part: Part,
    /// Whether a comma followed.
    pub comma: bool,
    /// Whether it was spelled by letters with blanks between them.
    pub spelled: bool,
}

/// Where in a name a word stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// In the name itself.
    #[default]
    Name,
    /// In brackets.
    Brackets,
    /// Behind the last dash with blanks around it.
    Dash,
}

impl Word {
    /// A word without marks.
    pub(super) fn bare(text: &str, part: Part) -> Self {
        let marks = CompactString::default();
        Self { text: text.into(), marks, part, comma: false, spelled: false }
    }
}

impl Word {
    /// Whether it is built like a word of Vietnamese and marked like one.
    pub(super) fn is_told_by_marks(&self) -> bool {
        let is_mark =
            |c: char| is_tone(c) || matches!(c, 'đ' | '\u{0302}' | '\u{0306}' | '\u{031b}');
        !self.marks.is_empty()
            && self.marks.chars().all(|c| c.is_ascii_lowercase() || is_mark(c))
            && is_syllable(&self.text)
    }
}

/// Whether a word without marks is built like one of Vietnamese: one syllable, of what may begin,
/// carry and end it.
fn is_syllable(text: &str) -> bool {
    const BEGINS: &[&str] = &[
        "", "b", "c", "ch", "d", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh",
        "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x",
    ];
    const CARRIES: &[&str] = &[
        "a", "ai", "ao", "au", "ay", "e", "eo", "eu", "i", "ia", "ie", "ieu", "iu", "o", "oa",
        "oai", "oao", "oay", "oe", "oeo", "oi", "oo", "u", "ua", "uay", "ue", "ui", "uo", "uoi",
        "uou", "uu", "uy", "uya", "uye", "uyu", "y", "ye", "yeu",
    ];
    const ENDS: &[&str] = &["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
    let carries = |middle: &str| {
        ENDS.iter()
            .any(|end| middle.strip_suffix(end).is_some_and(|vowels| CARRIES.contains(&vowels)))
    };
    BEGINS.iter().any(|begin| text.strip_prefix(begin).is_some_and(carries))
}

/// Damage undone, case and blanks folded: step 1, which is also how spellings in decisions are read.
pub fn fold(raw: &str) -> String {
    let raw = &*repair(raw);
    let mut folded = String::with_capacity(raw.len());
    let mut blank = false;
    if raw.is_ascii() {
        // Already in normal form.
        for byte in raw.bytes() {
            if byte.is_ascii_whitespace() || byte == 0x0b {
                blank = !folded.is_empty();
            } else if !byte.is_ascii_control() {
                if std::mem::take(&mut blank) {
                    folded.push(' ');
                }
                folded.push(char::from(byte.to_ascii_lowercase()));
            }
        }
        return folded;
    }
    // Lower case can leave the normal form (`İ`), so it is normalized once more.
    for c in raw.nfkc().flat_map(char::to_lowercase).nfkc() {
        if c.is_whitespace() {
            blank = !folded.is_empty();
        } else if !is_invisible(c) {
            if std::mem::take(&mut blank) {
                folded.push(' ');
            }
            folded.push(c);
        }
    }
    folded
}

/// Characters that have no look of their own: controls, zero-width joiners, directional marks, the
/// soft hyphen, the byte order mark.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The words of a text without marks, joined by blanks: how entries of the lists in `config/` are
/// written.
pub fn bare(raw: &str) -> String {
    joined(&words(&fold(raw)))
}

/// The first eight bytes of a text, as a number that is ordered as they are: it decides nearly all
/// comparisons when many texts are sorted.
pub fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(bytes.len());
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

/// The text of words, joined by blanks.
pub(super) fn joined(words: &[Word]) -> String {
    let length = words.iter().map(|word| word.text.len() + 1).sum();
    let mut text = String::with_capacity(length);
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The words of a folded spelling, each without its marks, and the marks that it had.
pub(super) fn words(folded: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    let mut start = None;
    let mut skip = 0;
    // The first word behind the last dash.
    let mut dash = None;
    for (at, c) in folded.char_indices() {
        if at < skip {
            continue;
        }
        let part = if depth > 0 { Part::Brackets } else { Part::Name };
        if let Some(length) = share(&folded[at..]) {
            if let Some(start) = start.take() {
                push_run(&mut words, &folded[start..at], part);
            }
            skip = at + length;
            continue;
        }
        if start.is_none()
            && let Some(marker) = marker(folded, at)
        {
            words.push(Word::bare(marker, part));
            skip = at + marker.len();
            continue;
        }
        // A mark is a part of the letter before it; NFKC leaves some decomposed.
        if is_word(c) || (start.is_some() && is_combining_mark(c)) {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            let length = signs(&folded[at..]);
            push_run(&mut words, &folded[start..at + length], part);
            if length > 0 {
                skip = at + length;
                continue;
            }
        }
        match c {
            '(' | '[' | '{' | '（' | '【' | '「' => depth += 1,
            ')' | ']' | '}' | '）' | '】' | '」' => depth = depth.saturating_sub(1),
            '&' | '+' | '＆' => push_word(&mut words, "and", part),
            ',' | ';' => {
                if let Some(word) = words.last_mut() {
                    word.comma = true;
                }
            }
            '-' | '–' | '—' if depth == 0 && is_between_blanks(folded, at, c) => {
                dash = Some(words.len());
            }
            _ => {}
        }
    }
    if let Some(start) = start {
        push_run(&mut words, &folded[start..], if depth > 0 { Part::Brackets } else { Part::Name });
    }
    if let Some(dash) = dash.filter(|&dash| dash > 0) {
        let behind = words[dash..].iter_mut().filter(|word| word.part == Part::Name);
        behind.for_each(|word| word.part = Part::Dash);
    }
    join_letters(&mut words);
    words
}

/// The length of the signs that end a word and are letters of it: `C++` and `C#` are no `C`.
fn signs(text: &str) -> usize {
    let length = text.bytes().take_while(|byte| matches!(byte, b'+' | b'#')).count();
    // `Bolt+Nut` are two words.
    if text[length..].starts_with(char::is_alphanumeric) { 0 } else { length }
}

fn is_between_blanks(text: &str, at: usize, dash: char) -> bool {
    text[..at].ends_with(' ') && text[at + dash.len_utf8()..].starts_with(' ')
}

/// The length of a share in brackets, `(12,5 %)`: it says who owns a part, not what the name is.
fn share(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('(')?;
    let end = inner.find(')')?;
    let number = inner[..end].trim().strip_suffix('%')?.trim_end();
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    is_number.then_some(end + 2)
}

/// Abbreviations with a stroke that begin another name: `c/o` is no `Co`.
fn marker(folded: &str, at: usize) -> Option<&'static str> {
    let is_free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let (before, text) = folded.split_at(at);
    ["c/o", "t/a", "d/b/a", "f/k/a", "a/k/a"].into_iter().find(|marker| {
        text.starts_with(marker)
            && is_free(before.chars().next_back())
            && is_free(text[marker.len()..].chars().next())
    })
}

/// Characters inside a run: letters, digits, dots and apostrophes.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '\'' | '’' | '‘' | '`' | '´')
}

/// A run between separators, with the signs that end it. Dots part pieces (`co.ltd` is `co ltd`),
/// but single letters are one word (`s.a.` is `sa`); apostrophes vanish.
fn push_run(words: &mut Vec<Word>, run: &str, part: Part) {
    let mut letters: Option<usize> = None;
    for piece in run.split('.') {
        let before = words.len();
        if piece.contains(['\'', '’', '‘', '`', '´']) {
            let piece: String =
                piece.chars().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)).collect();
            push_word(words, &piece, part);
        } else {
            push_word(words, piece, part);
        }
        if words.len() == before {
            continue;
        }
        letters = match letters {
            _ if !is_letter(&words[before].text) => None,
            None => Some(before),
            Some(first) => {
                let word = words.remove(before);
                words[first].text.push_str(&word.text);
                words[first].marks.push_str(&word.marks);
                letters
            }
        };
    }
}

/// Joins neighbours that are single letters: `S A`, `L L C` and `A/S` are one word each, `D.S.M. N.V.`
/// are two.
fn join_letters(words: &mut Vec<Word>) {
    let mut joined: Vec<Word> = Vec::with_capacity(words.len());
    let mut open = false;
    for word in words.drain(..) {
        let letter = is_letter(&word.text);
        match joined.last_mut() {
            Some(last) if open && letter && last.part == word.part && !last.comma => {
                last.text.push_str(&word.text);
                last.marks.push_str(&word.marks);
                last.comma = word.comma;
                last.spelled = true;
            }
            _ => joined.push(word),
        }
        open = letter;
    }
    *words = joined;
}

fn is_letter(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase()) && chars.next().is_none()
}

fn push_word(words: &mut Vec<Word>, text: &str, part: Part) {
    let word = unmark(text, part);
    if !word.text.is_empty() {
        words.push(word);
    }
}

/// Marks are stripped from Latin and Greek letters only: in kana and Hangul they make
/// another letter. The signature lists modified letters in place and tones at the end, because
/// Vietnamese puts the tone of `hòa` / `hoà` on either vowel.
fn unmark(text: &str, part: Part) -> Word {
    if text.is_ascii() {
        return Word::bare(text, part);
    }
    let mut bare = CompactString::with_capacity(text.len());
    let mut shape = String::new();
    let mut tones = String::new();
    let mut marked = false;
    for c in text.chars() {
        if let Some(replacement) = plain(c) {
            bare.push_str(replacement);
            shape.push(c);
            marked = true;
            continue;
        }
        let before = bare.len();
        let mut letter = None;
        for part in std::iter::once(c).nfd() {
            let strips = letter.is_none_or(takes_marks);
            if is_combining_mark(part) && strips {
                marked = true;
                if is_tone(part) { tones.push(part) } else { shape.push(part) }
            } else {
                letter.get_or_insert(part);
                if let Some(replacement) = plain(part) {
                    bare.push_str(replacement);
                    marked = true;
                } else {
                    bare.push(part);
                }
                shape.push(part);
            }
        }
        if letter.is_some_and(|letter| !takes_marks(letter)) {
            // Another script: keep the letter composed, as it came.
            bare.truncate(before);
            bare.push(c);
        }
    }
    let marks = if marked { CompactString::from(shape + &tones) } else { CompactString::default() };
    Word { text: bare, marks, ..Word::bare("", part) }
}

/// Letters of Latin that no normal form takes apart.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'đ' | 'ð' => "d",
        'ø' => "o",
        'ł' => "l",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        'þ' => "th",
        'ħ' => "h",
        _ => return None,
    })
}

fn takes_marks(letter: char) -> bool {
    matches!(letter, 'a'..='z' | '\u{0370}'..='\u{03ff}')
}

/// Grave, acute, tilde, hook above, dot below: the five written tones of Vietnamese.
fn is_tone(mark: char) -> bool {
    matches!(mark, '\u{0300}' | '\u{0301}' | '\u{0303}' | '\u{0309}' | '\u{0323}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_vietnamese_have_one_syllable() {
        for word in ["ca", "phe", "nghiep", "quyen", "duong", "yen", "oanh", "gi", "uyen", "thuy"] {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["bar", "societe", "compania", "perche", "muller", "cafe", "martin", ""] {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
