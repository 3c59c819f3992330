//! What stands beside a name: e-mail domain, website, phone, tax id, address, city, country.
//!
//! In: the cells of contacts. Out: [`Evidence`], sets of canonical values, sorted. A value that is
//! evidence of nothing (a free mailbox, a placeholder number) is left out here, once for all.

use std::collections::BTreeSet;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::normalize::bare;

/// A few distinct values, sorted. Nearly all hold one value or none, which costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(SmallVec<[CompactString; 1]>);

impl Values {
    /// Adds a value, unless it is there.
    pub fn insert(&mut self, value: CompactString) {
        if let Err(at) = self.0.binary_search(&value) {
            self.0.insert(at, value);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(CompactString::as_str)
    }
}

/// Canonical values beside one spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Registrable domains of e-mail addresses that are not free mail.
    pub email_domains: Values,
    /// Registrable domains of websites.
    pub websites: Values,
    /// The last nine digits of phone numbers.
    pub phones: Values,
    /// Tax ids: letters and digits, upper case.
    pub tax_ids: Values,
    /// Street addresses: bare words in order, where they hold a number.
    pub addresses: Values,
    /// Cities, bare.
    pub cities: Values,
    /// Countries, bare.
    pub countries: Values,
}

/// The cells of one row that may be evidence.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cells<'a> {
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Website address.
    pub website: Option<&'a str>,
    /// Phone number.
    pub phone: Option<&'a str>,
    /// Tax or registration number.
    pub tax_id: Option<&'a str>,
    /// Street address.
    pub address: Option<&'a str>,
    /// City.
    pub city: Option<&'a str>,
    /// Country.
    pub country: Option<&'a str>,
}

impl Evidence {
    /// Adds what a row says.
    pub fn add(&mut self, cells: &Cells<'_>, free_mail: &BTreeSet<String>) {
        let add = |values: &mut Values, value: Option<String>| {
            if let Some(value) = value {
                values.insert(value.into());
            }
        };
        let domain = cells.email.and_then(email_domain);
        add(&mut self.email_domains, domain.filter(|domain| !free_mail.contains(domain)));
        let site = cells.website.and_then(website_domain);
        add(&mut self.websites, site.filter(|site| !free_mail.contains(site)));
        add(&mut self.phones, cells.phone.and_then(phone));
        add(&mut self.tax_ids, cells.tax_id.and_then(tax_id));
        add(&mut self.addresses, cells.address.and_then(address));
        add(&mut self.cities, cells.city.map(bare).filter(|text| !text.is_empty()));
        add(&mut self.countries, cells.country.map(bare).filter(|text| !text.is_empty()));
    }

    /// Adds all that another spelling of the same company says.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.email_domains, &other.email_domains),
            (&mut self.websites, &other.websites),
            (&mut self.phones, &other.phones),
            (&mut self.tax_ids, &other.tax_ids),
            (&mut self.addresses, &other.addresses),
            (&mut self.cities, &other.cities),
            (&mut self.countries, &other.countries),
        ] {
            theirs.0.iter().for_each(|value| mine.insert(value.clone()));
        }
    }
}

/// The registrable domain of an e-mail address.
pub(super) fn email_domain(address: &str) -> Option<String> {
    let (_, host) = address.trim().rsplit_once('@')?;
    registrable(host)
}

/// The registrable domain of a website, with or without a scheme.
pub(super) fn website_domain(address: &str) -> Option<String> {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    registrable(host.split(':').next()?)
}

/// The part of a host name that somebody registered: the last two labels, or three where the last
/// two are a country's public suffix such as `com.vn`.
fn registrable(host: &str) -> Option<String> {
    const SECOND_LEVEL: &[&str] = &[
        "ac", "co", "com", "edu", "go", "gov", "gob", "gouv", "ltd", "mil", "ne", "net", "nom",
        "or", "org", "plc", "sch",
    ];
    let host = host.trim().trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let fine =
        |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if labels.len() < 2 || !labels.iter().all(fine) {
        return None;
    }
    let [.., second, top] = labels[..] else { return None };
    let keep = if top.len() == 2 && SECOND_LEVEL.contains(&second) { 3 } else { 2 };
    (labels.len() >= keep).then(|| labels[labels.len() - keep..].join("."))
}

/// The last nine digits, which are the same with and without country code and trunk zero.
fn phone(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let tail = digits.len().saturating_sub(9);
    (digits.len() >= 7 && !is_filler(&digits)).then(|| digits[tail..].to_owned())
}

/// An address without what people write in many ways: points of the compass, kinds of street. One
/// without a number, or of one word, is no address of one house.
fn address(text: &str) -> Option<String> {
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
    let bare = bare(text);
    let words: Vec<&str> = bare.split(' ').filter(|word| !DRESS.contains(word)).collect();
    let has_number = words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
    (has_number && words.len() >= 2).then(|| words.join(" "))
}

fn tax_id(number: &str) -> Option<String> {
    let id: String = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let has_digits = id.bytes().filter(u8::is_ascii_digit).count() >= 4;
    (id.len() >= 5 && has_digits && !is_filler(&id)).then_some(id)
}

/// `0000000000` and the like.
fn is_filler(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_somebody_registered() {
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(email_domain(address).as_deref(), expected, "{address}");
        };
        check("buyer@Mail.Acme.example", Some("acme.example"));
        check("a@acme.com.vn", Some("acme.com.vn"));
        check("a@x.acme.co.jp", Some("acme.co.jp"));
        check("a@com.vn", None);
        check("a@localhost", None);
        check("no address", None);
        check("a@", None);
        check("a@b..c", None);
        assert_eq!(website_domain("https://www.acme.com.vn/a?b#c").as_deref(), Some("acme.com.vn"));
        assert_eq!(website_domain("acme.example:8080").as_deref(), Some("acme.example"));
        assert_eq!(website_domain("n/a"), None);
    }

    #[test]
    fn numbers_are_compared_without_dress() {
        assert_eq!(phone("+84-28-7300-1001"), phone("028 7300 1001"));
        assert_eq!(phone("000000000"), None);
        assert_eq!(phone("113"), None);
        assert_eq!(tax_id("0123 456-789"), Some("0123456789".to_owned()));
        assert_eq!(tax_id("n/a"), None);
        assert_eq!(tax_id("0000000000"), None);
    }
}
