//! Hosts: what an e-mail address or a website tells of who stands behind it.
//!
//! A host is read down to the part that somebody registered, by the public suffix list with its
//! private part: `acme.com.vn`, `acme.github.io`. Mailboxes that anybody can have, and hosts on which
//! many companies have a page, are evidence of nobody.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Flaw, Read, Value};

/// Hosts that are evidence of nobody.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Domains of mailboxes that anybody can have, as they are registered.
    free_mail: BTreeSet<String>,
    /// Hosts on which many companies have a page; all that lies under one belongs to it.
    shared: BTreeSet<String>,
    /// The same under whatever public suffix: `amazon` for `amazon.de` and `amazon.co.jp`.
    shared_anywhere: BTreeSet<String>,
}

impl Hosts {
    /// Those of two lists; `amazon.*` in the second stands for every public suffix.
    pub fn new(free_mail: BTreeSet<String>, shared: BTreeSet<String>) -> Self {
        let mut hosts = Self { free_mail, ..Self::default() };
        for host in shared {
            match host.strip_suffix(".*") {
                Some(name) => hosts.shared_anywhere.insert(name.to_owned()),
                None => hosts.shared.insert(host),
            };
        }
        hosts
    }

    /// The registrable domain of an e-mail address.
    pub(super) fn of_email(&self, address: &str) -> Read {
        self.read(email_host(address))
    }

    /// The registrable domain of a website, with or without a scheme.
    pub(super) fn of_website(&self, address: &str) -> Read {
        self.read(website_host(address))
    }

    /// The domain that an e-mail address tells of a company, if any.
    pub fn domain_of_email(&self, address: &str) -> Option<String> {
        self.of_email(address).ok().flatten().map(|value| value.text.into())
    }

    /// The domain that a website tells of a company, if any.
    pub fn domain_of_website(&self, address: &str) -> Option<String> {
        self.of_website(address).ok().flatten().map(|value| value.text.into())
    }

