//! Fitted weights as text, as one JSON object, and as a `[matching]` section.
//!
//! In: what was fitted or learnt. Out: texts that name files and counts, never a cell.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::evaluate::Scores;
use crate::fit::em::Learnt;
use crate::fit::{Compared, Fit, LEAST_PAIRS, Line, Quality};
use crate::transform::matching::{Level, Weights};

/// A file that was left out, under the weights that were fitted on all others.
pub(super) struct Left {
    pub(super) weights: Weights,
    pub(super) compared: Compared,
}

/// What is shown.
pub(super) enum Shown<'a> {
    Fitted { fit: &'a Fit, configured: &'a Weights, files: &'a [Compared] },
    LeaveOneOut { left: &'a [Left] },
    Learnt { learnt: &'a Learnt, configured: &'a Weights, file: &'a str },
}

const EM: &str = "learnt without labels, by expectation maximization: only as good as the weights \
                  it started from";

impl Shown<'_> {
    pub(super) fn text(&self, level: Level) -> String {
        let mut text = format!("level {}\n", level.name());
        match self {
            Self::Fitted { fit, configured, files } => {
                text.push_str(&origin(files));
                text.push_str("\n\n");
                weights_table(&mut text, &fit.lines, [configured.prior, fit.weights.prior]);
                text.push('\n');
                files_table(&mut text, "fitted", files);
            }
            Self::LeaveOneOut { left } => {
                text.push_str("each file under weights that were fitted on all others\n\n");
                let files: Vec<Compared> = left.iter().map(|left| left.compared.clone()).collect();
                files_table(&mut text, "left out", &files);
            }
            Self::Learnt { learnt, configured, file } => {
                line(&mut text, format_args!("{EM}"));
                line(&mut text, format_args!("{}", learnt_from(learnt, file)));
                if learnt.kinds < 2 {
                    let only = "one kind of evidence alone confirms whatever it is told: nothing \
                                to learn from, the weights stay as they are";
                    line(&mut text, format_args!("{only}"));
                }
                text.push('\n');
                weights_table(&mut text, &learnt.lines, [configured.prior, learnt.weights.prior]);
            }
        }
        text
    }

    pub(super) fn json(&self, level: Level) -> Value {
        let mut object = self.results();
        object["level"] = json!(level.name());
        object
    }

    fn results(&self) -> Value {
        match self {
            Self::Fitted { fit, configured, files } => json!({
                "weights": weights_json(&fit.lines),
                "prior": {"configured": configured.prior, "fitted": fit.weights.prior},
                "files": files,
                "mean": mean_json(files.iter()),
            }),
            Self::LeaveOneOut { left } => json!({
                "leave_one_out": left
                    .iter()
                    .map(|left| json!({"weights": left.weights, "file": left.compared}))
                    .collect::<Vec<_>>(),
                "mean": mean_json(left.iter().map(|left| &left.compared)),
            }),
            Self::Learnt { learnt, configured, file } => json!({
                "method": "expectation maximization",
                "file": file,
                "pairs": learnt.pairs,
                "expected_before": learnt.expected[0],
                "expected_after": learnt.expected[1],
                "rounds": learnt.rounds,
                "weights": weights_json(&learnt.lines),
                "prior": {"configured": configured.prior, "fitted": learnt.weights.prior},
            }),
        }
    }

    /// A section that `--config` takes: all of it, so that the measures are those of this file.
    pub(super) fn toml(&self, weights: &Weights, level: Level) -> String {
        let mut text = String::new();
        let (origin, lines) = match self {
            Self::Fitted { fit, files, .. } => (origin(files), &fit.lines),
            Self::Learnt { learnt, file, .. } => {
                (format!("{EM}; {}", learnt_from(learnt, file)), &learnt.lines)
            }
            // Each file has weights of its own.
            Self::LeaveOneOut { .. } => return text,
        };
        line(&mut text, format_args!("# `orgfold fit`: {origin}"));
        line(&mut text, format_args!("[matching]"));
        line(&mut text, format_args!("level = \"{}\"", level.name()));
        line(&mut text, format_args!("\n[matching.{}]", level.name()));
        let Ok(Value::Object(mut rest)) = serde_json::to_value(weights) else { return text };
        let mut key = |text: &mut String, key: &str, comment: &str| {
            if let Some(Value::Number(number)) = rest.remove(key) {
                let value = number.as_f64().unwrap_or_default();
                line(text, format_args!("{key} = {value:?}{comment}"));
            }
        };
        key(&mut text, "prior", " # (fitted)");
        for of in lines {
            let comment = match of.standard_error {
                _ if of.is_kept => String::new(),
                Some(error) => format!(" # (fitted) +- {error:.3}, {} pairs", of.pairs),
                None => format!(" # (fitted) {} pairs", of.pairs),
            };
            key(&mut text, of.comparison.key, &comment);
        }
        let others: Vec<String> = rest_keys(weights);
        for other in &others {
            key(&mut text, other, "");
        }
        text
    }
}

/// Keys of `[matching]`, sorted.
fn rest_keys(weights: &Weights) -> Vec<String> {
    match serde_json::to_value(weights) {
        Ok(Value::Object(all)) => all.into_iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing into memory does not fail");
}

/// Where the weights come from: files by name, and counts.
fn origin(files: &[Compared]) -> String {
    let pairs: usize = files.iter().map(|file| file.pairs).sum();
    let positive: usize = files.iter().map(|file| file.positive).sum();
    let names: Vec<String> = files.iter().map(|file| clean(&file.file)).collect();
    let names = names.join(", ");
    format!("fitted on {pairs} pairs of names, {positive} of them one company, of {names}")
}

fn learnt_from(learnt: &Learnt, file: &str) -> String {
    format!(
        "{} pairs of {}, {} rounds; {:.0} of the pairs are expected to be one company, {:.0} before",
        learnt.pairs,
        clean(file),
        learnt.rounds,
        learnt.expected[1],
        learnt.expected[0]
    )
}

/// The name of a file on one line.
fn clean(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).collect()
}

fn weights_table(text: &mut String, lines: &[Line], prior: [f64; 2]) {
    let row = |text: &mut String, [name, side, ends]: [&str; 3], cells: [&str; 4]| {
        let [before, after, error, pairs] = cells;
        let row =
            format!("{name:<22} {side:<7} {before:>10} {after:>9} {error:>9} {pairs:>9}  {ends}");
        line(text, format_args!("{}", row.trim_end()));
    };
    row(text, ["comparison", "", ""], ["configured", "fitted", "std error", "pairs"]);
    let bits = |bits: f64| format!("{bits:.3}");
    row(text, ["prior", "against", ""], [&bits(prior[0]), &bits(prior[1]), "-", "-"]);
    for of in lines {
        let comparison = of.comparison;
        let side = if comparison.sign < 0.0 { "against" } else { "for" };
        let error = of.standard_error.map_or_else(|| "-".to_owned(), bits);
        let cells = [bits(of.configured), bits(of.fitted), error, of.pairs.to_string()];
        let remark = match of.is_kept {
            true if of.pairs < LEAST_PAIRS => "kept: too few pairs",
            true => "kept: all of one label",
            false => "",
        };
        row(text, [comparison.name, side, remark], cells.each_ref().map(String::as_str));
    }
}

fn files_table(text: &mut String, label: &str, files: &[Compared]) {
    line(
        text,
        format_args!(
            "{:<30} {:<10} {:>8} {:>8} {:>8}  {:>5} {:>5} {:>5}  {:>5}",
            "file", "weights", "pairs", "one", "log loss", "P", "R", "F1", "B3F1"
        ),
    );
    let mut row = |name: &str, which: &str, counts: [String; 2], cells: [Option<f64>; 5]| {
        let share = |cell: Option<f64>| cell.map_or_else(|| "-".to_owned(), |c| format!("{c:.3}"));
        let ([pairs, one], [loss, p, r, f, b]) = (counts, cells.map(share));
        line(
            text,
            format_args!(
                "{name:<30} {which:<10} {pairs:>8} {one:>8} {loss:>8}  {p:>5} {r:>5} {f:>5}  {b:>5}"
            ),
        );
    };
    for file in files {
        let counts = [file.pairs.to_string(), file.positive.to_string()];
        row(&clean(&file.file), "configured", counts, cells(&file.before));
        row("", label, [String::new(), String::new()], cells(&file.after));
    }
    let none = || [String::new(), String::new()];
    row("mean", "configured", none(), mean(&files.iter().map(|file| &file.before)));
    row("", label, none(), mean(&files.iter().map(|file| &file.after)));
}

/// Log loss, pairwise precision, recall and F1, B-cubed F1.
fn cells(quality: &Quality) -> [Option<f64>; 5] {
    let Scores { pairwise, bcubed, .. } = quality.scores;
    [Some(quality.log_loss), pairwise.precision, pairwise.recall, pairwise.f1, bcubed.f1]
}

/// The mean over files; a share of nothing is left out of it.
fn mean<'a>(each: &(impl Iterator<Item = &'a Quality> + Clone)) -> [Option<f64>; 5] {
    std::array::from_fn(|at| {
        let told: Vec<f64> = each.clone().filter_map(|quality| cells(quality)[at]).collect();
        #[expect(clippy::cast_precision_loss, reason = "a count of files")]
        let count = told.len() as f64;
        (!told.is_empty()).then(|| told.iter().sum::<f64>() / count)
    })
}

fn mean_json<'a>(files: impl Iterator<Item = &'a Compared> + Clone) -> Value {
    let object = |cells: [Option<f64>; 5]| {
        let [loss, precision, recall, f1, bcubed] = cells;
        json!({
            "log_loss": loss,
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "bcubed_f1": bcubed,
        })
    };
    json!({
        "before": object(mean(&files.clone().map(|file| &file.before))),
        "after": object(mean(&files.map(|file| &file.after))),
    })
}

fn weights_json(lines: &[Line]) -> Value {
    let each = lines.iter().map(|of| {
        let comparison = of.comparison;
        let of = json!({
            "comparison": comparison.name,
            "sign": comparison.sign,
            "configured": of.configured,
            "fitted": of.fitted,
            "standard_error": of.standard_error,
            "pairs": of.pairs,
            "kept": of.is_kept,
        });
        (comparison.key.to_owned(), of)
    });
    Value::Object(each.collect::<Map<_, _>>())
}
