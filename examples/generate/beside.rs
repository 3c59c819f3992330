//! What stands beside a name: e-mail, phone, website, address, town, country, tax id.

use rustc_hash::FxHashSet;

use super::company::{Company, Role, invent};
use super::countries::COUNTRIES;
use super::lists::{Lists, bare, fingerprint};
use super::rng::Rng;

/// Mail providers that are used everywhere.
const MAIL: &[&str] = &["gmail.com", "gmail.com", "outlook.com", "yahoo.com", "hotmail.com"];
/// Local parts of people and offices.
const BOXES: &[&str] = &["info", "sales", "office", "contact", "purchasing", "admin"];
const GIVEN: &[&str] = &["anna", "john", "minh", "maria", "peter", "linh", "priya", "jan", "kenji"];
const STREETS: &[(&str, &[&str])] = &[
    ("DE", &["Hauptstraße", "Industriestraße", "Bahnhofstraße", "Gartenweg", "Am Hafen"]),
    ("FR", &["rue de la Gare", "avenue Victor Hugo", "rue du Port", "boulevard Voltaire"]),
    ("ES", &["Calle Mayor", "Avenida de la Industria", "Calle Real", "Paseo del Prado"]),
    ("IT", &["Via Roma", "Via Garibaldi", "Via dell'Industria", "Corso Italia"]),
    ("VN", &["Đường Lê Lợi", "Đường Nguyễn Huệ", "Đường Trần Phú", "KCN Tân Bình, Đường số"]),
    (
        "",
        &["Main Street", "Industrial Road", "Park Avenue", "Station Road", "Mill Lane", "High St"],
    ),
];

/// Gives companies their e-mail domains: 70 % have one, 12 % of these a second; of a family's
/// members 60 % share the first one's; 2 % of companies have that of a provider or incubator.
pub(crate) fn give_domains(lists: &Lists, seed: u64, companies: &mut [Company]) {
    let mut taken = FxHashSet::default();
    let hubs = 1 + companies.len() / 1000;
    for at in 0..companies.len() {
        let mut rng = Rng::new(seed, 20, at);
        let leader = companies[at].leader;
        let shared = leader != at && rng.permille(600);
        if shared && !companies[leader].domains.is_empty() {
            let domain = companies[leader].domains[0].clone();
            companies[at].domains.push(domain);
            continue;
        }
        if rng.permille(20) {
            companies[at].domains.push(hub(lists, seed, rng.below(hubs)));
            continue;
        }
        if !rng.permille(700) {
            continue;
        }
        let count = if rng.permille(120) { 2 } else { 1 };
        for _ in 0..count {
            // Who comes late takes another name, or has none.
            let free = (0..6).find_map(|_| {
                let domain = own_domain(lists, &companies[at], &mut rng)?;
                taken.insert(fingerprint(&domain)).then_some(domain)
            });
            companies[at].domains.extend(free);
        }
    }
}

/// The domain that many unrelated companies have.
fn hub(lists: &Lists, seed: u64, which: usize) -> String {
    let mut rng = Rng::new(seed, 21, which);
    let (brand, _) = invent(&lists.words[0].culture.sound, &mut rng);
    format!("{}{}.com", bare(&brand).replace(' ', ""), rng.pick(&["hub", "park", "host", "mail"]))
}

fn own_domain(lists: &Lists, company: &Company, rng: &mut Rng) -> Option<String> {
    let words = company.recipe.domain_words(lists);
    let ascii = |text: &str| bare(text).chars().filter(char::is_ascii_alphanumeric).collect();
    let of = |role: Role| -> Vec<String> {
        let words = words.iter().filter(|word| word.role == role);
        words.map(|word| ascii(&word.text)).filter(|text: &String| !text.is_empty()).collect()
    };
    let (brand, trades) = (of(Role::Brand), of(Role::Trade));
    let first = brand.first()?;
    let name = match rng.below(100) {
        0..18 if !trades.is_empty() => format!("{}{}", brand.concat(), trades[0]),
        18..24 if !trades.is_empty() => format!("{}-{}", brand.concat(), trades[0]),
        24..30 if words.len() > 2 => {
            words.iter().filter_map(|word| ascii(&word.text).chars().next()).collect()
        }
        30..36 => {
            format!("{}{}", brand.concat(), COUNTRIES[company.recipe.country].code.to_lowercase())
        }
        36..42 if first.len() > 3 => first.clone(),
        42..48 if brand.len() > 1 => brand.join("-"),
        _ => brand.concat(),
    };
    let ending = rng.pick(COUNTRIES[company.recipe.country].domains);
    (name.len() > 1).then(|| format!("{name}.{ending}"))
}

