//! What people and systems do to a company's name.

use super::company::{Company, Role, Style, Word, invent, joined};
use super::countries::{COUNTRIES, Side};
use super::lists::{Lists, forms_of, title, unmarked};
use super::rng::Rng;

/// What was done to a name. In the order in which things are done: first to words, then to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Translated,
    Latin,
    FormAdded,
    FormDropped,
    FormAbbreviated,
    FormTranslated,
    FormMoved,
    Abbreviated,
    WordDropped,
    WordsSwapped,
    Acronym,
    Glued,
    Split,
    Typo,
    Digits,
    Marks,
    Punctuation,
    Case,
    Branch,
    Alias,
    Formerly,
    CareOf,
    Person,
    Note,
    Liquidation,
    Truncated,
    Mojibake,
}

/// Each kind, the word for it, and how often it is chosen: as a habit, that is for a spelling
/// that several rows of a company have, and for one row alone. Shares of what is chosen; where a
/// kind does not fit the name, another is chosen.
pub(crate) const KINDS: &[(Kind, &str, usize, usize)] = &[
    (Kind::Translated, "translated", 40, 20),
    (Kind::Latin, "romanized", 90, 40),
    (Kind::FormAdded, "form_added", 60, 15),
    (Kind::FormDropped, "form_dropped", 280, 40),
    (Kind::FormAbbreviated, "form_respelled", 150, 50),
    (Kind::FormTranslated, "form_translated", 40, 15),
    (Kind::FormMoved, "form_moved", 5, 15),
    (Kind::Abbreviated, "abbreviated", 50, 60),
    (Kind::WordDropped, "word_dropped", 25, 30),
    (Kind::WordsSwapped, "words_swapped", 0, 20),
    (Kind::Acronym, "acronym", 8, 6),
    (Kind::Glued, "glued", 5, 20),
    (Kind::Split, "split", 5, 20),
    (Kind::Typo, "typo", 5, 290),
    (Kind::Digits, "digits", 0, 15),
    (Kind::Marks, "marks_dropped", 100, 50),
    (Kind::Punctuation, "punctuation", 60, 60),
    (Kind::Case, "case", 200, 90),
    (Kind::Branch, "branch", 5, 50),
    (Kind::Alias, "alias", 2, 15),
    (Kind::Formerly, "formerly", 0, 8),
    (Kind::CareOf, "care_of", 0, 6),
    (Kind::Person, "person", 0, 15),
    (Kind::Note, "note", 0, 15),
    (Kind::Liquidation, "liquidation", 0, 6),
    (Kind::Truncated, "truncated", 10, 35),
    (Kind::Mojibake, "mojibake", 0, 4),
];

/// Widths of fields that cut names off.
const WIDTHS: &[usize] = &[20, 24, 25, 30, 30, 32, 35, 40, 40];
/// What is added for a branch.
const BRANCHES: &[&str] = &["Branch", "Plant", "Office", "Factory", "Sales Office"];
/// What is noted beside a name.
const NOTES: &[&str] = &[
    "(new)",
    "(old)",
    "- do not use",
    "(HQ)",
    "(invoice)",
    "*",
    "- Accounts Dept",
    "(VIP)",
    "- Purchasing",
    "(duplicate)",
    "/ Export Dept",
    "(see CRM)",
];
/// Given names of the people who are noted.
const GIVEN: &[&str] = &[
    "Anna", "John", "Minh", "Maria", "Peter", "Linh", "Thomas", "Priya", "Jan", "Kenji", "Laura",
    "Carlos", "Sofie", "Hung", "Robert", "Mr", "Ms", "Dr.",
];
/// How liquidation is written.
const LIQUIDATION: &[&str] =
    &["(in liquidation)", "in liquidation", "i.L.", "(en liquidation)", "(dissolved)"];

/// The set of kinds that were applied to one name.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u32);

