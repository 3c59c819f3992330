//! Tax ids: one number in the many ways in which people write it.
//!
//! What comes in: any text, and the country that stands beside it, if any. What goes out: the bare
//! number, without label, country prefix, separators and leading zeros, which spreadsheets lose; and
//! whether it is one that its country could have given out. A number that only fills the field is
//! none.

mod scheme;

use unicode_normalization::UnicodeNormalization as _;

use self::scheme::{SCHEMES, Scheme};
use super::number::{digits, is_filler, is_rounded, without_fraction};
use super::{Flaw, Read, Value};

/// Fewest digits of a tax id, and fewest characters.
const LEAST_DIGITS: usize = 4;
const LEAST: usize = 5;
/// Letters from which on a word without digits is no part of a number.
const WORD: usize = 4;

/// Words that people write before or behind a tax id, without marks.
const LABELS: &[&str] = &[
    "ABN", "ACN", "AFM", "ALV", "BIN", "BRN", "BTW", "CIF", "CNPJ", "CODE", "CPF", "CUI", "CUIT",
    "CVR", "DDV", "DIC", "DNI", "DPH", "EIK", "EIN", "FEIN", "GST", "GSTIN", "IBLC", "ICO", "IDNO",
    "IDNR", "IIN", "INN", "IVA", "KPP", "KRS", "KVK", "MST", "MSDN", "MVA", "MWST", "NIF", "NIP",
    "NIT", "NPWP", "NR", "NUIT", "NUM", "NUMBER", "OIB", "ORG", "ORGNR", "PAN", "PIVA", "PVM",
    "REG", "REGON", "RFC", "RSIN", "RUC", "RUT", "SIREN", "SIRET", "SST", "STNR", "TAX", "TAXID",
    "TAXNO", "TIN", "TRN", "TVA", "UEN", "UID", "UST", "USTID", "USTIDNR", "VAT", "VATID", "VATNO",
    "VKN", "YTUNNUS", "ИНН", "КПП", "НДС", "ΑΦΜ", "税号", "番号", "號碼",
];

/// What ends a label: `Tax ID`, `VAT No.`. By themselves they are countries.
const BEHIND: &[&str] = &["ID", "NO", "N"];

/// Reads a tax id, given the country that stands beside it as a code in lower case.
pub(super) fn read(text: &str, country: Option<&str>) -> Read {
    if is_rounded(text) {
        return Err(Flaw::Rounded);
    }
    let text: String = without_fraction(text).nfkc().flat_map(char::to_uppercase).collect();
    let body = body(&text);
    let digits = digits(&body);
    if digits.len() >= LEAST && is_filler(&digits) {
        return Err(Flaw::Filler);
    }
    if body.len() < LEAST || digits.len() < LEAST_DIGITS {
        return Ok(None);
    }
    let (number, is_valid) = of_country(&body, country).unwrap_or((body, false));
    let number = number.trim_start_matches('0');
    Ok(Some(Value { text: number.into(), is_valid }))
}

/// Letters and digits of the number, without its labels.
fn body(text: &str) -> String {
    let after_label = text.rsplit_once(':').map_or(text, |(_, rest)| rest);
    let has_digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let text = if has_digits(after_label) { after_label } else { text };
    // A note behind it is no part of it.
    let note = text.find(['(', ',', ';']).filter(|&at| has_digits(&text[..at]));
    let text = note.map_or(text, |at| &text[..at]);
    let tokens: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).collect();
    let is_label = |token: &str| {
        !has_digits(token) && (token.chars().count() >= WORD || LABELS.contains(&token))
    };
    let Some(first) = tokens.iter().position(|token| has_digits(token)) else {
        return String::new();
    };
    // `P. IVA`, `Tax ID`: what stands before a label goes with it.
    let label = tokens[..first].iter().rposition(|token| is_label(token));
    let start = label.map_or(0, |at| {
        let behind = tokens[at + 1..first].iter().take_while(|token| BEHIND.contains(token));
        at + 1 + behind.count()
    });
    let end = tokens[first..].iter().position(|token| is_label(token));
    let end = end.map_or(tokens.len(), |at| first + at);
    let mut body: String = tokens[start..end].concat();
    body.retain(|c| c.is_ascii_alphanumeric());
    let letters = body.bytes().take_while(u8::is_ascii_uppercase).count();
    if LABELS.contains(&&body[..letters]) {
        body.drain(..letters);
    }
    body
}

