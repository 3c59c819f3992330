//! Text that was damaged on its way: HTML entities that nobody decoded (`Alder &amp; Sons`), and
//! UTF-8 that was read as Latin-1 or Windows-1252, once or several times (`CÃ´ng ty`).
//!
//! In: a text as it stands in a source. Out: the same text, or what it was before the damage. A
//! text is only taken for damaged where all of it can be undone and what comes out are letters
//! and signs that names are made of: `Groß–Gerau` holds two bytes of UTF-8 by accident.
//!
//! # Source
//! The Encoding Standard for Windows-1252, whose five unused bytes stand for themselves.

use std::borrow::Cow;

/// Times that damage is undone: what was exported, imported and exported again.
const MOST: usize = 3;

/// The text before the damage; the text itself where there is none.
pub fn repair(raw: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(raw);
    for _ in 0..MOST {
        let Some(before) = entities(&text) else { break };
        text = Cow::Owned(before);
    }
    match misread(&text) {
        Some(before) => Cow::Owned(before),
        None => text,
    }
}

/// Whether nobody can tell what a text was: it holds the sign for bytes that were no text.
pub fn is_lost(text: &str) -> bool {
    text.contains('\u{fffd}')
}

/// Decodes entities that end in a semicolon; `None` where there are none. Without the semicolon
/// `AT&T` and `R&D` hold entities as well.
fn entities(text: &str) -> Option<String> {
    let (_, after) = text.split_once('&')?;
    if !after.contains(';') {
        return None;
    }
    match html_escape::decode_html_entities(text) {
        Cow::Owned(decoded) if decoded != text => Some(decoded),
        _ => None,
    }
}

/// Undoes UTF-8 that was read as Windows-1252, as often as that is how the text came about.
fn misread(text: &str) -> Option<String> {
    let mut best = None;
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST {
        let Some(before) = undo(&text) else { break };
        if before.chars().all(is_plausible) {
            best = Some(before.clone());
        }
        text = Cow::Owned(before);
    }
    best
}

/// The text whose UTF-8 reads as this one in Windows-1252; `None` where there is none.
fn undo(text: &str) -> Option<String> {
    // Most texts have no byte that begins a letter.
    if !text.contains(|letter| matches!(letter, '\u{c2}'..='\u{f4}')) {
        return None;
    }
    let mut bytes: Vec<u8> = text.chars().map(byte).collect::<Option<_>>()?;
    // The byte A0 is a blank that cannot be broken, which exports and forms turn into a blank:
    // `NhÃ  mÃ¡y`.
    for at in 1..bytes.len() {
        let is_open = matches!(bytes[..at], [.., 0xc3 | 0xd0] | [.., 0xe1, 0xba]);
        if bytes[at] == b' ' && is_open {
            bytes[at] = 0xa0;
        }
    }
    let mut undone = String::with_capacity(bytes.len());
    let (mut whole, mut open) = (0, Vec::new());
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        undone.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            open.push((undone.len(), chunk.invalid().to_vec()));
            undone.push('\u{fffd}');
        }
    }
    if whole == 0 {
        return None;
    }
    for (at, bytes) in open.into_iter().rev() {
        let letter = cut_short(&bytes, &undone, at)?;
        undone.replace_range(at..at + '\u{fffd}'.len_utf8(), letter.encode_utf8(&mut [0; 4]));
    }
    Some(undone)
}

/// The letter of which the last byte is missing: one of the five that Windows-1252 does not use,
/// which most programs drop. The sign for what is lost where several letters are as likely;
/// `None` where this is no beginning of a letter.
fn cut_short(bytes: &[u8], text: &str, at: usize) -> Option<char> {
    let is_vietnamese =
        text.contains(|c| matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'Ơ' | 'Ư'));
    let is_czech = text.contains(['ř', 'ě', 'ů', 'ň', 'ť', 'Ř', 'Ě']);
    let before = text[..at].chars().next_back();
    Some(match (bytes, before) {
        ([0xc4], _) if is_vietnamese => 'Đ',
        ([0xc4], _) if is_czech => 'č',
        ([0xe1, 0xbb], Some('i' | 'y')) => 'ề',
        ([0xe1, 0xbb], Some('ư')) => 'ờ',
        ([0xc3 | 0xc4] | [0xe1, 0xbb], _) => '\u{fffd}',
        _ => return None,
    })
}

/// The byte that Windows-1252 reads as a character.
fn byte(letter: char) -> Option<u8> {
    let high = match letter {
        '€' => 0x80,
        '‚' => 0x82,
        'ƒ' => 0x83,
        '„' => 0x84,
        '…' => 0x85,
        '†' => 0x86,
        '‡' => 0x87,
        'ˆ' => 0x88,
        '‰' => 0x89,
        'Š' => 0x8a,
        '‹' => 0x8b,
        'Œ' => 0x8c,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        '˜' => 0x98,
        '™' => 0x99,
        'š' => 0x9a,
        '›' => 0x9b,
        'œ' => 0x9c,
        'ž' => 0x9e,
        'Ÿ' => 0x9f,
        // Latin-1, which Windows-1252 is but for the range above.
        _ => return u8::try_from(u32::from(letter)).ok(),
    };
    Some(high)
}

