//! Contacts of invented companies, with the truth: what `orgfold resolve` is measured on at a size
//! for which nobody has labels.
//!
//! ```text
//! generate --contacts N --seed S --out DIR [--names FILE] [--tenants T] [--projects-per-contact P]
//! ```
//!
//! writes `DIR/contacts.csv` (`id,name,email,phone,website,address,city,country,tax_id`) and
//! `DIR/truth.csv` (`id,cluster_id,name,kinds`; `kinds` are the corruptions, blanks between) and
//! prints how often everything happened. With `--tenants` or `--projects-per-contact` it also writes
//! `DIR/source/`, which `orgfold plan` reads: T tenants (1) with two users each, the same contacts
//! (12 % of them suppliers), each company's with one tenant, and P projects (0) of each customer. The same N and S give the same bytes on every machine:
//! integers only, no clock, no order of a hash map. Time and memory grow with N.
//!
//! No company is real. With `--names FILE` (CSV with `name` and maybe `country`, also gzipped) base
//! names are taken from a list, each once, and invented only when it is used up; such names are not
//! translated.
//!
//! Shares are of 100,000 contacts with seed 1; a tenth of a percent more or less with another.
//!
//! # Companies (45 % of the contacts)
//!
//! Size: 63 % have one contact, 16 % two, 7 % three, 3.4 % more than 8, at most 60 (1/n² up to 8,
//! 1/n³ above). 69.7 % of the contacts are distinct spellings.
//!
//! A name is a brand, none to two trades, now and then (8 %) a place and (4 %) `Holdings` or the
//! like, in one of 13 languages: English 33 %, German 12, Vietnamese 12, Indian 9, French 8, Spanish
//! 8, Italian 6, Japanese 6, Portuguese 5, Nordic 5, Dutch 2.5, Polish 2.5, Chinese 2. A third of
//! the Japanese and Chinese ones are written in characters. Trades come from
//! `config/trade_words.csv`, as often as `config/token_frequencies.csv` says (at most as 8,000 of
//! 400,000 names), in languages without counts by rank. Legal forms are those of the country; of
//! 10 % of the companies without a family none is known.
//!
//! | share of companies | near-namesakes on purpose |
//! |---:|---|
//! | 62.6 % | invented brand of its own (two of one language can still be alike) |
//! | 7.5 % | a word that many unrelated firms share (`Phoenix`), by rank |
//! | 8.1 % | surnames, by rank |
//! | 4.2 % | initials |
//! | 3.0 % | the brand of an earlier company that it has nothing to do with |
//! | 7.7 % | sister firm: same brand, another trade or `Holdings` |
//! | 1.4 % | next of a numbered series (`Fund II`) |
//! | 3.3 % | same brand and trade, another place in the name |
//! | 0.4 % | same name in another country, which the name does not say |
//! | 1.3 % | one letter of the brand differs |
//! | 0.4 % | same name, another legal form of the country |
//!
//! # Corruptions
//!
//! A company has up to three habitual spellings, which its rows share; 22 % of the rows have changes
//! of their own. 34 % of the rows have no corruption, 54 % one, 10 % two, 1 % three.
//!
//! | share of rows | kind |
//! |---:|---|
//! | 17.7 % | `form_dropped`: without the legal form |
//! | 15.8 % | `case`: all capitals, all small, capital first letters |
//! | 10.1 % | `typo`: a letter inserted, left out, swapped, replaced by a neighbour, doubled |
//! | 9.8 % | `form_respelled`: the form abbreviated or in full |
//! | 5.2 % | `punctuation`: left out, added, quotes, hyphens, blanks |
//! | 2.5 % | `word_dropped`: a trade or a place |
//! | 2.5 % | `marks_dropped`: diacritics |
//! | 2.3 % | `branch`: a town or a branch added |
//! | 1.9 % | `translated`: trades (and a foreign form) in English, the brand without marks |
//! | 1.8 % | `abbreviated`: `Mfg`, `Intl`; `and` for `&` |
//! | 1.0 % | `glued`: two words as one |
//! | 0.9 % | `split`: a word as two |
//! | 0.9 % | `truncated`: at 20 to 40 characters |
//! | 0.8 % | `form_moved`: to the other end |
//! | 0.8 % | `alias`: `d/b/a`, `t/a` another name |
//! | 0.7 % | `words_swapped`: two neighbours |
//! | 0.6 % | `person`: a person's name |
//! | 0.6 % | `note`: `(old)`, `- Accounts Dept` |
//! | 0.6 % | `form_added`: where none was known |
//! | 0.5 % | `form_translated`: `Công ty TNHH` as `Co., Ltd.` |
//! | 0.4 % | `acronym`: first letters of three words or more |
//! | 0.4 % | `digits`: `0` for `o`, as a scanner reads |
//! | 0.3 % | `formerly` another name |
//! | 0.2 % | `care_of`: `c/o` another name |
//! | 0.2 % | `liquidation` |
//! | 0.1 % | `romanized`: characters as Latin letters |
//! | 0.1 % | `mojibake`: UTF-8 read as Windows-1252 |
//!
//! A spelling that is already another company's, case, marks and punctuation apart, is drawn again
//! up to four times; what remains is counted and printed (0.03 % of the rows).
//!
//! # Beside the name
//!
//! | share of rows | what |
//! |---:|---|
//! | 46 % | e-mail with a company's domain: 70 % of the companies have one, 12 % of these two, 2 % of the companies that of a provider with some 20 of them, 60 % of a family's members the first one's; 1.2 % of the rows have another company's |
//! | 25 % | free mail |
//! | 60 % | phone: 35 % the switchboard, 25 % a mobile; five ways of writing |
//! | 29 % | website |
//! | 35 % | address, in several ways of writing; 4 % of the companies share a house |
//! | 59 % | city: 10 % under another name, 4 % another city |
//! | 84 % | country: 3 % in words, 2 % wrong |
//! | 6 % | tax id, one in 25 mistyped |
//!
//! # What it does not show
//!
//! Forms, trades and places come from the lists that the matcher reads, so that it knows each of
//! them: real data has more. Real registers hold more chance namesakes in one country, more holding
//! structures, and names that changed. Figures compare sizes and tools, they promise nothing.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a tool of developers")]

