//! Names in other scripts, written in Latin letters, so that they can be compared with names that
//! are: `Газпром` with `Gazprom`, `ソニー` with `Sony`.
//!
//! In: a word as [`Name`](super::normalize::Name) holds it. Out: one plain spelling in ASCII, the
//! one that companies use most. What people spell otherwise (`Kh` for `H`, `Ou` for `O`) is near
//! it, and near words are the matcher's business. Nothing here is kept: keys, slugs and whatever
//! else identifies loaded data are made from the name as it is spelled.
//!
//! An alphabet is read letter by letter, and loses nothing by it. A syllable or a Han character
//! stands for several letters: two names that differ in one of four characters would differ in one
//! letter of twelve. Who compares names within such a script compares what was written.
//!
//! # Source
//! Cyrillic: BGN/PCGN of 1947 without its marks, final `ий` and `ый` as `y`; words in letters of
//! Ukrainian or Belarusian by the resolution 55 of Ukraine of 2010 (г is h, и is y), those of Serbian
//! and Macedonian by their own Latin alphabet. Greek: ELOT 743, with `b` for an opening μπ and `g`
//! for an opening γκ. Hangul: Revised Romanization of 2000, with the sounds that meet assimilated,
//! without its exceptions. Kana: Hepburn of 1954 with the digraphs of loan words of 1991, long vowels
//! as short ones, and a long `i` at the end of a word as `y`. Han: pinyin without tones.

use std::borrow::Cow;

/// A script, as far as it matters how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin, digits, and whatever is not read here.
    Other,
    /// One letter, one sound.
    Cyrillic,
    /// One letter, one sound, but for some pairs.
    Greek,
    /// Hiragana and katakana: syllables.
    Kana,
    /// Syllables composed of letters.
    Hangul,
    /// Chinese characters, in whatever language.
    Han,
}

impl Script {
    /// Whether one letter stands for one sound, so that the romanized word tells as much.
    pub const fn is_alphabet(self) -> bool {
        matches!(self, Self::Cyrillic | Self::Greek)
    }
}

/// The script of a letter.
pub const fn script(letter: char) -> Script {
    match letter {
        '\u{0370}'..='\u{03ff}' => Script::Greek,
        '\u{0400}'..='\u{052f}' => Script::Cyrillic,
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30f6}' | 'ー' => Script::Kana,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '々' => Script::Han,
        _ => Script::Other,
    }
}

/// Whether a word holds a letter that stands for a syllable or more.
pub fn is_syllabic(word: &str) -> bool {
    let is_one = |c| matches!(script(c), Script::Kana | Script::Hangul | Script::Han);
    !word.is_ascii() && word.chars().any(is_one)
}

/// A word cut where its script changes: `トヨタ自動車` is `トヨタ` and `自動車`.
pub fn runs(word: &str) -> impl Iterator<Item = (Script, &str)> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = script(rest.chars().next()?);
        let end = rest.find(|c| script(c) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some((first, run))
    })
}

/// A word with its Cyrillic and Greek in Latin letters, all else as it is.
pub fn alphabets(word: &str) -> Cow<'_, str> {
    if word.is_ascii() || !word.chars().any(|c| script(c).is_alphabet()) {
        return Cow::Borrowed(word);
    }
    let read = |(script, run): (Script, _)| {
        if script.is_alphabet() { romanize(script, run) } else { Cow::Borrowed(run) }
    };
    Cow::Owned(runs(word).map(read).collect())
}

/// A run of one script in Latin letters; Han as it is, since only its language tells how it is
/// read. Never empty: what has no sound of its own, such as a lone `ь`, stays.
pub fn romanize(script: Script, run: &str) -> Cow<'_, str> {
    let read = match script {
        Script::Other | Script::Han => String::new(),
        Script::Cyrillic => cyrillic(run),
        Script::Greek => greek(run),
        Script::Kana => kana(run),
        Script::Hangul => hangul(run),
    };
    if read.is_empty() { Cow::Borrowed(run) } else { Cow::Owned(read) }
}

