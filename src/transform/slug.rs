//! Slugs: transliterated, never empty, unique over all tenants, and final once they are loaded.
//!
//! Owns the `slug` crate. The bare slug goes to the holder in the database, else to the
//! organization with the earliest contact; every other gets a suffix from the hash of tenant and
//! key, so that rows added later never rename an older neighbour.

use std::borrow::Cow;

use crate::ids::{Slug, TenantId, suffix};

/// Hex digits of the shortest suffix.
const SUFFIX: usize = 6;

/// The slug of a name, without regard to others.
///
/// Falls back to `organization` where nothing of the name can be written in ASCII.
pub fn bare_slug(name: &str) -> Slug {
    let text = slug::slugify(spell_signs(name));
    let text = if text.is_empty() { "organization" } else { &text };
    Slug::parse(&cut(text, Slug::MAX_BYTES)).expect("slugify gives words joined by hyphens")
}

/// Writes out the signs that end a word: `C++` is `c-plus-plus`, not the slug of `C`.
fn spell_signs(name: &str) -> Cow<'_, str> {
    if !name.contains(['+', '#']) {
        return Cow::Borrowed(name);
    }
    let mut spelled = String::with_capacity(name.len() + 12);
    for (at, c) in name.char_indices() {
        let word = match c {
            '+' => " plus ",
            '#' => " sharp ",
            _ => {
                spelled.push(c);
                continue;
            }
        };
        let (before, after) = (&name[..at], &name[at + 1..]);
        let ends = before.trim_end_matches(['+', '#']).ends_with(char::is_alphanumeric)
            && !after.trim_start_matches(['+', '#']).starts_with(char::is_alphanumeric);
        spelled.push_str(if ends { word } else { " " });
    }
    Cow::Owned(spelled)
}

/// Cuts at a word so that at most so many bytes are left; a first word that is longer is cut
/// inside.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = match text[..=most].rfind('-') {
        Some(end) if end > 0 => end,
        _ => most,
    };
    text[..end].trim_end_matches('-').to_owned()
}

/// The slug of an organization whose bare slug somebody else has: as many hex digits of the hash
/// of tenant and key as it takes.
pub fn suffixed_slug(
    bare: &Slug,
    tenant: TenantId,
    key: &str,
    is_taken: impl Fn(&Slug) -> bool,
) -> Slug {
    let hash = suffix(tenant, key);
    (SUFFIX..=hash.len())
        .map(|digits| {
            let stem = cut(bare.as_str(), Slug::MAX_BYTES - digits - 1);
            Slug::parse(&format!("{stem}-{}", &hash[..digits])).expect("words joined by hyphens")
        })
        .find(|slug| !is_taken(slug))
        .expect("no two organizations share 64 hex digits of a hash")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_get_a_slug() {
        let check = |name: &str, expected: &str| assert_eq!(bare_slug(name).as_str(), expected);
        check("Công ty TNHH Cơ khí Đông Á", "cong-ty-tnhh-co-khi-dong-a");
        check(" Toyota  Viet Nam Co., Ltd. ", "toyota-viet-nam-co-ltd");
        check("株式会社日立", "zhu-shi-hui-she-ri-li");
        check("삼성전자", "samseongjeonja");
        check("Straße & Söhne", "strasse-sohne");
        check("!!!", "organization");
        check("ООО Ромашка", "ooo-romashka");
    }

    #[test]
    fn signs_that_end_a_word_are_written_out() {
        let check = |name: &str, expected: &str| assert_eq!(bare_slug(name).as_str(), expected);
        check("C++ Training", "c-plus-plus-training");
        check("C# Training", "c-sharp-training");
        check("Grade A+", "grade-a-plus");
        check("Bolt+Nut", "bolt-nut");
        check("Bolt + Nut", "bolt-nut");
        check("Plant #3", "plant-3");
        check("+", "organization");
    }

    #[test]
    fn a_long_slug_is_cut_at_a_word() {
        let name = "Long Name ".repeat(25);
        let slug = bare_slug(&name);
        assert!(slug.as_str().len() <= 100 && slug.as_str().ends_with("name"), "{slug}");
        assert_eq!(bare_slug(&"x".repeat(222)).as_str().len(), 100);
    }

    #[test]
    fn a_suffix_grows_until_it_is_free() {
        let tenant = TenantId::new(uuid::Uuid::nil());
        let bare = bare_slug(&"y".repeat(120));
        let first = suffixed_slug(&bare, tenant, "key", |_| false);
        assert_eq!(first.as_str().len(), 100);
        let second = suffixed_slug(&bare, tenant, "key", |slug| *slug == first);
        assert_ne!(first, second);
        assert_eq!(suffixed_slug(&bare, tenant, "key", |_| false), first);
    }
}