/// The cells after `name`: e-mail, phone, website, address, city, country, tax id.
pub(crate) fn cells(
    lists: &Lists,
    companies: &[Company],
    which: usize,
    seed: u64,
    row: usize,
) -> [String; 7] {
    let mut rng = Rng::new(seed, 30, row);
    let company = &companies[which];
    let country = &COUNTRIES[company.recipe.country];
    // What a company has, it has in all of its rows.
    let mut fixed = Rng::new(seed, 31, which);
    let home = *fixed.zipf(country.cities);
    let switchboard = fixed.below(90_000_000) + 10_000_000;
    // Of 1,000 companies 40 sit in a building with others.
    let house = if fixed.permille(40) { which % 500 } else { 1000 + which };
    let tax = fixed.below(900_000_000) + 100_000_000;

    let email = email(companies, which, &mut rng);
    let phone = match rng.below(100) {
        0..35 => dialled(country.dial, switchboard, &mut rng),
        35..60 => dialled(country.dial, rng.below(90_000_000) + 900_000_000, &mut rng),
        _ => String::new(),
    };
    let website = match company.domains.first() {
        Some(domain) if rng.permille(400) => {
            let start = rng.pick(&["www.", "https://www.", "http://www.", "https://", ""]);
            format!("{start}{domain}{}", if start.starts_with('h') { "/" } else { "" })
        }
        _ => String::new(),
    };
    let address = if rng.permille(350) {
        address(country.code, house, seed, &mut rng)
    } else {
        String::new()
    };
    let city = match rng.below(100) {
        0..45 => home.to_owned(),
        45..55 => lists.other_place(home, &mut rng),
        55..59 => (*rng.pick(country.cities)).to_owned(),
        _ => String::new(),
    };
    let land = match rng.below(100) {
        0..79 => country.code.to_owned(),
        79..82 => country.name.to_owned(),
        82..84 => rng.pick(COUNTRIES).code.to_owned(),
        _ => String::new(),
    };
    let tax_id = if rng.permille(60) { tax_id(country.tax, tax, &mut rng) } else { String::new() };
    [email, phone, website, address, city, land, tax_id]
}

fn email(companies: &[Company], which: usize, rng: &mut Rng) -> String {
    let company = &companies[which];
    let country = &COUNTRIES[company.recipe.country];
    let domains = &company.domains;
    let free = if domains.is_empty() { 400 } else { 180 };
    let domain = match rng.below(1000) {
        at if at < free => match rng.below(3) {
            0 => *rng.pick(country.mail),
            _ => *rng.pick(MAIL),
        },
        // The domain of a former employer or of an agency.
        at if at < free + 12 => {
            let other = &companies[rng.below(companies.len())].domains;
            other.first().map_or("", String::as_str)
        }
        at if at < free + 642 => match domains.len() {
            0 => "",
            1 => &domains[0],
            _ => &domains[usize::from(rng.permille(350))],
        },
        _ => "",
    };
    if domain.is_empty() {
        return String::new();
    }
    match rng.below(10) {
        0..2 => format!("{}@{domain}", rng.pick(BOXES)),
        2..6 => format!("{}.{}@{domain}", rng.pick(GIVEN), rng.below(1000)),
        _ => format!("{}{}@{domain}", rng.pick(GIVEN), rng.below(100)),
    }
}

fn dialled(dial: &str, number: usize, rng: &mut Rng) -> String {
    let digits = number.to_string();
    let (area, rest) = digits.split_at(digits.len() - 6);
    match rng.below(5) {
        0 => format!("{dial}{digits}"),
        1 => format!("{dial} {area} {} {}", &rest[..3], &rest[3..]),
        2 => format!("0{area} {rest}"),
        3 => format!("0{area}-{}-{}", &rest[..3], &rest[3..]),
        _ => format!("({dial}) {area}.{rest}"),
    }
}

/// The address of a house, in one of several ways of writing it.
fn address(code: &str, house: usize, seed: u64, rng: &mut Rng) -> String {
    let mut fixed = Rng::new(seed, 32, house);
    let streets = STREETS.iter().find(|(of, _)| *of == code).or(STREETS.last());
    let street = streets.map_or("", |(_, streets)| *fixed.pick(streets));
    let number = 1 + fixed.below(900);
    let written = match rng.below(5) {
        0 => street.replace("Street", "St.").replace("straße", "str.").replace("Avenue", "Ave"),
        1 => street.to_uppercase(),
        _ => street.to_owned(),
    };
    let text = match code {
        "DE" | "AT" | "CH" | "NL" | "IT" | "ES" => format!("{written} {number}"),
        _ => format!("{number} {written}"),
    };
    match rng.below(8) {
        0 => format!("{text}, Floor {}", 1 + rng.below(20)),
        1 => format!("{text}, Unit {}", 1 + rng.below(90)),
        _ => text,
    }
}

fn tax_id(digits: usize, number: usize, rng: &mut Rng) -> String {
    let mut id = format!("{number}{number}");
    id.truncate(digits);
    if rng.permille(40) {
        let at = rng.below(id.len());
        id.replace_range(at..=at, &rng.below(10).to_string());
    }
    id
}
