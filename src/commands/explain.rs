//! `orgfold explain`: why two names are, or are not, one company.
//!
//! In: two names, what stands beside them, and where wanted the file that they stand in. Out: the
//! explanation, as text or as one JSON object whose bits are integer millibits.

mod text;

use serde_json::{Value, json};

use super::names::{Names, RowId, mention};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::ids::Weight;
use crate::progress::Progress;
use crate::schema::Field;
use crate::transform::Rules;
use crate::transform::evidence::{Context, Evidence, Kinds};
use crate::transform::matching::explain::{
    Explanation, Obstacle, Standing, TermRead, explain, outcome,
};
use crate::transform::matching::{Band, Comparison, Mention};

pub(super) fn run(options: &cli::Explain, progress: Progress) -> Result<Exit, Error> {
    let overrides =
        Overrides { preset: Some(options.preset), level: options.level, ..Overrides::default() };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let rules = &config.rules;
    let pair = Pair::read(options, &config, progress)?;
    let stage = progress.stage("matching", 0);
    let [a, b] = pair.at;
    let explanation = explain(&pair.mentions, a, b, &rules.settings());
    stage.finish(&format!("{} names", explanation.names));
    let shown = Shown { pair: &pair, explanation: &explanation, rules };
    match options.format {
        Format::Text => print(&shown.text()),
        Format::Json => print(&format!("{}\n", shown.json())),
    }
    DONE
}

/// The two names, and those among which they are compared.
struct Pair {
    mentions: Vec<Mention>,
    /// Every mention as it is written, with the ids of its rows.
    spellings: Vec<(String, Vec<String>)>,
    /// Where the two stand.
    at: [usize; 2],
    /// What was given beside each and tells nothing: free mail, a number of zeros.
    useless: [Vec<Field>; 2],
    /// The file, as it was named.
    file: Option<String>,
}

impl Pair {
    fn read(options: &cli::Explain, config: &Config, progress: Progress) -> Result<Self, Error> {
        let rules = &config.rules;
        let texts = [options.name_a.as_str(), options.name_b.as_str()];
        let mut pair = match &options.names {
            None => Self::alone(texts, rules)?,
            Some(file) => {
                let stage = progress.stage("reading names", 0);
                let names = Names::read(file, &options.columns, config)?;
                stage.finish(&format!("{} rows, {} spellings", names.rows, names.spellings.len()));
                Self::among(texts, names, file.display().to_string())?
            }
        };
        for side in 0..2 {
            let given = |field| match side {
                0 => options.beside_a.get(field),
                _ => options.beside_b.get(field),
            };
            let given = config.declared.evidence().filter_map(|column| {
                let kind = column.evidence.and_then(|kind| rules.kinds.place(kind))?;
                Some((column.field, (kind, given(column.field)?)))
            });
            let given: Vec<_> = given.collect();
            let country = rules.kinds.country(given.iter().map(|(_, text)| *text), &rules.lists);
            let context = Context { lists: &rules.lists, country: country.as_deref() };
            for (field, text) in given {
                match rules.kinds.read_one(text, &context) {
                    Ok(Some(value)) => {
                        pair.mentions[pair.at[side]].evidence.insert(text.0, value);
                    }
                    Ok(None) | Err(_) => pair.useless[side].push(field),
                }
            }
        }
        Ok(pair)
    }

    /// Two names by themselves.
    fn alone(texts: [&str; 2], rules: &Rules) -> Result<Self, Error> {
        let mut mentions = Vec::new();
        for (text, place) in std::iter::zip(texts, PLACES) {
            let Some(name) = rules.name(text) else { return Err(nameless(place)) };
            mentions.push(mention(name, Evidence::default(), 1));
        }
        let spellings = texts.map(|text| (text.to_owned(), Vec::new())).to_vec();
        Ok(Self { mentions, spellings, at: [0, 1], useless: [vec![], vec![]], file: None })
    }

    /// Two names of a file.
    fn among(texts: [&str; 2], names: Names, file: String) -> Result<Self, Error> {
        let mut at = [0; 2];
        for (side, (text, place)) in std::iter::zip(texts, PLACES).enumerate() {
            at[side] = names.find(text).ok_or_else(|| {
                if names.is_nameless(text) {
                    return nameless(place);
                }
                Error::Usage {
                    problem: format!("{place} is neither a name nor an id of {file}"),
                    help: "write the name as it stands in the file, or leave --names out to \
                           compare the two by themselves",
                }
            })?;
        }
        let ids = |ids: Vec<RowId>| ids.iter().map(ToString::to_string).collect();
        let spellings = names.spellings.into_iter().map(|(raw, rows)| (raw, ids(rows))).collect();
        let useless = [vec![], vec![]];
        Ok(Self { mentions: names.mentions, spellings, at, useless, file: Some(file) })
    }

    fn raw(&self, mention: usize) -> &str {
        &self.spellings[mention].0
    }
}

/// What the two are called on the command line; errors do not repeat a name.
const PLACES: [&str; 2] = ["NAME_A", "NAME_B"];

fn nameless(place: &str) -> Error {
    Error::Usage {
        problem: format!("{place} names no company: it has no word, or is a placeholder"),
        help: "give the name of a company; config/placeholders.csv lists what names none",
    }
}

/// What stands beside a name, by what people call it.
fn beside<'e>(evidence: &'e Evidence, kinds: &Kinds) -> Vec<(&'static str, Vec<&'e str>)> {
    let kinds = kinds.iter().enumerate();
    kinds.map(|(at, kind)| (kind.label(), evidence.of(at).collect())).collect()
}

/// An explanation and what it speaks of.
struct Shown<'a> {
    pair: &'a Pair,
    explanation: &'a Explanation,
    rules: &'a Rules,
}

