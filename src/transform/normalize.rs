//! From a raw company name to what is compared: the folded spelling, the core words, the legal
//! forms, the marks.
//!
//! In: any text. Out: a [`Name`], or `None` where the text names no company. Never drops the
//! original: the folded spelling keeps legal form and marks, so that two names that differ in
//! either stay two spellings.
//!
//! The fixed order of the pipeline:
//! 1. damage undone ([`repair`](super::repair)), NFKC, lower case, invisible characters dropped, blanks collapsed
//!    → the folded spelling
//! 2. words: `&` and `+` between words read as "and", `+` and `#` that end a word kept, apostrophes
//!    dropped, every other punctuation a boundary, single letters that follow each other joined,
//!    what stands in brackets or behind a dash remembered as such
//! 3. marks: each word without its marks, and a signature of the marks it had
//! 4. legal forms: set aside from the end of the name and of its parts, from the start, and
//!    anywhere where they are unambiguous
//! 5. an opening "the" and every "and" dropped
//!
//! # Source
//! Unicode Standard Annex 15 for the normal forms.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::legal_forms::{FormSet, LegalForms};
pub use super::words::{Part, Word, bare, beginning, fold};
use super::words::{joined, words};

/// A company name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Case and blanks folded, everything else kept: the spelling by which decisions and
    /// organization keys speak of a name. Never empty.
    pub folded: String,
    /// The words that are left when legal forms are set aside. Never empty.
    pub words: Vec<Word>,
    /// The legal forms, as an unordered set.
    pub forms: FormSet,
}

impl Name {
    /// The words without marks, joined by blanks: equal for names with equal cores.
    pub fn core(&self) -> String {
        joined(&self.words)
    }

    /// Equal for names with equal cores.
    pub fn core_hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        for word in &self.words {
            hasher.write(word.text.as_bytes());
            hasher.write_u8(b' ');
        }
        hasher.finish()
    }

    /// Whether two names have equal cores.
    pub fn has_core_of(&self, other: &Self) -> bool {
        self.words.len() == other.words.len()
            && std::iter::zip(&self.words, &other.words).all(|(a, b)| a.text == b.text)
    }

    /// Whether two names with one core could be one name: no word is another by its marks. Only
    /// Vietnamese tells words by them: `Cà` and `Cá` are two, `COMPAÑIA` and `COMPAÑÍA` one. A word
    /// without marks may be any, but not in a name whose other words have theirs.
    pub fn marks_agree(&self, other: &Self) -> bool {
        let has_marks = |name: &Self| name.words.iter().any(Word::is_told_by_marks);
        std::iter::zip(&self.words, &other.words).all(|(a, b)| {
            if a.marks == b.marks {
                return true;
            }
            match (a.marks.is_empty(), b.marks.is_empty()) {
                (true, _) => !(b.is_told_by_marks() && has_marks(self)),
                (_, true) => !(a.is_told_by_marks() && has_marks(other)),
                _ => !(a.is_told_by_marks() && b.is_told_by_marks()),
            }
        })
    }
}

/// Takes a name apart.
///
/// `None` if the text has no word at all: empty, blanks, punctuation.
pub fn normalize(raw: &str, forms: &LegalForms) -> Option<Name> {
    let folded = fold(raw);
    let mut words = words(&folded);
    if words.is_empty() {
        return None;
    }
    let found = forms.take(&mut words);
    drop_particles(&mut words);
    Some(Name { folded, words, forms: found })
}

/// Takes a name apart, unless it has nothing of its own: its [`bare`] text is one that names nothing,
/// or nothing but legal forms and `and` is left of it.
pub fn normalize_unless(
    raw: &str,
    forms: &LegalForms,
    names_nothing: impl Fn(&str) -> bool,
) -> Option<Name> {
    let folded = fold(raw);
    let mut words = words(&folded);
    if words.is_empty() || names_nothing(&joined(&words)) {
        return None;
    }
    // `Pty Ltd`, but not `SAS`, which is a company as well.
    if words.len() > 1 && forms.is_form(&words) {
        return None;
    }
    let found = forms.take(&mut words);
    drop_particles(&mut words);
    // `(Pty) Ltd` leaves `pty`, and `& Co.` leaves `and`.
    let is_rest = |bare: &str| {
        bare == "and" || !found.is_empty() && forms.is_form(&words) && names_nothing(bare)
    };
    if is_rest(&joined(&words)) {
        return None;
    }
    Some(Name { folded, words, forms: found })
}