impl Kinds {
    fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u32;
    }

    /// Whether it holds this one.
    pub(crate) fn holds(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    /// How many.
    pub(crate) fn count(self) -> usize {
        KINDS.iter().filter(|(kind, ..)| self.holds(*kind)).count()
    }

    /// Their words, with blanks between.
    pub(crate) fn words(self) -> String {
        let words = KINDS.iter().filter(|(kind, ..)| self.holds(*kind)).map(|(_, word, ..)| *word);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A name as somebody has it.
pub(crate) struct Spelling {
    /// The text.
    pub(crate) text: String,
    /// What was done to it.
    pub(crate) kinds: Kinds,
}

/// A name on its way.
struct Draft<'a> {
    lists: &'a Lists,
    company: &'a Company,
    words: Vec<Word>,
    form: Option<(String, Side)>,
    style: Style,
    kinds: Kinds,
}

/// The name of a company: as it is used to be written, or with somebody's own changes.
///
/// A company has three habits. The first is the official name in 600 of 1,000 companies, else it
/// has one change; the others have one or two. Of 1,000 rows 480 have the first, 220 the second, 80
/// the third; the rest have one to three changes of their own.
pub(crate) fn spell(
    lists: &Lists,
    company: &Company,
    which: usize,
    seed: u64,
    row: usize,
) -> Spelling {
    let mut rng = Rng::new(seed, 10, row);
    let habit = match rng.below(1000) {
        0..480 => 0,
        480..700 => 1,
        700..780 => 2,
        _ => {
            let count = [1, 1, 1, 1, 1, 1, 2, 2, 2, 3][rng.below(10)];
            return chosen(lists, company, count, |(_, _, _, weight)| *weight, &mut rng);
        }
    };
    // What a habit is depends on the company only, so that rows share it.
    let mut rng = Rng::new(seed, 11 + habit, which);
    let count = match habit {
        0 => usize::from(rng.permille(400)),
        _ => 1 + usize::from(rng.permille(250)),
    };
    chosen(lists, company, count, |(_, _, weight, _)| *weight, &mut rng)
}

fn chosen(
    lists: &Lists,
    company: &Company,
    count: usize,
    weight: fn(&(Kind, &str, usize, usize)) -> usize,
    rng: &mut Rng,
) -> Spelling {
    let mut draft = Draft {
        lists,
        company,
        words: company.recipe.words(lists, Style::Native),
        form: company.official_form().map(|(form, side)| (form.to_owned(), side)),
        style: Style::Native,
        kinds: Kinds::default(),
    };
    let mut wanted: Vec<Kind> = Vec::new();
    for _ in 0..count {
        // Another where one does not fit, but not without end.
        for _ in 0..4 {
            let kind = KINDS[rng.weighed(KINDS.iter().map(weight))].0;
            if !wanted.contains(&kind) && draft.fits(kind) {
                wanted.push(kind);
                break;
            }
        }
    }
    wanted.sort_unstable();
    for kind in wanted.iter().filter(|kind| **kind < Kind::Marks) {
        if draft.words_changed(*kind, rng) {
            draft.kinds.add(*kind);
        }
    }
    let mut text = draft.text();
    let mut kinds = draft.kinds;
    for kind in wanted.into_iter().filter(|kind| *kind >= Kind::Marks) {
        let changed = change_text(kind, &text, &draft, rng);
        if let Some(changed) = changed.filter(|changed| *changed != text) {
            text = changed;
            kinds.add(kind);
        }
    }
    Spelling { text, kinds }
}

impl Draft<'_> {
    fn text(&self) -> String {
        let name = joined(&self.words);
        let tight = |c: char| c >= '\u{3000}';
        match &self.form {
            None => name,
            Some((form, Side::Start))
                if form.starts_with(|c| tight(c) || c == '(' || c == '㈱') =>
            {
                format!("{form}{name}")
            }
            Some((form, Side::Start)) => format!("{form} {name}"),
            Some((form, Side::End)) if form.starts_with(tight) => format!("{name}{form}"),
            Some((form, Side::End)) => format!("{name} {form}"),
        }
    }

    /// Whether a kind can change this name, as far as that is quickly told.
    fn fits(&self, kind: Kind) -> bool {
        let recipe = &self.company.recipe;
        let form = self.company.form.map(|form| &COUNTRIES[recipe.country].forms[form]);
        match kind {
            Kind::Translated => recipe.is_foreign(self.lists),
            Kind::Latin => recipe.script,
            Kind::FormAdded => self.form.is_none(),
            Kind::FormDropped | Kind::FormMoved | Kind::FormAbbreviated => self.form.is_some(),
            Kind::FormTranslated => form.is_some_and(|form| !form.english.is_empty()),
            Kind::WordsSwapped | Kind::Glued | Kind::WordDropped => self.words.len() > 1,
            Kind::Acronym => self.words.len() > 2 && !recipe.script,
            Kind::Marks | Kind::Mojibake => {
                !recipe.script && self.words.iter().any(|word| !word.text.is_ascii())
            }
            _ => true,
        }
    }

    /// Changes words or form; whether it did.
    fn words_changed(&mut self, kind: Kind, rng: &mut Rng) -> bool {
        match kind {
            Kind::Translated => self.restyle(Style::English, rng),
            Kind::Latin => self.company.recipe.script && self.restyle(Style::Latin, rng),
            Kind::FormAdded
            | Kind::FormDropped
            | Kind::FormAbbreviated
            | Kind::FormTranslated
            | Kind::FormMoved => self.change_form(kind, rng),
            Kind::Abbreviated => self.abbreviate(rng),
            Kind::WordDropped => self.drop_word(rng),
            Kind::WordsSwapped => {
                self.words.len() > 1 && {
                    let at = rng.below(self.words.len() - 1);
                    self.words.swap(at, at + 1);
                    true
                }
            }
            Kind::Acronym => self.acronym(),
            Kind::Glued => {
                self.words.len() > 1 && {
                    let at = rng.below(self.words.len() - 1);
                    let next = self.words.remove(at + 1);
                    self.words[at].text.push_str(&next.text);
                    true
                }
            }
            Kind::Split => self.split(rng),
            Kind::Typo => self.typo(rng),
            Kind::Digits => self.digits(rng),
            _ => false,
        }
    }

    fn restyle(&mut self, style: Style, rng: &mut Rng) -> bool {
        let mut words = self.company.recipe.words(self.lists, style);
        if style == Style::English {
            for word in &mut words {
                word.text = unmarked(&word.text);
            }
        }
        if joined(&words) == joined(&self.words) || self.style != Style::Native {
            return false;
        }
        self.words = words;
        self.style = style;
        if self.form.as_ref().is_some_and(|(form, _)| !form.is_ascii()) {
            self.change_form(Kind::FormTranslated, rng);
        }
        true
    }

    fn change_form(&mut self, kind: Kind, rng: &mut Rng) -> bool {
        let country = &COUNTRIES[self.company.recipe.country];
        let of = self.company.form.map(|form| &country.forms[form]);
        let new = match (kind, &self.form, of) {
            (Kind::FormAdded, None, None) if self.company.listed_form.is_none() => {
                let forms = forms_of(country, self.company.recipe.script);
                let form = forms[rng.weighed(forms.iter().map(|(_, form)| form.weight))].1;
                Some((form.official.to_owned(), form.side))
            }
            (Kind::FormDropped, Some(_), _) => None,
            (Kind::FormAbbreviated, Some((form, side)), Some(of)) if form == of.official => {
                Some(((*rng.pick(of.same)).to_owned(), *side))
            }
            (Kind::FormAbbreviated, Some((form, side)), None) => {
                let Some(other) = self.lists.other_form(form, rng) else { return false };
                Some((other, *side))
            }
            (Kind::FormTranslated, Some(_), Some(of)) if !of.english.is_empty() => {
                Some(((*rng.pick(of.english)).to_owned(), Side::End))
            }
            (Kind::FormMoved, Some((form, side)), _) => {
                let side = if *side == Side::Start { Side::End } else { Side::Start };
                Some((form.clone(), side))
            }
            _ => return false,
        };
        self.form = new;
        true
    }

    fn abbreviate(&mut self, rng: &mut Rng) -> bool {
        let mut changed = false;
        for word in &mut self.words {
            if word.role == Role::Brand && !self.lists.is_trade(&word.text) {
                continue;
            }
            let Some(short) = self.lists.abbreviation(&word.text, rng) else { continue };
            let dot = if rng.permille(400) { "." } else { "" };
            word.text = format!("{}{dot}", title(short));
            changed = true;
        }
        if !changed {
            let pairs = [("and", "&"), ("&", "and"), ("und", "&"), ("et", "&"), ("y", "&")];
            for word in &mut self.words {
                if let Some((_, to)) = pairs.iter().find(|(from, _)| *from == word.text) {
                    (*to).clone_into(&mut word.text);
                    changed = true;
                }
            }
        }
        changed
    }

    /// Drops a trade, a place or a number; of a brand only one of several words.
    fn drop_word(&mut self, rng: &mut Rng) -> bool {
        let brands = self.words.iter().filter(|word| word.role == Role::Brand).count();
        let may = |(at, word): (usize, &Word)| match word.role {
            Role::Brand => (brands > 2 && at > 0).then_some(at),
            Role::Tail => None,
            _ => Some(at),
        };
        let candidates: Vec<usize> = self.words.iter().enumerate().filter_map(may).collect();
        if candidates.is_empty() || self.words.len() < 2 {
            return false;
        }
        self.words.remove(*rng.pick(&candidates));
        true
    }

    fn acronym(&mut self) -> bool {
        if self.words.len() < 3 || self.style == Style::Native && self.company.recipe.script {
            return false;
        }
        let letters = self.words.iter().filter_map(|word| word.text.chars().next());
        let text: String = letters.filter(|c| c.is_alphanumeric()).collect();
        self.words = vec![Word { text: text.to_uppercase(), role: Role::Brand }];
        true
    }

    fn split(&mut self, rng: &mut Rng) -> bool {
        let long = |word: &Word| word.text.is_ascii() && word.text.len() >= 6;
        let Some(at) = self.words.iter().position(long) else { return false };
        let cut = 3 + rng.below(self.words[at].text.len() - 5);
        self.words[at].text.insert(cut, if rng.permille(600) { ' ' } else { '-' });
        true
    }

    /// Where a letter of the name is: word and position, longer words more often.
    fn letter(&self, rng: &mut Rng) -> (usize, usize) {
        let lengths = self.words.iter().map(|word| word.text.chars().count());
        let word = rng.weighed(lengths);
        (word, rng.below(self.words[word].text.chars().count()))
    }

    fn typo(&mut self, rng: &mut Rng) -> bool {
        let (word, at) = self.letter(rng);
        let mut letters: Vec<char> = self.words[word].text.chars().collect();
        let before = letters.clone();
        let upper = letters[at].is_uppercase();
        let near = neighbour(letters[at], rng);
        let near = if upper { near.to_ascii_uppercase() } else { near };
        match rng.below(10) {
            0..2 => letters.insert(at + 1, near.to_ascii_lowercase()),
            2..5 if letters.len() > 3 => drop(letters.remove(at)),
            5..7 if at + 1 < letters.len() => letters.swap(at, at + 1),
            7..9 => letters[at] = near,
            _ => letters.insert(at + 1, before[at].to_lowercase().next().unwrap_or(before[at])),
        }
        self.words[word].text = letters.iter().collect();
        letters != before && !letters.is_empty()
    }

    /// Digits that look like letters, as a scanner reads them.
    fn digits(&mut self, rng: &mut Rng) -> bool {
        const PAIRS: &[(char, char)] =
            &[('o', '0'), ('O', '0'), ('l', '1'), ('I', '1'), ('i', '1'), ('S', '5'), ('B', '8')];
        for _ in 0..6 {
            let (word, at) = self.letter(rng);
            let mut letters: Vec<char> = self.words[word].text.chars().collect();
            if let Some((_, digit)) = PAIRS.iter().find(|(letter, _)| *letter == letters[at]) {
                letters[at] = *digit;
                self.words[word].text = letters.into_iter().collect();
                return true;
            }
        }
        false
    }
}