impl Shown<'_> {
    fn json(&self) -> Value {
        let Explanation { compared, .. } = self.explanation;
        let comparison =
            |one: &Comparison| json!({"comparison": one.name, "bits": one.weight.get()});
        let comparisons = compared.iter().flat_map(|compared| &compared.comparisons);
        let thresholds = self.explanation.thresholds.iter().map(|threshold| {
            json!({
                "threshold": threshold.name,
                "bits": threshold.at.get(),
                "reached": threshold.is_reached,
            })
        });
        let presets = self.explanation.verdicts.iter().map(|verdict| {
            json!({
                "preset": verdict.preset.name(),
                "outcome": outcome(verdict.band),
                "reason": verdict.reason,
            })
        });
        json!({
            "a": self.side(0),
            "b": self.side(1),
            "names": self.explanation.names,
            "key": self.key(),
            "comparisons": comparisons.map(comparison).collect::<Vec<_>>(),
            "bits": compared.as_ref().map(|compared| compared.score.get()),
            "level": self.rules.level.name(),
            "joined_by": self.explanation.ground.name(),
            "thresholds": thresholds.collect::<Vec<_>>(),
            "presets": presets.collect::<Vec<_>>(),
            "file": self.pair.file.as_ref().map(|file| self.standing(file)),
        })
    }

    fn key(&self) -> Value {
        let key = &self.explanation.key;
        let between = key.against.iter().flat_map(|obstacle| match obstacle {
            Obstacle::Between(mentions) => self.raws(mentions),
            _ => Vec::new(),
        });
        json!({
            "equal": key.is_equal,
            "against": key.against.iter().map(Obstacle::name).collect::<Vec<_>>(),
            "others": between.collect::<Vec<_>>(),
        })
    }

    fn side(&self, at: usize) -> Value {
        let mention = self.pair.at[at];
        let name = &self.pair.mentions[mention].name;
        let side = &self.explanation.sides[at];
        let forms = side
            .forms
            .iter()
            .map(|form| json!({"form": form.text, "kind": form.kind, "telling": form.is_telling}));
        let readings = side.readings.iter();
        let evidence = beside(&side.evidence, &self.rules.kinds)
            .into_iter()
            .map(|(name, values)| (name.to_owned(), json!(values)));
        let nearest = side.nearest.iter();
        json!({
            "name": self.pair.raw(mention),
            "ids": self.pair.spellings[mention].1,
            "spelling": name.folded,
            "core": name.core(),
            "legal_forms": forms.collect::<Vec<_>>(),
            "marks": side.marks,
            "beside": Value::Object(evidence.collect()),
            "tells_nothing": self.pair.useless[at].iter().map(|field| field.name()).collect::<Vec<_>>(),
            "compared_as": self.pair.raw(side.compared_as),
            "equal_keys": self.raws(&side.class),
            "terms": side.terms.iter().map(term).collect::<Vec<_>>(),
            "readings": readings
                .map(|reading| json!({"text": reading.text, "sure": reading.is_sure}))
                .collect::<Vec<_>>(),
            "nearest": nearest
                .map(|&(other, bits)| json!({"name": self.pair.raw(other), "bits": bits.get()}))
                .collect::<Vec<_>>(),
        })
    }

    fn standing(&self, file: &str) -> Value {
        let standing = &self.explanation.standing;
        let joins: Vec<Value> = match standing {
            Standing::Joined { joins, .. } => joins
                .iter()
                .map(|join| {
                    let bits = join.compared.as_ref().map(|compared| compared.score.get());
                    let compared =
                        join.pair.map(|(own, other)| [own, other].map(|at| self.pair.raw(at)));
                    json!({"joined_by": join.ground.name(), "compared": compared, "bits": bits})
                })
                .collect(),
            _ => Vec::new(),
        };
        json!({
            "file": file,
            "preset": self.rules.preset.name(),
            "outcome": outcome(standing.band()),
            "reason": self.reason(),
            "joins": joins,
        })
    }

    /// Why the two stand as they do among the names of a file.
    fn reason(&self) -> String {
        let by_itself =
            self.explanation.verdicts.iter().find(|one| one.preset == self.rules.preset);
        let by_itself = by_itself.expect("every preset has a verdict");
        match &self.explanation.standing {
            Standing::Joined { spellings, .. } if by_itself.band == Band::Same => {
                format!("one group of {spellings} spellings")
            }
            Standing::Joined { spellings, .. } => {
                format!("through others: one group of {spellings} spellings")
            }
            Standing::Asked { pair } => {
                let is_own = [pair.0, pair.1]
                    .iter()
                    .all(|at| self.explanation.sides.iter().any(|side| side.class.contains(at)));
                if is_own {
                    return "the two are a question".to_owned();
                }
                let name = |at: usize| text::line(self.pair.raw(at));
                format!("for their groups the question is: {} | {}", name(pair.0), name(pair.1))
            }
            Standing::Apart => match by_itself.band {
                Band::Same => "others of their groups stand against it, and other questions that \
                               change more came first"
                    .to_owned(),
                Band::Review => "other questions that change more came first".to_owned(),
                Band::Apart => by_itself.reason.clone(),
            },
        }
    }

    fn raws(&self, mentions: &[usize]) -> Vec<&str> {
        mentions.iter().map(|&at| self.pair.raw(at)).collect()
    }
}

fn term(term: &TermRead) -> Value {
    json!({
        "words": term.words,
        "term": term.text,
        "kind": term.kind,
        "part": term.part.name(),
        "names": term.names,
        "bits": term.bits.get(),
        "left": term.left.map(Weight::get),
    })
}