fn drop_particles(words: &mut Vec<Word>) {
    let meaning = words.iter().filter(|word| word.text != "and").count();
    if meaning > 0 && meaning < words.len() {
        words.retain(|word| word.text != "and");
    }
    if words.len() > 1 && words[0].text == "the" {
        words.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::legal_forms::LegalForm;

    fn forms() -> LegalForms {
        let rows: Vec<LegalForm> = [
            ("co ltd", "co ltd", "private limited", "VN JP", "end"),
            ("cong ty tnhh", "co ltd", "private limited", "VN", "start"),
            ("cong ty co phan", "jsc", "joint stock", "VN", "start"),
            ("jsc", "jsc", "joint stock", "VN", "end"),
            ("gmbh", "gmbh", "private limited", "DE", "end any"),
            ("ag", "ag", "public limited", "DE", "end"),
            ("sa", "sa", "public limited", "FR", "end"),
            ("co", "co", "company", "", "end"),
            ("company", "co", "company", "", "end"),
            ("inc", "inc", "corporation", "US", "end"),
            ("holdings", "holding", "holding", "", "end"),
            ("株式会社", "kk", "joint stock", "JP", "start end"),
            ("株", "kk", "joint stock", "JP", "start end"),
        ]
        .iter()
        .map(|(form, normalized, kind, countries, position)| LegalForm {
            form: (*form).to_owned(),
            normalized: (*normalized).to_owned(),
            kind: (*kind).to_owned(),
            countries: countries.split_whitespace().map(str::to_owned).collect(),
            position: (*position).to_owned(),
        })
        .collect();
        LegalForms::new(&rows)
    }

    fn name(raw: &str) -> Name {
        normalize(raw, &forms()).unwrap()
    }

    #[track_caller]
    fn core(raw: &str, expected: &str) {
        assert_eq!(name(raw).core(), expected, "{raw}");
    }

    #[test]
    fn the_core_is_free_of_case_marks_punctuation_and_legal_form() {
        core("  TOYOTA   Vietnam\u{a0}", "toyota vietnam");
        core("Toyota Vietnam Co., Ltd.", "toyota vietnam");
        core("Công ty TNHH Cơ khí Đông Á", "co khi dong a");
        core("Co\u{302}ng ty TNHH Co\u{31b} khi\u{301} Đo\u{302}ng A\u{301}", "co khi dong a");
        core("Müller & Söhne GmbH", "muller sohne");
        core("Smith & Co", "smith");
        core("L'Oréal S.A.", "loreal");
        core("Renault S A", "renault");
        core("株式会社日立", "日立");
        core("日立株式会社", "日立");
        core("㈱日立", "日立");
        core("ガス", "ガス");
        core("삼성전자", "삼성전자");
        core("The Acme Company", "acme");
        core("Acme Holdings Inc.", "acme holdings");
        core("Booking.com Inc", "booking com");
        core("I.B.M.", "ibm");
        core("AT&T", "at t");
        core("Straße 7", "strasse 7");
    }

    #[test]
    fn a_name_never_loses_its_last_word() {
        core("Company", "company");
        core("Co., Ltd.", "co ltd");
        core("The", "the");
        core("&", "and");
        assert!(normalize(" - ", &forms()).is_none());
        assert!(normalize("\u{200b}\u{feff}", &forms()).is_none());
    }

    #[test]
    fn the_folded_spelling_keeps_form_and_marks() {
        assert_eq!(name("Cà  Phê\tTNHH").folded, "cà phê tnhh");
        assert_eq!(name("Ca\u{300} Phe\u{302}").folded, name("CÀ PHÊ").folded);
        assert_ne!(name("Cà Phê").folded, name("Ca Phe").folded);
    }

    #[test]
    fn marks_contradict_where_the_language_tells_words_by_them() {
        let agree = |a: &str, b: &str| name(a).marks_agree(&name(b));
        assert!(!agree("Cà Phê", "Cá Phế"));
        assert!(agree("Cà Phê", "Ca Phe"));
        assert!(agree("Nhà Hòa", "Nhà Hoà"), "two places for one tone");
        assert!(!agree("Hồng", "Hông"));
        assert!(!agree("Công ty TNHH Hoàng Oanh", "Công ty TNHH Hoàng Oánh"));
        assert!(agree("Công ty TNHH Hoang Oanh", "Công ty TNHH Hoàng Oánh"));
        assert!(agree("COMPAÑIA MINERA", "COMPAÑÍA MINERA"));
        assert!(agree("Müller", "Muller"));
        assert!(agree("Société Génerale", "Societé Générale"));
        assert!(agree("Perchè", "Perché"));
    }

    #[test]
    fn legal_forms_contradict_by_kind_and_country() {
        let forms = forms();
        let agree = |a: &str, b: &str| forms.agree(&name(a).forms, &name(b).forms);
        assert!(!agree("X GmbH", "X AG"));
        assert!(!agree("X GmbH", "X Co., Ltd."));
        assert!(agree("Công ty TNHH X", "X Co., Ltd."));
        assert!(agree("X GmbH", "X"));
        assert!(agree("X GmbH", "X Company"));
        assert!(agree("Công ty Cổ phần X", "X JSC"));
        assert!(!agree("X Inc.", "X JSC"));
    }
}