/// Chinese in the most common reading of each character, without tones and blanks. `None` where a
/// character has none.
pub fn pinyin(run: &str) -> Option<String> {
    let mut read = String::with_capacity(run.len() * 2);
    for c in run.chars() {
        let syllable = deunicode::deunicode_char(c).map(str::trim);
        let syllable = syllable.filter(|text| text.bytes().all(|b| b.is_ascii_alphabetic()));
        read.push_str(&syllable.filter(|text| !text.is_empty())?.to_ascii_lowercase());
    }
    Some(read)
}

fn cyrillic(run: &str) -> String {
    let is = |letters: &str| run.contains(|c| letters.contains(c));
    // Kazakh has an і as well, and a г that is g.
    let is_belarusian = is("ў");
    let is_ukrainian = is_belarusian || is("іїєґ") && !is("әғқңөұүһыэё");
    let mut read = String::with_capacity(run.len());
    let mut letters = run.chars().peekable();
    while let Some(c) = letters.next() {
        let is_end = |after: Option<&char>| after.is_none();
        if matches!(c, 'и' | 'ы') && letters.peek() == Some(&'й') {
            letters.next();
            let is_last = is_end(letters.peek());
            read.push_str(match (c, is_last) {
                (_, true) => "y",
                ('ы', _) => "yy",
                _ => "iy",
            });
            continue;
        }
        read.push_str(match c {
            'г' if is_ukrainian => "h",
            'и' if is_ukrainian => "y",
            // `ie` inside a word, `ye` at its start, as Ukraine spells it.
            'є' if read.is_empty() => "ye",
            'ї' if read.is_empty() => "yi",
            _ => cyrillic_letter(c),
        });
    }
    read
}

fn cyrillic_letter(c: char) -> &'static str {
    match c {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'ѓ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' | 'ѐ' => "e",
        'ж' | 'җ' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' | 'ѝ' => "i",
        'й' | 'ы' => "y",
        'к' | 'ќ' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' | 'ұ' | 'ү' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        'є' => "ie",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'ђ' => "dj",
        'џ' | 'ѕ' => "dz",
        'һ' => "h",
        // The hard and the soft sign, and letters of no living language of business.
        _ => "",
    }
}

fn greek(run: &str) -> String {
    let letters: Vec<char> = run.chars().collect();
    let mut read = String::with_capacity(run.len());
    let mut at = 0;
    while at < letters.len() {
        let (c, next) = (letters[at], letters.get(at + 1).copied().unwrap_or(' '));
        let pair = match (c, next) {
            ('ο', 'υ') => "ou",
            ('α' | 'ε' | 'η', 'υ') => {
                let after = letters.get(at + 2).copied().unwrap_or(' ');
                read.push_str(greek_letter(c));
                if "θκξπσςτφχψ ".contains(after) { "f" } else { "v" }
            }
            ('μ', 'π') if at == 0 => "b",
            ('γ', 'κ') if at == 0 => "g",
            ('γ', 'γ') => "ng",
            ('γ', 'ξ') => "nx",
            ('γ', 'χ') => "nch",
            _ => "",
        };
        read.push_str(if pair.is_empty() { greek_letter(c) } else { pair });
        at += if pair.is_empty() { 1 } else { 2 };
    }
    read
}

fn greek_letter(c: char) -> &'static str {
    match c {
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' => "e",
        'ζ' => "z",
        'η' | 'ι' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'υ' => "y",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => "",
    }
}

/// The letters of a Hangul syllable that begin it, in the order of Unicode.
const INITIALS: [&str; 19] = [
    "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p",
    "h",
];
const VOWELS: [&str; 21] = [
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we",
    "wi", "yu", "eu", "ui", "i",
];
/// What ends a syllable before a consonant or the end, and before a vowel.
const FINALS: [(&str, &str); 28] = [
    ("", ""),
    ("k", "g"),
    ("k", "kk"),
    ("k", "ks"),
    ("n", "n"),
    ("n", "nj"),
    ("n", "n"),
    ("t", "d"),
    ("l", "r"),
    ("k", "lg"),
    ("m", "lm"),
    ("l", "lb"),
    ("l", "ls"),
    ("l", "lt"),
    ("p", "lp"),
    ("l", "r"),
    ("m", "m"),
    ("p", "b"),
    ("p", "ps"),
    ("t", "s"),
    ("t", "ss"),
    ("ng", "ng"),
    ("t", "j"),
    ("t", "ch"),
    ("k", "k"),
    ("t", "t"),
    ("p", "p"),
    ("t", ""),
];

