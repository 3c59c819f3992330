//! Identifiers and the other small values that must never be confused with plain text or numbers.
//!
//! Owns what is valid and how an id is minted. The constructor is the only door: a value that
//! exists is valid. Imports nothing of ours; knows nothing of tables, files or names of people.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Namespace of every id this program mints: the version-5 id of the URL-namespace name
/// `orgfold/organizations-as-customers`, computed once and frozen, since it is part of every id.
const NAMESPACE: Uuid = Uuid::from_u128(0x51fe_f2e9_94ff_565d_9da0_693a_10db_81ba);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that was read.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare id, for hashing and for the wire.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id! {
    /// An organization that uses the platform: it has users or owns projects. The nil id stands
    /// for "no tenant" in a database without tenants.
    TenantId
}
id! {
    /// A row of `organizations`, tenant or customer.
    OrganizationId
}
id! {
    /// A row of `contacts`.
    ContactId
}
id! {
    /// A row of `projects`.
    ProjectId
}
id! {
    /// A row of `project_contact_points`.
    ContactPointId
}

impl TenantId {
    /// The tenant that an organization is.
    pub const fn of(organization: OrganizationId) -> Self {
        Self(organization.0)
    }

    /// The organization that this tenant is.
    pub const fn organization(self) -> OrganizationId {
        OrganizationId(self.0)
    }
}

impl OrganizationId {
    /// The id of the customer organization of `tenant` with the organization key `key`.
    ///
    /// `attempt` is 0; an id that is already taken by another organization is hashed again with
    /// 1, 2, … so that the answer stays a function of the data.
    pub fn mint(tenant: TenantId, key: &str, attempt: u32) -> Self {
        Self(mint("organization", &[tenant.0.as_bytes(), key.as_bytes()], attempt))
    }
}

impl ContactPointId {
    /// The id of the contact point that links `contact` to `project`.
    pub fn mint(project: ProjectId, contact: ContactId, attempt: u32) -> Self {
        Self(mint("contact_point", &[project.0.as_bytes(), contact.0.as_bytes()], attempt))
    }
}

/// Version-5 id of a kind, its parts and an attempt; every part is preceded by its length, so
/// that no two lists of parts give the same bytes.
fn mint(kind: &str, parts: &[&[u8]], attempt: u32) -> Uuid {
    let mut name = Vec::with_capacity(64);
    for part in std::iter::once(kind.as_bytes()).chain(parts.iter().copied()) {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part);
    }
    name.extend_from_slice(&attempt.to_be_bytes());
    Uuid::new_v5(&NAMESPACE, &name)
}

/// Hex digits of the hash that tells apart two organizations with one slug or one key.
pub fn suffix(tenant: TenantId, key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(tenant.0.as_bytes());
    hash.update(key.as_bytes());
    hex(&hash.finalize())
}

/// Evidence, in millibits: a thousandth of the base-2 logarithm of how much more likely the
/// observation is if two names mean one company than if they do not.
///
/// # Units
/// Integer millibits, so that a sum does not depend on the order of its terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(i32);

impl Weight {
    /// No evidence either way.
    pub const ZERO: Self = Self(0);

    /// A weight of so many millibits.
    pub const fn millibits(value: i32) -> Self {
        Self(value)
    }

    /// A weight of so many bits, rounded to the nearest millibit.
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range first")]
    pub fn bits(value: f64) -> Self {
        Self((value * 1000.0).round().clamp(-1e9, 1e9) as i32)
    }

    /// The integer that is written to files.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl std::ops::Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Weight {
    fn sum<I: Iterator<Item = Self>>(weights: I) -> Self {
        weights.fold(Self::ZERO, |sum, weight| sum + weight)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A slug: lower-case ASCII words joined by single hyphens, one to a hundred bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// Longest slug, in bytes: the width of `organizations.slug`.
    pub const MAX_BYTES: usize = 100;

    /// Accepts a text that already is a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let words_are_fine = text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        (words_are_fine && text.len() <= Self::MAX_BYTES).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps a finished sha256.
            pub const fn new(hash: [u8; 32]) -> Self {
                Self(hash)
            }

            /// The sha256 of some bytes.
            pub fn of(bytes: &[u8]) -> Self {
                Self(Sha256::digest(bytes).into())
            }

            /// The bytes of the hash.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

hash! {
    /// What some input said: the same content gives the same fingerprint, whatever its order,
    /// format or file name.
    Fingerprint
}
hash! {
    /// A plan, addressed by the hash of its manifest.
    PlanId
}

impl PlanId {
    /// Hex digits that name the directory of a plan; commands accept any prefix this long or longer.
    pub const PREFIX: usize = 12;

    /// The name of the plan's directory.
    pub fn directory(&self) -> String {
        self.to_string()[..Self::PREFIX].to_owned()
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_are_frozen() {
        let tenant: TenantId = "550e8400-e29b-41d4-a716-446655440001".parse().unwrap();
        let id = OrganizationId::mint(tenant, "toyota vietnam", 0);
        assert_eq!(id.to_string(), "d9c99522-fe21-5d33-a403-8f69b8b3993a");
        assert_ne!(id, OrganizationId::mint(tenant, "toyota vietnam", 1));
        assert_ne!(id, OrganizationId::mint(TenantId::new(Uuid::nil()), "toyota vietnam", 0));
    }

    #[test]
    fn a_slug_is_words_and_single_hyphens() {
        for good in ["a", "toyota-vietnam", "7-eleven", &"x".repeat(100)] {
            assert!(Slug::parse(good).is_some(), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "đ", "a b", &"x".repeat(101)] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn weights_add_without_overflow() {
        let big = Weight::millibits(i32::MAX);
        assert_eq!(big + big, big);
        assert_eq!(Weight::bits(-1.0005).get(), -1001);
    }
}