/// The number of a country, and whether it could have given it out: by the prefix that the number
/// bears, else by the country beside it.
fn of_country(body: &str, country: Option<&str>) -> Option<(String, bool)> {
    let by_prefix = SCHEMES
        .iter()
        .filter_map(|scheme| Some((scheme, scheme.read(scheme.without_prefix(body)?)?)));
    let beside = |scheme: &Scheme| country == Some(scheme.country);
    let found = by_prefix.max_by_key(|(scheme, (_, is_valid))| (*is_valid, beside(scheme)));
    found.map(|(_, read)| read).or_else(|| SCHEMES.iter().find(|scheme| beside(scheme))?.read(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, country: &str, expected: Result<Option<(&str, bool)>, Flaw>) {
        let found = read(text, Some(country).filter(|country| !country.is_empty()));
        let found =
            found.map(|value| value.map(|value| (String::from(value.text), value.is_valid)));
        let expected = expected.map(|value| value.map(|(text, valid)| (text.to_owned(), valid)));
        assert_eq!(found, expected, "{text} {country}");
    }

    #[test]
    fn one_number_has_many_dresses() {
        for text in [
            "0100109106",
            "010 010 9106",
            "100109106",
            "0100109106-001",
            "MST: 0100109106",
            "MST 0100109106",
            "MST0100109106",
            "Mã số thuế: 0100109106",
            "Tax ID 0100109106",
            "Tax code: 0100109106 (cấp năm 2005)",
            "VN0100109106",
            "０１００１０９１０６",
            "100109106.0",
        ] {
            check(text, "vn", Ok(Some(("100109106", true))));
        }
        check("GB 220 4302 31", "", Ok(Some(("220430231", true))));
        check("220430231", "gb", Ok(Some(("220430231", true))));
        check("VAT Reg. No. GB220430231", "", Ok(Some(("220430231", true))));
        check("B58818501", "es", Ok(Some(("B58818501", true))));
        check("ES-B58818501", "", Ok(Some(("B58818501", true))));
        check("CIF: B-58818501", "es", Ok(Some(("B58818501", true))));
        check("P. IVA 00743110157", "it", Ok(Some(("743110157", true))));
        check("IT00743110157", "", Ok(Some(("743110157", true))));
        check("USt-IdNr. DE136695976", "de", Ok(Some(("136695976", true))));
        check("N° TVA FR 83 404 833 048", "", Ok(Some(("404833048", true))));
        check("404 833 048 00022", "fr", Ok(Some(("404833048", true))));
        check("CHE-100.155.212 MWST", "ch", Ok(Some(("100155212", true))));
        check("NL004495445B01", "", Ok(Some(("4495445", true))));
        check("BE 0428.759.497", "", Ok(Some(("428759497", true))));
        check("428759497", "be", Ok(Some(("428759497", true))));
    }

    #[test]
    fn a_number_that_its_country_did_not_give_out_is_not_valid() {
        check("0100109107", "vn", Ok(Some(("100109107", false))));
        check("GB220430232", "gb", Ok(Some(("220430232", false))));
        // Nobody says whose number it is.
        check("220430231", "", Ok(Some(("220430231", false))));
        check("X-4711-ABC", "", Ok(Some(("X4711ABC", false))));
    }

    #[test]
    fn what_fills_a_field_is_no_tax_id() {
        for text in ["123456789", "0123456789", "1111111111", "0000000000", "1234567890", "99999"] {
            check(text, "vn", Err(Flaw::Filler));
            check(text, "", Err(Flaw::Filler));
        }
        check("1.23E+13", "de", Err(Flaw::Rounded));
        for text in ["n/a", "", "-", "123", "pending", "in progress 2024?"] {
            check(text, "", Ok(None));
        }
    }
}