/// A key beside this one.
fn neighbour(letter: char, rng: &mut Rng) -> char {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let letter = letter.to_ascii_lowercase();
    for row in ROWS {
        if let Some(at) = row.find(letter) {
            let bytes = row.as_bytes();
            let right = at + 1 < bytes.len() && (at == 0 || rng.permille(500));
            return bytes[if right { at + 1 } else { at - 1 }] as char;
        }
    }
    *rng.pick(b"aeinrst") as char
}

/// The text with one thing done to it; none where it does not fit.
fn change_text(kind: Kind, text: &str, draft: &Draft<'_>, rng: &mut Rng) -> Option<String> {
    let company = draft.company;
    let country = &COUNTRIES[company.recipe.country];
    Some(match kind {
        Kind::Marks => unmarked(text),
        Kind::Punctuation => punctuate(text, rng),
        Kind::Case => match rng.below(10) {
            0..6 => text.to_uppercase(),
            6..9 => text.to_lowercase(),
            _ => title(&text.to_lowercase()),
        },
        Kind::Branch => {
            let city = draft.lists.other_place(rng.pick::<&str>(country.cities), rng);
            match rng.below(4) {
                0 => format!("{text} - {city}"),
                1 => format!("{text} ({city})"),
                2 => format!("{text}, {city} {}", rng.pick(BRANCHES)),
                _ if country.code == "VN" => format!("{text} - Chi nhánh {city}"),
                _ => format!("{text} {city}"),
            }
        }
        Kind::Alias => {
            let other = invented(draft, rng);
            format!("{text} {} {other}", rng.pick(&["d/b/a", "dba", "t/a", "trading as"]))
        }
        Kind::Formerly => {
            let other = invented(draft, rng);
            match rng.below(3) {
                0 => format!("{text} (formerly {other})"),
                1 => format!("{text} formerly {other}"),
                _ => format!("{text} (f/k/a {other})"),
            }
        }
        Kind::CareOf => format!("{text} c/o {}", invented(draft, rng)),
        Kind::Person => {
            let words = rng.pick(&draft.lists.words);
            let person = format!("{} {}", rng.pick(GIVEN), rng.pick(&words.surnames));
            match rng.below(4) {
                0 => format!("{person}, {text}"),
                1 => format!("{text} / {person}"),
                2 => format!("{text} - {person}"),
                _ => format!("{text} ({person})"),
            }
        }
        Kind::Note => format!("{text} {}", rng.pick(NOTES)),
        Kind::Liquidation => format!("{text} {}", rng.pick(LIQUIDATION)),
        Kind::Truncated => {
            let width = *rng.pick(WIDTHS);
            if text.chars().count() < width + 2 {
                return None;
            }
            text.chars().take(width).collect::<String>().trim_end().to_owned()
        }
        Kind::Mojibake => misread(text),
        _ => return None,
    })
}