fn hangul(run: &str) -> String {
    let mut read = String::with_capacity(run.len());
    // What ended the syllable before.
    let mut open = ("", "");
    for c in run.chars() {
        let at = (u32::from(c).wrapping_sub(0xac00)) as usize;
        let (initial, vowel, last) = (at / 588, at / 28 % 21, at % 28);
        let (Some(&initial), Some(&vowel)) = (INITIALS.get(initial), VOWELS.get(vowel)) else {
            continue;
        };
        if initial.is_empty() {
            read.push_str(open.1);
        }
        let (end, initial) = match (open.0, initial) {
            (_, "") => ("", ""),
            ("l", "r" | "n") | ("n", "r") => ("l", "l"),
            ("k", "n" | "m") => ("ng", initial),
            ("t", "n" | "m") => ("n", initial),
            ("p", "n" | "m") => ("m", initial),
            ("k", "r") => ("ng", "n"),
            ("p", "r") => ("m", "n"),
            ("m" | "ng", "r") => (open.0, "n"),
            (end, initial) => (end, initial),
        };
        read.push_str(end);
        read.push_str(initial);
        read.push_str(vowel);
        open = FINALS[last];
    }
    read.push_str(open.0);
    read
}

fn kana(run: &str) -> String {
    let mut read = String::with_capacity(run.len());
    let mut doubled = false;
    let mut letters = run.chars().map(hiragana).peekable();
    while let Some(c) = letters.next() {
        match c {
            'っ' => doubled = true,
            'ー' => {
                // `ソニー` is Sony.
                if letters.peek().is_none() && read.len() > 3 && read.ends_with('i') {
                    read.pop();
                    read.push('y');
                }
            }
            'ゃ' | 'ゅ' | 'ょ' => {
                let vowel = ["a", "u", "o"][usize::from(c == 'ゅ') + 2 * usize::from(c == 'ょ')];
                read.pop();
                if !read.ends_with("sh") && !read.ends_with("ch") && !read.ends_with('j') {
                    read.push('y');
                }
                read.push_str(vowel);
            }
            'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' => small_vowel(c, &mut read),
            _ => {
                let syllable = syllable(c);
                if std::mem::take(&mut doubled) {
                    // Hepburn: `tch`.
                    let first = syllable.chars().next().filter(|c| !"aiueo".contains(*c));
                    read.extend(first.map(|c| if c == 'c' { 't' } else { c }));
                }
                read.push_str(syllable);
            }
        }
    }
    shorten(&read)
}

/// Katakana as hiragana, which stands 0x60 below; ヷ to ヺ do not occur in names.
fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    }
}

/// A small vowel behind a syllable takes the place of its vowel: `ファ` is fa, `ティ` is ti.
fn small_vowel(c: char, read: &mut String) {
    let vowel = match c {
        'ぁ' => 'a',
        'ぃ' => 'i',
        'ぅ' => 'u',
        'ぇ' => 'e',
        _ => 'o',
    };
    let last = read.pop();
    match (last, read.chars().next_back()) {
        // `ウェ` is we, `クァ` is kwa, `イェ` is ye; also behind another syllable.
        (Some('u'), None | Some('a' | 'e' | 'i' | 'o' | 'u' | 'k' | 'g')) => read.push('w'),
        (Some('i'), None | Some('a' | 'e' | 'i' | 'o' | 'u')) => read.push('y'),
        (Some('n'), _) => read.push('n'),
        _ => {}
    }
    read.push(vowel);
}

