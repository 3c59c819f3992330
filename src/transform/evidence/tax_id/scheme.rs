//! How countries write the numbers of companies: how long they are, and the digit by which a slip
//! shows. What is added for a branch, a tax or a year is cut off, so that one company has one number.
//!
//! # Source
//! The formats that the European Commission publishes for VAT numbers, and what the tax authorities
//! of the other countries publish of theirs.

/// The numbers of one country.
pub(super) struct Scheme {
    /// Its code, in lower case.
    pub(super) country: &'static str,
    /// What a number may begin with beside the code: `EL` for Greece.
    others: &'static [&'static str],
    /// A number without prefix: its digits, and whether they could have been given out. `None` if
    /// it is not written like one.
    read: fn(&str) -> Option<(String, bool)>,
}

impl Scheme {
    const fn new(country: &'static str, read: fn(&str) -> Option<(String, bool)>) -> Self {
        Self { country, others: &[], read }
    }

    const fn or(mut self, others: &'static [&'static str]) -> Self {
        self.others = others;
        self
    }

    /// A number in upper case without the prefix of the country, if it bears it.
    pub(super) fn without_prefix<'n>(&self, number: &'n str) -> Option<&'n str> {
        let code = self.others.iter().find_map(|prefix| number.strip_prefix(prefix));
        code.or_else(|| {
            let (code, rest) = number.split_at_checked(self.country.len())?;
            code.eq_ignore_ascii_case(self.country).then_some(rest)
        })
    }

    /// Reads a number without prefix.
    pub(super) fn read(&self, body: &str) -> Option<(String, bool)> {
        (self.read)(body)
    }
}

/// Every country whose numbers are known.
pub(super) const SCHEMES: &[Scheme] = &[
    Scheme::new("ar", |n| plain(n, 11, |d| mod_11(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))),
    Scheme::new("at", |n| plain(n.strip_prefix('U').unwrap_or(n), 8, austrian)),
    Scheme::new("au", |n| plain(n, 11, australian)),
    Scheme::new("be", |n| plain(n, 10, |d| 97 - number(&d[..8]) % 97 == number(&d[8..]))),
    Scheme::new("bg", |n| plain(n, 9, bulgarian)),
    Scheme::new("br", |n| root(plain(n, 14, brazilian), 8)),
    Scheme::new("ca", |n| plain(n.get(..9)?, 9, luhn)),
    Scheme::new("ch", |n| plain(n, 9, |d| mod_11(d, &[5, 4, 3, 2, 7, 6, 5, 4]))).or(&["CHE"]),
    Scheme::new("cl", chilean),
    Scheme::new("cn", chinese),
    Scheme::new("co", |n| plain(n, 10, colombian)),
    Scheme::new("cz", |n| plain(n, 8, |d| (11 - sum(d, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == d[7])),
    Scheme::new("de", |n| plain(n, 9, mod_11_10)),
    Scheme::new("dk", |n| plain(n, 8, |d| sum(d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))),
    Scheme::new("ee", |n| plain(n, 9, |d| sum(d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))),
    Scheme::new("es", spanish),
    Scheme::new("fi", |n| plain(n, 8, |d| mod_11(d, &[7, 9, 10, 5, 8, 4, 2]))),
    Scheme::new("fr", french),
    Scheme::new("gb", |n| root(plain(n.get(..9)?, 9, british), 9)).or(&["UK", "XI"]),
    Scheme::new("gr", |n| plain(n, 9, |d| powers_of_two(d) % 11 % 10 == d[8])).or(&["EL"]),
    Scheme::new("hr", |n| plain(n, 11, mod_11_10)),
    Scheme::new("hu", |n| {
        plain(n.get(..8)?, 8, |d| sum(d, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10))
    }),
    Scheme::new("ie", irish),
    Scheme::new("in", indian),
    Scheme::new("it", |n| plain(n, 11, luhn)),
    Scheme::new("jp", |n| plain(n.strip_prefix('T').unwrap_or(n), 13, japanese)),
    Scheme::new("kr", |n| plain(n, 10, korean)),
    Scheme::new("lu", |n| plain(n, 8, |d| number(&d[..6]) % 89 == number(&d[6..]))),
    Scheme::new("mx", mexican),
    Scheme::new("nl", |n| plain(n.split('B').next()?, 9, dutch)),
    Scheme::new("no", |n| plain(n, 9, |d| mod_11(d, &[3, 2, 7, 6, 5, 4, 3, 2]))),
    Scheme::new("pe", |n| plain(n, 11, peruvian)),
    Scheme::new("pl", |n| plain(n, 10, |d| sum(d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == d[9])),
    Scheme::new("pt", |n| plain(n, 9, |d| mod_11(d, &[9, 8, 7, 6, 5, 4, 3, 2]))),
    Scheme::new("ru", |n| {
        plain(n, 10, |d| sum(d, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == d[9])
    }),
    Scheme::new("se", |n| plain(n.get(..10)?, 10, luhn)),
    Scheme::new("sg", singaporean),
    Scheme::new("si", |n| plain(n, 8, |d| mod_11(d, &[8, 7, 6, 5, 4, 3, 2]))),
    Scheme::new("sk", |n| plain(n, 10, |d| number(d).is_multiple_of(11))),
    Scheme::new("th", |n| plain(n, 13, thai)),
    Scheme::new("tr", |n| plain(n, 10, turkish)),
    Scheme::new("tw", |n| plain(n, 8, taiwanese)),
    Scheme::new("us", |n| plain(n, 9, |d| number(&d[..2]) > 0)),
    Scheme::new("vn", vietnamese),
];

/// Zeros at the front that a spreadsheet may have lost.
const LOST_ZEROS: usize = 2;

/// A number of so many digits with a check. With zeros lost at the front it is one only if the check
/// holds.
fn plain(body: &str, length: usize, check: fn(&[u32]) -> bool) -> Option<(String, bool)> {
    if !body.bytes().all(|byte| byte.is_ascii_digit()) || body.len() > length {
        return None;
    }
    let lost = length - body.len();
    let whole = format!("{body:0>length$}");
    let is_valid = check(&values(&whole));
    (lost == 0 || lost <= LOST_ZEROS && is_valid).then_some((whole, is_valid))
}

/// The first digits, which are the company's; what follows is a branch's.
fn root(read: Option<(String, bool)>, length: usize) -> Option<(String, bool)> {
    let (mut number, is_valid) = read?;
    number.truncate(length);
    Some((number, is_valid))
}

fn values(digits: &str) -> Vec<u32> {
    digits.bytes().map(|byte| u32::from(byte) - u32::from(b'0')).collect()
}

/// Digits as a number; of the last of a long one.
fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))
}

fn sum(digits: &[u32], weights: &[u32]) -> u32 {
    std::iter::zip(digits, weights).map(|(digit, weight)| digit * weight).sum()
}

/// The last digit makes the weighted sum divisible by eleven.
fn mod_11(digits: &[u32], weights: &[u32]) -> bool {
    let check = (11 - sum(digits, weights) % 11) % 11;
    // Some countries write ten as zero.
    check % 10 == digits[weights.len()]
}

/// ISO 7064, mod 11,10.
fn mod_11_10(digits: &[u32]) -> bool {
    let (last, rest) = digits.split_last().expect("a number has digits");
    let product = rest.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        if sum == 0 { 9 } else { 2 * sum % 11 }
    });
    (11 - product) % 10 == *last
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| match at % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

