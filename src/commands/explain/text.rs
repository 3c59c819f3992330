//! An explanation for people: what was read, what was compared, what it comes to.
//!
//! In: what is shown. Out: text, its numbers below each other.

use super::{Explanation, Shown, Standing, beside, outcome};
use crate::ids::Weight;
use crate::transform::matching::explain::{Obstacle, Part, Side, TermRead, meaning};
use crate::transform::survivorship::clean;

/// A text of somebody else's on one line, without what moves the cursor or turns the line round.
pub(super) fn line(text: &str) -> String {
    let shows = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    clean(text).chars().filter(shows).collect()
}

/// Bits with a sign and every digit: the terms shown add up to the sum shown.
fn bits(weight: Weight) -> String {
    let millibits = weight.get();
    let sign = match millibits {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    let size = millibits.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1000, size % 1000)
}

/// Lines of cells, each column as wide as its widest; numbers to the right.
fn table(rows: &[Vec<String>], indent: &str, is_number: &[bool]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..is_number.len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut out = indent.to_owned();
        for ((cell, width), number) in row.iter().zip(&widths).zip(is_number) {
            let cell = match number {
                true => format!("{cell:>width$}  "),
                false => format!("{cell:<width$}  "),
            };
            out.push_str(&cell);
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}

fn cells<const N: usize>(row: [&str; N]) -> Vec<String> {
    row.map(str::to_owned).to_vec()
}

impl Shown<'_> {
    pub(super) fn text(&self) -> String {
        let parts = [
            self.side_text("A", 0),
            self.side_text("B", 1),
            self.key_text(),
            self.score_text(),
            self.verdict_text(),
        ];
        parts.join("\n")
    }

    fn side_text(&self, letter: &str, at: usize) -> String {
        let mention = self.pair.at[at];
        let name = &self.pair.mentions[mention].name;
        let side = &self.explanation.sides[at];
        let is_one = side.class.len() == 1;
        let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        let forms: Vec<String> = side
            .forms
            .iter()
            .map(|form| {
                let says = if form.is_telling { "" } else { ", goes with every other" };
                format!("{} ({}{says})", form.text, form.kind)
            })
            .collect();
        let mut rows = vec![
            cells(["spelling", &name.folded]),
            cells(["core", &name.core()]),
            cells(["legal form", &or_none(forms.join("; "))]),
            cells(["marks", &or_none(side.marks.join(", "))]),
            cells([
                if is_one { "beside it" } else { "beside them" },
                &or_none(self.beside_text(at)),
            ]),
        ];
        let ids = &self.pair.spellings[mention].1;
        if let Some(first) = ids.first() {
            let text = format!("{}, the first with id {first}", count(ids.len(), "row", "rows"));
            rows.insert(0, cells(["rows", &text]));
        }
        if !is_one && self.pair.file.is_some() {
            let as_one = count(side.class.len(), "spelling", "spellings");
            let first = line(self.pair.raw(side.compared_as));
            rows.push(cells(["compared as", &format!("{first}, for {as_one} of equal key")]));
        }
        for reading in &side.readings {
            let sure = if reading.is_sure { ", surely its name" } else { "" };
            rows.push(cells(["or read as", &format!("{}{sure}", reading.text)]));
        }
        let head = format!("{letter}  {}\n", line(self.pair.raw(mention)));
        let terms = Self::terms_text(side);
        head + &table(&rows, "   ", &[false, false]) + &terms
    }

    fn beside_text(&self, at: usize) -> String {
        let side = &self.explanation.sides[at];
        let known = beside(&side.evidence, &self.rules.kinds);
        let known = known.iter().filter(|(_, values)| !values.is_empty());
        let known = known.map(|(name, values)| format!("{name} {}", values.join(", ")));
        let useless = &self.pair.useless[at];
        let useless = useless.iter().map(|field| format!("{field} as given tells nothing"));
        known.chain(useless).collect::<Vec<_>>().join("; ")
    }

    fn terms_text(side: &Side) -> String {
        let head =
            ["words", "compared as", "taken for", "where", "names", "bits", "after those before"];
        let mut rows = vec![cells(head)];
        rows.extend(side.terms.iter().map(|term| {
            let is_out = matches!(term.part, Part::Note | Part::LeftOut);
            let known = |text: String| if is_out { "–".to_owned() } else { text };
            let TermRead { words, text, kind, part, names, bits: whole, left } = term;
            vec![
                words.clone(),
                known(text.clone()),
                known((*kind).to_owned()),
                part.name().to_owned(),
                known(names.to_string()),
                known(bits(*whole)),
                left.map_or("–".to_owned(), bits),
            ]
        }));
        table(&rows, "   ", &[false, false, false, false, true, true, true])
    }

    fn key_text(&self) -> String {
        let key = &self.explanation.key;
        let forms = |side: &Side| {
            let names: Vec<String> =
                side.forms.iter().map(|form| format!("{} ({})", form.text, form.kind)).collect();
            names.join(", ")
        };
        let [a, b] = &self.explanation.sides;
        let both = |words: &str, a: &str, b: &str| format!("{words} contradict: {a} | {b}");
        let against = key.against.iter().map(|obstacle| match obstacle {
            Obstacle::Words => "the core words differ".to_owned(),
            Obstacle::Forms => both("legal forms", &forms(a), &forms(b)),
            Obstacle::Marks => both("marks", &a.marks.join(", "), &b.marks.join(", ")),
            Obstacle::Beside(kinds) => kinds.join(", "),
            Obstacle::Between(others) => {
                let names: Vec<String> = self.raws(others).iter().map(|raw| line(raw)).collect();
                format!("with one of the two only goes: {}", names.join(" | "))
            }
        });
        if key.is_equal {
            return "key  equal: the same words, and nothing contradicts\n".to_owned();
        }
        format!("key  not equal: {}\n", against.collect::<Vec<_>>().join("; "))
    }

    fn score_text(&self) -> String {
        let Explanation { compared, names, .. } = self.explanation;
        let Some(compared) = compared else {
            return "no score: names with an equal key are not compared\n".to_owned();
        };
        let head = match &self.pair.file {
            Some(file) => format!("comparisons, among {names} names of {file}\n"),
            None => "comparisons, by the shipped word frequencies alone\n".to_owned(),
        };
        let row = |name: &str, weight: Weight| vec![name.to_owned(), bits(weight)];
        let mut rows: Vec<Vec<String>> =
            compared.comparisons.iter().map(|one| row(one.name, one.weight)).collect();
        rows.push(row("score", compared.score));
        let mut text = head + &table(&rows, "   ", &[false, true]);
        let thresholds: Vec<Vec<String>> = self
            .explanation
            .thresholds
            .iter()
            .map(|threshold| {
                let reached = match threshold.is_reached {
                    Some(true) => "reached",
                    _ => "not reached",
                };
                vec![
                    threshold.name.to_owned(),
                    bits(threshold.at),
                    reached.to_owned(),
                    threshold.meaning.to_owned(),
                ]
            })
            .collect();
        text.push_str("\nthresholds\n");
        text + &table(&thresholds, "   ", &[false, true, false, false])
    }

    fn verdict_text(&self) -> String {
        let ground = self.explanation.ground;
        let joined_by = format!("{}: {}", ground.name(), meaning(ground));
        let level = self.rules.level.name();
        let mut rows = vec![cells(["level", level]), cells(["joined_by", &joined_by])];
        for verdict in &self.explanation.verdicts {
            let text = format!("{}: {}", outcome(verdict.band), verdict.reason);
            rows.push(cells([verdict.preset.name(), &text]));
        }
        let mut text = table(&rows, "", &[false, false]);
        if let Some(file) = &self.pair.file {
            text.push('\n');
            text.push_str(&self.standing_text(file));
        }
        text
    }

    fn standing_text(&self, file: &str) -> String {
        let standing = &self.explanation.standing;
        let mut text = format!(
            "in {file}, {}: {}, {}\n",
            self.rules.preset.name(),
            outcome(standing.band()),
            self.reason()
        );
        let letters = ["A", "B"];
        let mut rows = Vec::new();
        if let Standing::Joined { joins, .. } = standing {
            for (letter, join) in letters.into_iter().zip(joins) {
                let score = join.compared.as_ref().map(|compared| bits(compared.score));
                let how = format!("{}: {}", join.ground.name(), meaning(join.ground));
                rows.push(vec![format!("{letter} joined by"), score.unwrap_or_default(), how]);
            }
        }
        for (letter, side) in letters.into_iter().zip(&self.explanation.sides) {
            for &(other, score) in &side.nearest {
                let name = line(self.pair.raw(other));
                rows.push(vec![format!("near to {letter}"), bits(score), name]);
            }
        }
        text.push_str(&table(&rows, "   ", &[false, true, false]));
        text
    }
}

/// A number with its noun.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