/// A trade name beside the company's own.
fn invented(draft: &Draft<'_>, rng: &mut Rng) -> String {
    let words = rng.pick(&draft.lists.words);
    let (brand, latin) = invent(&words.culture.sound, rng);
    let trade = words.common.pick(rng);
    let brand = if latin.is_empty() { brand } else { latin };
    format!("{brand} {}", words.trades[trade].english)
}

fn punctuate(text: &str, rng: &mut Rng) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    match rng.below(7) {
        0 => text.replace(['.', ','], ""),
        1 => text.replace(['.', ',', '-', '&', '/'], " ").replace("  ", " "),
        2 if words.len() > 2 => {
            let at = words.len() - 1;
            format!("{}, {}", words[..at].join(" "), words[at])
        }
        3 => format!("\"{text}\""),
        4 => format!("{text}."),
        5 if words.len() > 1 => words.join("  "),
        6 if words.len() > 1 => {
            let at = 1 + rng.below(words.len() - 1);
            format!("{}-{}", words[..at].join(" "), words[at..].join(" "))
        }
        _ => format!("{text} "),
    }
}

/// UTF-8 read as Windows-1252.
fn misread(text: &str) -> String {
    const HIGH: &str = "€?‚ƒ„…†‡ˆ‰Š‹Œ?Ž??‘’“”•–—˜™š›œ?žŸ";
    let high: Vec<char> = HIGH.chars().collect();
    let read = |byte: u8| match byte {
        0x80..=0x9f => high[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    text.bytes().map(read).collect()
}