fn powers_of_two(digits: &[u32]) -> u32 {
    sum(digits, &[256, 128, 64, 32, 16, 8, 4, 2])
}

fn austrian(digits: &[u32]) -> bool {
    let crossed = |digit: u32, weight: u32| digit * weight / 10 + digit * weight % 10;
    let sum: u32 =
        std::iter::zip(digits, [1, 2, 1, 2, 1, 2, 1]).map(|(&digit, by)| crossed(digit, by)).sum();
    (10 - (sum + 4) % 10) % 10 == digits[7]
}

fn australian(digits: &[u32]) -> bool {
    let weighted = sum(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digits[0] > 0 && (weighted - 10).is_multiple_of(89)
}

fn brazilian(digits: &[u32]) -> bool {
    let check = |weights: &[u32]| match sum(digits, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[12]
        && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[13]
}

fn british(digits: &[u32]) -> bool {
    let sum = sum(digits, &[8, 7, 6, 5, 4, 3, 2]) + digits[7] * 10 + digits[8];
    sum.is_multiple_of(97) || (sum + 55).is_multiple_of(97)
}

fn bulgarian(digits: &[u32]) -> bool {
    let first = sum(digits, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    let check = match first {
        10 => sum(digits, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
        other => other,
    };
    check == digits[8]
}

fn colombian(digits: &[u32]) -> bool {
    let check = match sum(digits, &[41, 37, 29, 23, 19, 17, 13, 7, 3]) % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    };
    check == digits[9]
}

fn dutch(digits: &[u32]) -> bool {
    sum(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == digits[8]
}

fn japanese(digits: &[u32]) -> bool {
    9 - sum(&digits[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9 == digits[0]
}

fn korean(digits: &[u32]) -> bool {
    let sum = sum(digits, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + digits[8] * 5 / 10;
    (10 - sum % 10) % 10 == digits[9]
}

fn peruvian(digits: &[u32]) -> bool {
    (11 - sum(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 10 == digits[10]
}

fn taiwanese(digits: &[u32]) -> bool {
    let crossed = std::iter::zip(digits, [1, 2, 1, 2, 1, 2, 4, 1]);
    let sum: u32 = crossed.map(|(digit, by)| digit * by / 10 + digit * by % 10).sum();
    sum.is_multiple_of(5) || digits[6] == 7 && (sum + 1).is_multiple_of(5)
}

fn thai(digits: &[u32]) -> bool {
    let sum = sum(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 10 == digits[12]
}

fn turkish(digits: &[u32]) -> bool {
    let part = |(at, &digit): (u32, &u32)| match (digit + 9 - at) % 10 {
        0 => 0,
        moved => match moved * (1 << (9 - at)) % 9 {
            0 => 9,
            rest => rest,
        },
    };
    let sum: u32 = (0..9).zip(digits).map(part).sum();
    (10 - sum % 10) % 10 == digits[9]
}

/// Ten digits; three more are a branch's.
fn vietnamese(body: &str) -> Option<(String, bool)> {
    let check =
        |digits: &[u32]| 10 - sum(digits, &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11 == digits[9];
    let of_branch = || {
        root(
            plain(body, 13, |digits| {
                10 - sum(digits, &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11 == digits[9]
            }),
            10,
        )
    };
    // One lost zero is what every number of Hanoi and Saigon has to lose.
    let lost = || (body.len() == 9).then(|| plain(&format!("0{body}"), 10, check)).flatten();
    plain(body, 10, check).or_else(lost).or_else(of_branch)
}

/// The number of the register; a VAT number has two characters before it, an establishment's five
/// digits behind it.
fn french(body: &str) -> Option<(String, bool)> {
    match body.len() {
        11 => {
            let (key, siren) = body.split_at_checked(2)?;
            let (siren, is_valid) = plain(siren, 9, luhn)?;
            let expected = (12 + 3 * (number(&values(&siren)) % 97)) % 97;
            let agrees = key.parse::<u64>().is_ok_and(|key| key == expected);
            let has_letter = key.bytes().any(|byte| byte.is_ascii_alphabetic());
            Some((siren, is_valid && (agrees || has_letter)))
        }
        14 => plain(body.get(..9)?, 9, luhn),
        _ => plain(body, 9, luhn),
    }
}

/// A letter, seven digits and a control; or a person's eight characters and a letter.
fn spanish(body: &str) -> Option<(String, bool)> {
    const OF_PERSON: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    const OF_COMPANY: &[u8; 10] = b"JABCDEFGHI";
    let bytes = body.as_bytes();
    let [first, middle @ .., last] = bytes else { return None };
    if body.len() != 9 || !middle.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let middle = values(std::str::from_utf8(middle).ok()?);
    let is_valid = match first {
        b'0'..=b'9' | b'X' | b'Y' | b'Z' => {
            let first = match first {
                b'X'..=b'Z' => u64::from(first - b'X'),
                digit => u64::from(digit - b'0'),
            };
            let rest = (first * 10_000_000 + number(&middle)) % 23;
            OF_PERSON[usize::try_from(rest).ok()?] == *last
        }
        _ => {
            let doubled = |(at, digit): (usize, &u32)| match at % 2 {
                0 => digit * 2 / 10 + digit * 2 % 10,
                _ => *digit,
            };
            let sum: u32 = middle.iter().enumerate().map(doubled).sum();
            let control = (10 - sum % 10) % 10;
            u32::from(*last) == control + u32::from(b'0')
                || OF_COMPANY[usize::try_from(control).ok()?] == *last
        }
    };
    Some((body.to_owned(), is_valid))
}

/// Seven digits, a letter to check them, and maybe another.
fn irish(body: &str) -> Option<(String, bool)> {
    let (digits, letters) = body.split_at_checked(7)?;
    let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
    let letters = letters.as_bytes();
    if !digits_only
        || !(1..=2).contains(&letters.len())
        || !letters.iter().all(u8::is_ascii_uppercase)
    {
        return None;
    }
    let second = letters.get(1).map_or(0, |letter| u32::from(letter - b'A' + 1));
    let rest = (sum(&values(digits), &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23;
    let expected = if rest == 0 { u32::from(b'W') } else { u32::from(b'A') + rest - 1 };
    Some((body.to_owned(), u32::from(letters[0]) == expected))
}

/// The number of the taxpayer: of a registration for one state the ten characters in its middle.
fn indian(body: &str) -> Option<(String, bool)> {
    let pan = match body.len() {
        10 => body,
        15 if body.bytes().take(2).all(|byte| byte.is_ascii_digit()) => body.get(2..12)?,
        _ => return None,
    };
    is_like(pan, "AAAAA0000A").then(|| (pan.to_owned(), true))
}

/// Three or four letters, a date, three characters.
fn mexican(body: &str) -> Option<(String, bool)> {
    let (name, rest) = body.split_at_checked(body.len().checked_sub(9)?)?;
    let is_name =
        (3..=4).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_name && rest.get(..6).is_some_and(|date| is_like(date, "000000")))
        .then(|| (body.to_owned(), true))
}

/// Eight or nine digits and a letter; or a letter, two digits of a year, two letters, four digits and
/// a letter.
fn singaporean(body: &str) -> Option<(String, bool)> {
    let shapes = ["00000000A", "000000000A", "A00AA0000A"];
    shapes.iter().any(|shape| is_like(body, shape)).then(|| (body.to_owned(), true))
}

/// Seven or eight digits and a check, which may be a K.
fn chilean(body: &str) -> Option<(String, bool)> {
    let (digits, check) = body.split_at_checked(body.len().checked_sub(1)?)?;
    if !(7..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sum: u32 =
        values(digits).iter().rev().zip([2, 3, 4, 5, 6, 7, 2, 3]).map(|(d, by)| d * by).sum();
    let expected = match 11 - sum % 11 {
        11 => "0".to_owned(),
        10 => "K".to_owned(),
        digit => digit.to_string(),
    };
    Some((body.to_owned(), check == expected))
}

/// Eighteen characters, without I, O, S, V and Z, the last of which checks the others.
fn chinese(body: &str) -> Option<(String, bool)> {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |sign: char| SIGNS.chars().position(|other| other == sign);
    let values: Vec<usize> = body.chars().map(value).collect::<Option<_>>()?;
    if values.len() != 18 {
        return None;
    }
    let mut weight = 1;
    let mut sum = 0;
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    Some((body.to_owned(), (31 - sum % 31) % 31 == values[17]))
}

/// Whether a text has letters and digits where a shape has `A` and `0`.
fn is_like(text: &str, shape: &str) -> bool {
    let fits = |(one, sign): (u8, u8)| match sign {
        b'A' => one.is_ascii_uppercase(),
        _ => one.is_ascii_digit(),
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that companies print on their invoices.
    #[test]
    fn numbers_that_were_given_out_are_valid() {
        let given = [
            ("ar", "30500010912"),
            ("at", "U14703908"),
            ("au", "51824753556"),
            ("be", "0403170701"),
            ("bg", "831902088"),
            ("br", "33000167000101"),
            ("ch", "116281710"),
            ("cl", "612190003"),
            ("cn", "91110108551385082Q"),
            ("co", "8999990681"),
            ("cz", "45274649"),
            ("de", "129273398"),
            ("dk", "24256790"),
            ("es", "A28015865"),
            ("fi", "01120389"),
            ("fr", "40303265045"),
            ("gb", "220430231"),
            ("gr", "094019245"),
            ("hr", "81793146560"),
            ("hu", "10773381"),
            ("ie", "6388047V"),
            ("in", "27AAACR5055K1Z7"),
            ("it", "00905811006"),
            ("jp", "1180301018771"),
            ("kr", "1248100998"),
            ("mx", "PEM380607AB1"),
            ("nl", "004495445B01"),
            ("no", "923609016"),
            ("pe", "20100130204"),
            ("pl", "7740001454"),
            ("pt", "503504564"),
            ("ru", "7736050003"),
            ("se", "556012579001"),
            ("sg", "197200078R"),
            ("sk", "2020273893"),
            ("tw", "22099131"),
            ("vn", "0100109106"),
        ];
        let refused = given.iter().filter(|(country, number)| {
            let scheme = SCHEMES.iter().find(|scheme| scheme.country == *country);
            let read = scheme.expect("a known country").read(number);
            !read.is_some_and(|(_, is_valid)| is_valid)
        });
        assert_eq!(refused.collect::<Vec<_>>(), [] as [&(&str, &str); 0]);
    }

    #[test]
    fn a_slip_shows() {
        for scheme in SCHEMES {
            for body in ["123456789", "12345678", "1234567890", "12345678901", "", "é", "ABCDEFGHI"]
            {
                // Whatever is typed is read without a panic.
                let _ = scheme.read(body);
            }
        }
        let check = |country: &str, number: &str| {
            let scheme = SCHEMES.iter().find(|scheme| scheme.country == country);
            assert_eq!(scheme.expect("known").read(number).map(|(_, valid)| valid), Some(false));
        };
        check("de", "129273389");
        check("it", "00905811005");
        check("vn", "0100109116");
        check("pl", "7740001455");
    }
}