/// Long vowels as short ones, as companies write them: `toukyou` is tokyo.
fn shorten(read: &str) -> String {
    let letters: Vec<char> = read.chars().collect();
    let is_vowel = |c: Option<&char>| matches!(c, Some('a' | 'i' | 'u' | 'e' | 'o'));
    let mut short = String::with_capacity(read.len());
    for (at, &c) in letters.iter().enumerate() {
        let before = if at == 0 { None } else { letters.get(at - 1) };
        let is_long = match (before, c) {
            // Not in `Inoue`: the u begins another syllable.
            (Some('o'), 'u') => !is_vowel(letters.get(at + 1)),
            (Some('o'), 'o') | (Some('u'), 'u') => true,
            _ => false,
        };
        if !is_long {
            short.push(c);
        }
    }
    short
}

fn syllable(c: char) -> &'static str {
    const ROWS: [(&str, [&str; 5]); 15] = [
        ("あいうえお", ["a", "i", "u", "e", "o"]),
        ("かきくけこ", ["ka", "ki", "ku", "ke", "ko"]),
        ("さしすせそ", ["sa", "shi", "su", "se", "so"]),
        ("たちつてと", ["ta", "chi", "tsu", "te", "to"]),
        ("なにぬねの", ["na", "ni", "nu", "ne", "no"]),
        ("はひふへほ", ["ha", "hi", "fu", "he", "ho"]),
        ("まみむめも", ["ma", "mi", "mu", "me", "mo"]),
        ("らりるれろ", ["ra", "ri", "ru", "re", "ro"]),
        ("がぎぐげご", ["ga", "gi", "gu", "ge", "go"]),
        ("ざじずぜぞ", ["za", "ji", "zu", "ze", "zo"]),
        ("だぢづでど", ["da", "ji", "zu", "de", "do"]),
        ("ばびぶべぼ", ["ba", "bi", "bu", "be", "bo"]),
        ("ぱぴぷぺぽ", ["pa", "pi", "pu", "pe", "po"]),
        ("やゆよゎゔ", ["ya", "yu", "yo", "wa", "vu"]),
        ("わゐゑをん", ["wa", "i", "e", "o", "n"]),
    ];
    let find = |(row, syllables): &(&str, [&'static str; 5])| {
        row.chars().position(|other| other == c).map(|at| syllables[at])
    };
    match c {
        // `ヶ` between two names of places: Chigasaki.
        'ゕ' => "ka",
        'ゖ' => "ga",
        _ => ROWS.iter().find_map(find).unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: Script, word: &str, expected: &str) {
        assert!(word.chars().all(|c| self::script(c) == script), "{word} is of one script");
        assert_eq!(romanize(script, word), expected, "{word}");
    }

    #[test]
    fn cyrillic_is_read_as_russian_unless_its_letters_say_otherwise() {
        for (word, expected) in [
            ("нефтехим", "neftekhim"),
            ("щёлково", "shchelkovo"),
            ("невский", "nevsky"),
            ("заречный", "zarechny"),
            ("майский", "maysky"),
            ("сталь", "stal"),
            ("объект", "obekt"),
            ("юпитер", "yupiter"),
            ("цемент", "tsement"),
            ("дніпросталь", "dniprostal"),
            ("газ", "gaz"),
            ("грінгруп", "hrinhrup"),
            ("єдність", "yednist"),
            ("южноукраїнський", "yuzhnoukrainsky"),
            ("беларусьшоўк", "belarusshouk"),
            ("љубав", "ljubav"),
            ("қазгүл", "kazgul"),
        ] {
            check(Script::Cyrillic, word, expected);
        }
    }

    #[test]
    fn greek_pairs_of_letters_are_one_sound() {
        for (word, expected) in [
            ("παπαδοπουλοι", "papadopouloi"),
            ("ευρωπη", "evropi"),
            ("αυτοκινητα", "aftokinita"),
            ("ναυσ", "nafs"),
            ("μπαρμπας", "barmpas"),
            ("γκιωνης", "gionis"),
            ("αγγελος", "angelos"),
            ("σφιγξ", "sfinx"),
            ("χαλκος", "chalkos"),
            ("ψυγεια", "psygeia"),
        ] {
            check(Script::Greek, word, expected);
        }
    }

    #[test]
    fn hangul_is_read_with_the_sounds_that_meet() {
        for (word, expected) in [
            ("전자", "jeonja"),
            ("한국", "hanguk"),
            ("신라", "silla"),
            ("종로", "jongno"),
            ("독립", "dongnip"),
            ("국어", "gugeo"),
            ("값이", "gapsi"),
            ("앞마당", "ammadang"),
            ("카카오", "kakao"),
            ("롯데", "rotde"),
        ] {
            check(Script::Hangul, word, expected);
        }
    }

    #[test]
    fn kana_is_hepburn_with_short_vowels() {
        for (word, expected) in [
            ("トヨタ", "toyota"),
            ("とうきょう", "tokyo"),
            ("おおさか", "osaka"),
            ("いのうえ", "inoue"),
            ("コーポレーション", "koporeshon"),
            ("ソニー", "sony"),
            ("ティー", "ti"),
            ("ニッポン", "nippon"),
            ("マッチ", "matchi"),
            ("シャープ", "shapu"),
            ("ジョウホウ", "joho"),
            ("キャノン", "kyanon"),
            ("ファミリー", "famiry"),
            ("ヴィラ", "vira"),
            ("ウェーブ", "webu"),
            ("クォーツ", "kwotsu"),
            ("チェーン", "chen"),
            ("デュオ", "dyuo"),
            ("フュージョン", "fyujon"),
            ("シンエツ", "shinetsu"),
            ("ツチヤ", "tsuchiya"),
            ("フジ", "fuji"),
        ] {
            check(Script::Kana, word, expected);
        }
    }

    #[test]
    fn a_word_is_cut_where_its_script_changes() {
        let cut = |word| runs(word).map(|(_, run)| run).collect::<Vec<_>>();
        assert_eq!(cut("ナカムラ精機"), ["ナカムラ", "精機"]);
        assert_eq!(cut("佐々木abcーエ한글"), ["佐々木", "abc", "ーエ", "한글"]);
        assert!(cut("").is_empty());
        assert_eq!(alphabets("сталь7prom"), "stal7prom");
        assert_eq!(alphabets("müller"), "müller");
        assert_eq!(alphabets("ナカムラ"), "ナカムラ", "syllables are not an alphabet");
    }

    #[test]
    fn what_has_no_sound_stays() {
        for (script, lone) in [(Script::Cyrillic, "ь"), (Script::Kana, "ッ"), (Script::Kana, "ー")]
        {
            assert_eq!(romanize(script, lone), lone);
        }
        assert_eq!(romanize(Script::Han, "精機"), "精機");
    }

    #[test]
    fn chinese_is_read_without_tones() {
        assert_eq!(pinyin("华新").as_deref(), Some("huaxin"));
        assert_eq!(pinyin("華新").as_deref(), Some("huaxin"));
        assert_eq!(pinyin("绿源").as_deref(), Some("luyuan"));
        assert_eq!(pinyin("华\u{2fff}"), None);
    }

    #[test]
    fn every_letter_of_the_scripts_has_a_sound_or_is_silent_on_purpose() {
        for c in ('ぁ'..='ゖ').chain('ァ'..='ヶ') {
            let read = kana(&format!("か{c}か"));
            assert!(read.is_ascii() && read.len() >= 4, "{c}: {read}");
        }
        for c in ('а'..='я').chain("іїєґў".chars()) {
            assert_eq!(cyrillic_letter(c).is_empty(), matches!(c, 'ъ' | 'ь'), "{c}");
        }
        for c in "αβγδεζηθικλμνξοπρσςτυφχψω".chars() {
            assert!(!greek_letter(c).is_empty(), "{c}");
        }
        for c in '가'..='힣' {
            let read = hangul(&c.to_string());
            assert!(!read.is_empty() && read.is_ascii(), "{c}: {read}");
        }
    }
}