    fn read(&self, host: Option<&str>) -> Read {
        let Some(host) = host.and_then(host_name) else { return Ok(None) };
        let suffix = psl::suffix_str(&host);
        let own = suffix.and_then(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'));
        let within =
            |list: &BTreeSet<String>, host: &str| ending(host).any(|end| list.contains(end));
        if within(&self.shared, &host) || own.is_some_and(|own| within(&self.shared_anywhere, own))
        {
            return Err(Flaw::SharedHost);
        }
        let domain = psl::domain_str(&host);
        let domain = domain.filter(|domain| !self.free_mail.contains(*domain));
        Ok(domain.map(Value::plain))
    }
}

fn email_host(address: &str) -> Option<&str> {
    // `Lan Tran <lan@acme.example>`; of several addresses the first.
    let address = address.split([';', ',']).next()?;
    let (_, host) = address.trim().trim_end_matches('>').rsplit_once('@')?;
    Some(host)
}

fn website_host(address: &str) -> Option<&str> {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.trim_start_matches('/').split(['/', '?', '#', ' ', ',', ';']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.split(':').next()
}

/// A host in lower case, with the letters of its language; `None` where it is no name that somebody
/// could have registered.
fn host_name(host: &str) -> Option<String> {
    let host = host.trim().trim_end_matches('.').to_lowercase();
    let is_fine = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let top = host.rsplit_once('.')?.1;
    if top.bytes().all(|byte| byte.is_ascii_digit()) || !host.split('.').all(is_fine) {
        return None;
    }
    if !host.contains("xn--") {
        return Some(host);
    }
    let labels = host.split('.').map(|label| {
        let read = label.strip_prefix("xn--").and_then(punycode);
        read.map_or(Cow::Borrowed(label), Cow::Owned)
    });
    Some(labels.collect::<Vec<_>>().join("."))
}

/// A host and all that it lies under.
fn ending(host: &str) -> impl Iterator<Item = &str> {
    let parts = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
    std::iter::once(host).chain(parts)
}

/// The letters that a label in ASCII stands for.
///
/// # Source
/// RFC 3492, decoding. A crate for it brings the whole of Unicode's tables for what is wanted here
/// of one label in a thousand.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    let (plain, coded) = label.rsplit_once('-').unwrap_or(("", label));
    let mut letters: Vec<char> = plain.chars().collect();
    let (mut code, mut at, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut rest = coded.bytes();
    while rest.len() > 0 {
        let before = at;
        let mut weight = 1_u32;
        for step in (BASE..).step_by(BASE as usize) {
            let digit = match rest.next()? {
                byte @ b'a'..=b'z' => u32::from(byte - b'a'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let threshold = step.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
        }
        let count = u32::try_from(letters.len() + 1).ok()?;
        let mut delta = if before == 0 { at / 700 } else { (at - before) / 2 };
        delta += delta / count;
        bias = 0;
        while delta > 455 {
            delta /= BASE - 1;
            bias += BASE;
        }
        bias += BASE * delta / (delta + 38);
        code = code.checked_add(at / count)?;
        at %= count;
        letters.insert(at as usize, char::from_u32(code)?);
        at += 1;
    }
    Some(letters.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let shared = ["fairplace.example", "handelsplatz.*", "www.suchen.*", "pages.example"];
        Hosts::new(list(&["freepost.example"]), list(&shared))
    }

    fn read(read: Read) -> Result<Option<String>, Flaw> {
        read.map(|value| value.map(|value| value.text.into()))
    }

    #[track_caller]
    fn email(address: &str, expected: Option<&str>) {
        let found = read(hosts().of_email(address));
        assert_eq!(found, Ok(expected.map(str::to_owned)), "{address}");
    }

    #[track_caller]
    fn website(address: &str, expected: Result<Option<&str>, Flaw>) {
        let found = read(hosts().of_website(address));
        assert_eq!(found, expected.map(|host| host.map(str::to_owned)), "{address}");
    }

    #[test]
    fn a_domain_is_what_somebody_registered() {
        email("buyer@Mail.Acme.example", Some("acme.example"));
        email("Buyer <buyer@acme.example>", Some("acme.example"));
        email("a@acme.com.vn", Some("acme.com.vn"));
        email("a@x.acme.co.uk", Some("acme.co.uk"));
        email("a@x.acme.co.jp", Some("acme.co.jp"));
        email("a@com.vn", None);
        email("a@localhost", None);
        email("a@10.0.0.1", None);
        email("no address", None);
        email("a@", None);
        email("a@b..c", None);
        email("a@freepost.example", None);
        website("https://www.acme.com.vn/a?b#c", Ok(Some("acme.com.vn")));
        website("acme.example:8080", Ok(Some("acme.example")));
        website("//acme.example/x", Ok(Some("acme.example")));
        website("n/a", Ok(None));
    }

    #[test]
    fn who_rents_under_a_registered_name_has_a_name_of_his_own() {
        website("https://norden-optik.github.io/shop", Ok(Some("norden-optik.github.io")));
        website("https://github.io", Ok(None));
        email("a@norden.uk.com", Some("norden.uk.com"));
    }

    #[test]
    fn a_host_that_many_share_is_nobodys() {
        for page in [
            "https://fairplace.example/kestrel",
            "kestrel.fairplace.example",
            "handelsplatz.de/kestrel",
            "kestrel.handelsplatz.co.uk",
            "www.suchen.com/maps",
        ] {
            website(page, Err(Flaw::SharedHost));
        }
        website("unfairplace.example", Ok(Some("unfairplace.example")));
        website("suchen.com", Ok(Some("suchen.com")));
    }

    #[test]
    fn a_domain_is_the_same_in_letters_and_in_ascii() {
        website("xn--mnchen-3ya.example", Ok(Some("münchen.example")));
        website("MÜNCHEN.example", Ok(Some("münchen.example")));
        website("xn--99999999.example", Ok(Some("xn--99999999.example")));
        assert_eq!(punycode("bcher-kva").as_deref(), Some("bücher"));
        assert_eq!(punycode("wgv71a119e").as_deref(), Some("日本語"));
        assert_eq!(punycode("99999999"), None);
    }
}