#[path = "generate/mod.rs"]
mod generator;

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use generator::{Options, generate, lists::read_names, source::Source};

const USAGE: &str = "usage: generate --contacts N --seed S --out DIR [--names FILE] \
                     [--tenants T] [--projects-per-contact P]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut options = Options { contacts: 0, seed: 1, names: Vec::new() };
    let mut out: Option<PathBuf> = None;
    let (mut tenants, mut projects) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        let problem = |_| format!("{option} {value}: no number");
        match option.as_str() {
            "--contacts" => options.contacts = value.parse().map_err(problem)?,
            "--seed" => options.seed = value.parse().map_err(problem)?,
            "--out" => out = Some(value.into()),
            "--tenants" => tenants = Some(value.parse().map_err(problem)?),
            "--projects-per-contact" => projects = Some(value.parse().map_err(problem)?),
            "--names" => {
                let content = std::fs::read(&value).map_err(|error| format!("{value}: {error}"))?;
                options.names =
                    read_names(&content).map_err(|error| format!("{value}: {error}"))?;
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    let out = out.filter(|_| options.contacts > 0).ok_or(USAGE)?;
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let file = |name: &str| {
        let path = out.join(name);
        File::create(&path).map(BufWriter::new).map_err(|e| format!("{}: {e}", path.display()))
    };
    let source = match (tenants, projects) {
        (None, None) => None,
        (Some(0), _) => return Err(USAGE.to_owned()),
        (tenants, projects) => {
            let folder = out.join("source");
            let failed = |error: &dyn Error| format!("{}: {error}", folder.display());
            std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
            let (tenants, projects) = (tenants.unwrap_or(1), projects.unwrap_or(0));
            let source = Source::create(&folder, options.seed, tenants, projects);
            Some(source.map_err(|error| failed(&error))?)
        }
    };
    let summary = generate(&options, file("contacts.csv")?, file("truth.csv")?, source);
    print!("{}", summary.map_err(|error| error.to_string())?);
    Ok(())
}
