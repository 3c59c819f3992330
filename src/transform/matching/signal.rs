//! The comparisons by name: one table of what can be compared, the key of its weight, the side on
//! which it counts, and what people read.
//!
//! In the order of explanations: the names first, then what stands beside them, then what stands
//! around them.

use super::Weights;

macro_rules! signals {
    ($($signal:ident $key:ident $sign:literal $name:literal)*) => {
        /// What can be compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub(super) enum Signal { $($signal),* }

        /// Number of signals.
        pub(super) const SIGNALS: usize = [$($name),*].len();

        /// What each signal is called where people read it, in the order of [`Signal`].
        pub(super) const NAMES: [&str; SIGNALS] = [$($name),*];

        /// Key, sign and place of the weight of each signal.
        const FIELDS: [(&str, f64, Field); SIGNALS] =
            [$((stringify!($key), $sign, |weights| &mut weights.$key)),*];

        impl Weights {
            /// Bits for one of each amount, with their sign, in the order of [`Signal`].
            #[expect(clippy::cast_possible_truncation, reason = "a few bits")]
            pub(super) fn signed(&self) -> [f32; SIGNALS] {
                FIELDS.map(|(_, sign, field)| (sign * *field(&mut self.clone())) as f32)
            }
        }
    };
}

/// The place of a weight.
type Field = fn(&mut Weights) -> &mut f64;

signals! {
    SharedWords     shared_words      1.0  "shared words"
    SharedTrades    shared_trades     1.0  "shared trade words"
    RarestWord      rarest_word       1.0  "rarest word"
    FirstWord       first_word        1.0  "first word"
    Letters         letters           1.0  "letters"
    Spelling        spelling          1.0  "spelling"
    FewEdits        few_edits         1.0  "few edits"
    CutOff          cut_off           1.0  "cut off"
    Initials        initials          1.0  "initials"
    OtherWords      other_words      -1.0  "other words"
    OtherTrades     other_trades     -1.0  "other trade words"
    NumbersDiffer   numbers_differ   -1.0  "numbers differ"
    PlacesDiffer    places_differ    -1.0  "places differ"
    PlaceMissing    place_missing    -1.0  "place missing"
    MarksDiffer     marks_differ     -1.0  "marks differ"
    FormsDiffer     forms_differ     -1.0  "legal form differs"
    Informal        informal          1.0  "without legal form"
    DomainEqual     domain_equal      1.0  "e-mail domain"
    DomainDiffers   domain_differs   -1.0  "e-mail domain differs"
    WebsiteEqual    website_equal     1.0  "website"
    WebsiteDiffers  website_differs  -1.0  "website differs"
    PhoneEqual      phone_equal       1.0  "phone"
    PhoneDiffers    phone_differs    -1.0  "phone differs"
    TaxIdEqual      tax_id_equal      1.0  "tax id"
    TaxIdDiffers    tax_id_differs   -1.0  "tax id differs"
    AddressEqual    address_equal     1.0  "address"
    AddressDiffers  address_differs  -1.0  "address differs"
    CityEqual       city_equal        1.0  "city"
    CityDiffers     city_differs     -1.0  "city differs"
    CountryEqual    country_equal     1.0  "country"
    CountryDiffers  country_differs  -1.0  "country differs"
    Mutual          mutual            1.0  "nearest to each other"
}

/// How much of each kind of evidence there is.
pub(super) type Amounts = [f32; SIGNALS];

/// A comparison and its weight.
#[derive(Clone, Copy, Debug)]
pub struct Fitted {
    /// What it is called in explanations.
    pub name: &'static str,
    /// Key of its weight in `[matching]`.
    pub key: &'static str,
    /// 1 if it speaks for one company, -1 if against.
    pub sign: f64,
}

/// Every comparison, in the order of the amounts.
pub fn comparisons() -> [Fitted; SIGNALS] {
    std::array::from_fn(|at| Fitted { name: NAMES[at], key: FIELDS[at].0, sign: FIELDS[at].1 })
}

impl Weights {
    /// Magnitude of the weight of a comparison.
    ///
    /// # Units
    /// Bits for an amount of 1.
    pub fn get(&self, comparison: usize) -> f64 {
        *FIELDS[comparison].2(&mut self.clone())
    }

    /// Sets the magnitude of the weight of a comparison.
    pub fn set(&mut self, comparison: usize, bits: f64) {
        *FIELDS[comparison].2(self) = bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_has_the_key_of_its_comparison() {
        for (at, comparison) in comparisons().iter().enumerate() {
            let mut weights = Weights::default();
            weights.set(at, 2.0);
            let signed = weights.signed();
            let told: Vec<usize> = (0..SIGNALS).filter(|&at| signed[at] != 0.0).collect();
            assert_eq!(told, [at], "{}", comparison.key);
            assert!((weights.get(at) - 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_contradicts_speaks_against() {
        for comparison in comparisons() {
            let against = ["differ", "other", "missing"];
            let is_against = against.iter().any(|part| comparison.key.contains(part));
            assert_eq!(comparison.sign < 0.0, is_against, "{}", comparison.key);
        }
    }
}