/// Characters that names are written with. Not those of scripts and signs that come out of two
/// accents or an accent beside a dash: phonetic letters, N'Ko, Syriac, controls.
fn is_plausible(letter: char) -> bool {
    matches!(letter,
        ' '..='~'
        | '\u{a0}'..='\u{17f}'
        | 'Ơ' | 'ơ' | 'Ư' | 'ư' | 'Ș' | 'ș' | 'Ț' | 'ț'
        | '\u{0300}'..='\u{0331}'
        | '\u{0370}'..='\u{052f}'
        | '\u{0530}'..='\u{058f}'
        | '\u{05d0}'..='\u{05ea}'
        | '\u{0620}'..='\u{06d3}'
        | '\u{0900}'..='\u{0dff}'
        | '\u{0e00}'..='\u{0eff}'
        | '\u{10a0}'..='\u{11ff}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}'
        | '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{218f}'
        | '\u{3000}'..='\u{33ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}'
        | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text as it looks when its UTF-8 is read as Windows-1252.
    fn damaged(text: &str) -> String {
        let read = |byte: u8| {
            let special = ('\u{80}'..='\u{2122}').find(|&c| self::byte(c) == Some(byte) && c > 'ÿ');
            special.unwrap_or(char::from(byte))
        };
        text.bytes().map(read).collect()
    }

    #[track_caller]
    fn check(damaged: &str, expected: &str) {
        assert_eq!(repair(damaged), expected);
    }

    #[test]
    fn entities_are_decoded_as_often_as_they_were_written() {
        check("Birch &amp; Daughters", "Birch & Daughters");
        check("Birch &amp;amp; Daughters", "Birch & Daughters");
        check("M&uuml;rz &#38; Tau&#x21;", "Mürz & Tau!");
        check("O&#39;Casey &quot;Best&quot;", "O'Casey \"Best\"");
        check("C&ocirc;ng ty &ETH;&ocirc;ng S&#417;n", "Công ty Ðông Sơn");
    }

    #[test]
    fn an_ampersand_is_no_entity_by_itself() {
        for name in ["AT&T", "R&D; Sales", "Gold&Silver; Ltd", "A & B", "&", "&;", "&amp", "&#;"] {
            check(name, name);
        }
    }

    #[test]
    fn text_that_was_read_in_another_encoding_is_read_again() {
        for name in [
            "Công ty TNHH Đại Phát",
            "Công ty Cổ phần Ánh Dương – Chi nhánh Hà Nội",
            "Müller & Söhne GmbH",
            "Café Société",
            "Łódź Ștefan Țară",
            "ООО Ромашка",
            "株式会社日立",
            "삼성전자",
            "Acme® “Best”",
        ] {
            let once = damaged(name);
            assert_ne!(once, name);
            check(&once, name);
            check(&damaged(&once), name);
            // Latin-1 has controls where Windows-1252 has signs.
            let latin: String = name.bytes().map(char::from).collect();
            check(&latin, name);
        }
    }

    #[test]
    fn a_blank_that_cannot_be_broken_may_have_become_one_that_can() {
        check("NhÃ  mÃ¡y", "Nhà máy");
        check("ÐžÐžÐž Ð Ð¾Ð¼Ð°ÑˆÐºÐ°", "ООО Ромашка");
    }

    #[test]
    fn what_is_whole_stays_as_it_is() {
        for name in [
            "Công ty TNHH Đại Phát",
            "Groß–Gerau Technik",
            "CAFÉ–BAR",
            "SÃO PAULO",
            "Ã",
            "Müller",
            "ÉTÉ®",
            "Pão de Açúcar",
            "日立",
            "naïve’s",
            "Île–de–France",
        ] {
            check(name, name);
        }
    }

    #[test]
    fn a_letter_that_lost_its_last_byte_is_told_by_its_neighbours() {
        // Đ, ề, ờ and č, without the byte that stands for nothing.
        let lossy =
            |name: &str| damaged(name).replace(['\u{81}', '\u{8d}', '\u{90}', '\u{9d}'], "");
        for name in ["Công ty TNHH Đại Phát", "Tiền Phong Việt", "Đường Việt", "Pečivo Ořech"]
        {
            check(&lossy(name), name);
        }
        // Á, Í or Ý.
        check(&lossy("Công ty Ánh Việt"), "Công ty \u{fffd}nh Việt");
    }

    #[test]
    fn what_is_damaged_in_part_is_left() {
        check("CÃ´ng ty Đại Phát", "CÃ´ng ty Đại Phát");
        assert!(is_lost("C\u{fffd}ng ty") && !is_lost("Công ty"));
    }
}
