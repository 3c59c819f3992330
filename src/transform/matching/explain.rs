//! Why two names are, or are not, one company: everything that the matcher looks at, told apart.
//!
//! In: the mentions among which two are compared, and the settings. Out: an [`Explanation`]: how
//! each name is read, whether the keys are equal, every comparison with its bits, what each preset
//! does with the pair, and what became of it among all the mentions. The answer comes from the very
//! walk that groups names; nothing is computed a second way but the rule that a preset follows.

use unicode_normalization::char::is_combining_mark;

use super::compare::{Compared, Comparer};
use super::node::Node;
use super::vocabulary::{Kind, TermId, Vocabulary};
use super::{
    Band, Ground, Human, Join, Level, Matching, Mention, Preset, Settings, Weights, key, kind,
    match_seen,
};
use crate::ids::Weight;
use crate::transform::evidence::Evidence;
use crate::transform::normalize::{self as name, Name, Word, bare};

/// Why two names are, or are not, one company.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Names among which the two are compared; those with an equal key count as one.
    pub names: usize,
    /// How each name is read.
    pub sides: [Side; 2],
    /// Whether the keys are equal.
    pub key: Key,
    /// Every comparison; `None` where the keys are equal, since such names are not compared.
    pub compared: Option<Compared>,
    /// What a join rests on; in the files, `joined_by`.
    pub ground: Ground,
    /// What the score is held against.
    pub thresholds: [Threshold; 5],
    /// What each preset does with the two, were there no other names to group.
    pub verdicts: [Verdict; 2],
    /// What became of the two among all names, by the preset of the settings.
    pub standing: Standing,
}

/// How a name is read.
#[derive(Clone, Debug)]
pub struct Side {
    /// The mention whose spelling is compared: the first of those with an equal key.
    pub compared_as: usize,
    /// The mentions with an equal key, this one among them.
    pub class: Vec<usize>,
    /// What stands beside all of them.
    pub evidence: Evidence,
    /// The legal forms of this spelling.
    pub forms: Vec<FormRead>,
    /// The marks of this spelling, one text for each word that has any.
    pub marks: Vec<String>,
    /// The words that are compared, by meaning.
    pub terms: Vec<TermRead>,
    /// Other ways to read the name.
    pub readings: Vec<Reading>,
    /// The nearest other names: a mention of each, with the score, the nearest first.
    pub nearest: Vec<(usize, Weight)>,
}

/// A legal form, set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormRead {
    /// What it is compared as.
    pub text: String,
    /// The kind of company.
    pub kind: String,
    /// Whether it says which kind of company it is; `Co` goes with every other form.
    pub is_telling: bool,
}

/// One or more words with one meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRead {
    /// The words as they stand in the name.
    pub words: String,
    /// What they are compared as: a concept where the lists know one.
    pub text: String,
    /// What it was taken for.
    pub kind: &'static str,
    /// Where it counts.
    pub part: Part,
    /// Number of names that hold it.
    pub names: u32,
    /// Bits that it tells when both names hold it.
    pub bits: Weight,
    /// Bits that are left of them, given the words before it; for words of the name itself.
    pub left: Option<Weight>,
}

/// Where a word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// In the name.
    Name,
    /// In the name, and it stands in brackets.
    Brackets,
    /// In another name of the company.
    OtherName,
    /// Nowhere: it is of a note that unrelated names bear.
    Note,
    /// Nowhere: a small word, the word before another name, or one of too many.
    LeftOut,
}

impl Part {
    /// Name for people and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Brackets => "brackets",
            Self::OtherName => "other name",
            Self::Note => "note",
            Self::LeftOut => "left out",
        }
    }
}

/// Another way to read a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its words, as they are compared.
    pub text: String,
    /// Whether it is surely a name of the company.
    pub is_sure: bool,
}

/// Whether two keys are equal, and what stands against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whether the two join by key.
    pub is_equal: bool,
    /// What stands against it.
    pub against: Vec<Obstacle>,
}

/// Why two keys are not equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The core words differ.
    Words,
    /// The legal forms contradict each other.
    Forms,
    /// The marks contradict each other.
    Marks,
    /// What stands beside the names contradicts, as people call it.
    Beside(Vec<&'static str>),
    /// These spellings with the same core go with one of the two only, so that it cannot be told
    /// which of several the other is.
    Between(Vec<usize>),
}

impl Obstacle {
    /// Name for people and files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Words => "core words",
            Self::Forms => "legal forms",
            Self::Marks => "marks",
            Self::Beside(_) => "beside",
            Self::Between(_) => "others",
        }
    }
}

/// A threshold, and whether the score reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// Its key in the configuration.
    pub name: &'static str,
    /// Where it is.
    pub at: Weight,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether the score is at least this; `None` where there is no score.
    pub is_reached: Option<bool>,
}

/// What a preset does with a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The preset.
    pub preset: Preset,
    /// Joined, asked or apart.
    pub band: Band,
    /// Why.
    pub reason: String,
}

/// What became of two names among all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are in one group.
    Joined {
        /// How each came there.
        joins: [Join; 2],
        /// Spellings in the group.
        spellings: usize,
    },
    /// A question stands between their groups.
    Asked {
        /// The spellings that are shown for the two groups.
        pair: (usize, usize),
    },
    /// They are two companies.
    Apart,
}

impl Standing {
    /// Joined, asked or apart.
    pub const fn band(&self) -> Band {
        match self {
            Self::Joined { .. } => Band::Same,
            Self::Asked { .. } => Band::Review,
            Self::Apart => Band::Apart,
        }
    }
}

/// What a band does to a pair, for people.
pub const fn outcome(band: Band) -> &'static str {
    match band {
        Band::Same => "joined",
        Band::Review => "asked",
        Band::Apart => "apart",
    }
}

/// What a ground is, for people.
pub const fn meaning(ground: Ground) -> &'static str {
    match ground {
        Ground::Alone => "the only one, or the one that the others joined",
        Ground::Decision => "a person said so",
        Ground::Placed => "it is in the organization already",
        Ground::Key => "equal but for case, punctuation, marks and legal form",
        Ground::Evidence => "something beside the names is shared",
        Ground::Words => "the same words, in another order or language",
        Ground::Glued => "the same letters, in one word or two",
        Ground::Typo => "one letter differs in a long, rare word",
        Ground::CutOff => "the one is the other, cut off within its last word",
        Ground::OtherName => "the one is a second name of the other",
        Ground::NearName => "so near that nothing is needed beside it",
        Ground::Score => "the score of the names alone",
    }
}

/// Explains what the matcher makes of the mentions `a` and `b` among all `mentions`.
pub fn explain(mentions: &[Mention], a: usize, b: usize, settings: &Settings<'_>) -> Explanation {
    let look = |comparer: &Comparer<'_>| Seen::new(comparer, mentions, (a, b), settings);
    let (matching, seen) = match_seen(mentions, &Human::default(), settings, &|_| (), look);
    let Seen { nodes, mut sides, compared, ground, against, certain_at, doubt, are_two } = seen;
    let is_equal = nodes[0] == nodes[1];
    let key = Key::new(mentions, (a, b), settings, is_equal);
    let id = |node: usize| u32::try_from(node).expect("fewer names than 2^32");
    let pair = (id(nodes[0].min(nodes[1])), id(nodes[0].max(nodes[1])));
    let is_candidate = matching.compared.binary_search_by_key(&pair, |entry| entry.0).is_ok();
    for (side, node) in std::iter::zip(&mut sides, nodes) {
        side.nearest = nearest(&matching, node);
    }
    let rule = Rule {
        score: compared.as_ref().map(|compared| compared.score),
        is_candidate,
        same_core: !key.against.contains(&Obstacle::Words),
        ground,
        against,
        certain_at,
        doubt,
        are_two,
        level: settings.level,
    };
    Explanation {
        names: matching.classes.len(),
        sides,
        thresholds: rule.thresholds(settings.weights),
        verdicts: [Preset::Cautious, Preset::Balanced]
            .map(|preset| rule.verdict(preset, settings.weights)),
        key,
        compared,
        ground,
        standing: Standing::new(&matching, (a, b)),
    }
}

/// What is seen of two mentions while all are compared.
struct Seen {
    nodes: [usize; 2],
    sides: [Side; 2],
    compared: Option<Compared>,
    ground: Ground,
    /// The comparisons that contradict.
    against: Vec<&'static str>,
    certain_at: Weight,
    /// What beside the names is shared but in doubt.
    doubt: Weight,
    /// Whether what stands beside the names shows that they are two companies.
    are_two: bool,
}

impl Seen {
    fn new(
        comparer: &Comparer<'_>,
        mentions: &[Mention],
        pair: (usize, usize),
        settings: &Settings<'_>,
    ) -> Self {
        let node_of = |mention: usize| {
            let found = comparer.nodes.iter().position(|node| node.members.contains(&mention));
            found.expect("every mention is in a class")
        };
        let nodes = [node_of(pair.0), node_of(pair.1)];
        let certain_at = comparer.certain_at;
        let side = |mention: usize, node: usize| {
            Side::new((mentions, mention), &comparer.nodes[node], comparer.words, settings)
        };
        let sides = [side(pair.0, nodes[0]), side(pair.1, nodes[1])];
        if nodes[0] == nodes[1] {
            let (ground, against) = (Ground::Key, Vec::new());
            let (doubt, are_two) = (Weight::ZERO, false);
            return Self {
                nodes,
                sides,
                compared: None,
                ground,
                against,
                certain_at,
                doubt,
                are_two,
            };
        }
        let id = |node: usize| u32::try_from(node).expect("fewer names than 2^32");
        let (one, two) = (id(nodes[0].min(nodes[1])), id(nodes[0].max(nodes[1])));
        let amounts = comparer.amounts(one, two);
        let against = kind::contradictions((&amounts, &comparer.weights), settings.kinds).collect();
        let explained = comparer.explain(one, two);
        Self {
            nodes,
            sides,
            ground: kind::of(comparer, (one, two), explained.score),
            doubt: comparer.doubt(
                (one, two),
                explained.score,
                Weight::bits(settings.weights.review_at),
            ),
            are_two: comparer.are_two(one, two),
            compared: Some(explained),
            against,
            certain_at,
        }
    }
}

impl Side {
    fn new(
        (mentions, at): (&[Mention], usize),
        node: &Node<'_>,
        words: &Vocabulary,
        settings: &Settings<'_>,
    ) -> Self {
        let mention = &mentions[at];
        let forms = settings.forms;
        let form = |&form: &u16| FormRead {
            text: forms.names(&vec![form])[0].to_owned(),
            kind: forms.kind(form).to_owned(),
            is_telling: forms.is_marked(&vec![form]),
        };
        let text = |terms: &[TermId]| {
            let texts: Vec<&str> = terms.iter().map(|&term| &*words.get(term).text).collect();
            texts.join(" ")
        };
        let mut readings: Vec<Reading> = Vec::new();
        let sounds = node.sounds.iter().map(|sound| (&sound.terms, sound.is_sure));
        let second = node.second.iter().map(|terms| (terms, true));
        let other = node.other.iter().map(|terms| (terms, false));
        for (terms, is_sure) in sounds.chain(second).chain(other) {
            let text = text(terms);
            if readings.iter().all(|reading| reading.text != text) {
                readings.push(Reading { text, is_sure });
            }
        }
        Self {
            compared_as: node.members[0],
            class: node.members.clone(),
            evidence: beside(node, mentions),
            forms: mention.name.forms.iter().map(form).collect(),
            marks: marked(&mention.name),
            terms: terms(node, &beside(node, mentions), words, settings),
            readings,
            nearest: Vec::new(),
        }
    }
}

/// What stands beside all spellings that are compared as one.
fn beside(node: &Node<'_>, mentions: &[Mention]) -> Evidence {
    let mut evidence = Evidence::default();
    node.members.iter().for_each(|&at| evidence.merge(&mentions[at].evidence));
    evidence
}

/// The words of a name that carry marks, as they are spelled.
fn marked(name: &Name) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let pieces: Vec<(&str, String)> =
        name.folded.split(|c| !is_part(c)).map(|piece| (piece, bare(piece))).collect();
    let spelled = |word: &Word| {
        let same = pieces.iter().find(|(piece, bare)| *bare == word.text && piece != bare);
        // Letters with dots between them are one word: only its signature is left.
        same.map_or_else(|| word.marks.to_string(), |(piece, _)| (*piece).to_owned())
    };
    name.words.iter().filter(|word| !word.marks.is_empty()).map(spelled).collect()
}

/// The words of a name with what each is compared as.
fn terms(
    node: &Node<'_>,
    beside: &Evidence,
    words: &Vocabulary,
    settings: &Settings<'_>,
) -> Vec<TermRead> {
    let countries = settings.kinds.countries(beside);
    let read = settings.lexicon.read(node.name, &countries, settings.forms);
    // What is compared is a part of what is read, in the same order.
    let mut own = node.terms.iter().zip(&node.bits).peekable();
    let known: Vec<TermId> =
        node.terms.iter().chain(node.other.iter().flatten()).copied().collect();
    read.into_iter()
        .map(|term| {
            let all = &node.name.words[term.at..term.at + term.length];
            let texts: Vec<&str> = all.iter().map(|word| word.text.as_str()).collect();
            let is_it = |id: TermId| *words.get(id).text == *term.text;
            let here = own.next_if(|(id, _)| is_it(**id));
            let id =
                here.map(|(id, _)| *id).or_else(|| known.iter().copied().find(|&id| is_it(id)));
            let entry = id.map(|id| words.get(id));
            let part = match (here, id) {
                (Some(_), _) if all[0].part == name::Part::Brackets => Part::Brackets,
                (Some(_), _) => Part::Name,
                _ if node.notes.iter().any(|note| note.contains(&term.at)) => Part::Note,
                (None, Some(_)) => Part::OtherName,
                (None, None) => Part::LeftOut,
            };
            TermRead {
                words: texts.join(" "),
                text: term.text.into_owned(),
                kind: entry.map_or("", |entry| match entry.kind {
                    Kind::Word => "word",
                    Kind::Number => "number",
                    Kind::Place => "place",
                    Kind::Trade => "trade",
                }),
                part,
                names: entry.map_or(0, |entry| entry.names),
                bits: entry.map_or(Weight::ZERO, |entry| Weight::bits(entry.bits)),
                left: here.map(|(_, &bits)| Weight::bits(f64::from(bits))),
            }
        })
        .collect()
}

impl Key {
    fn new(
        mentions: &[Mention],
        (a, b): (usize, usize),
        settings: &Settings<'_>,
        is_equal: bool,
    ) -> Self {
        let [one, two] = [&mentions[a], &mentions[b]];
        let (left, right) = (&one.name, &two.name);
        let core = left.core();
        if is_equal || core != right.core() {
            let against = if is_equal { vec![] } else { vec![Obstacle::Words] };
            return Self { is_equal, against };
        }
        let mut against = Vec::new();
        if !key::forms_agree(left, right, settings) {
            against.push(Obstacle::Forms);
        }
        if !left.marks_agree(right) {
            against.push(Obstacle::Marks);
        }
        let beside: Vec<&str> = key::contradictions(one, two, settings).collect();
        if !beside.is_empty() {
            against.push(Obstacle::Beside(beside));
        }
        if against.is_empty() {
            let splits = |(at, other): (usize, &Mention)| {
                let goes_with = |one| key::agree(one, other, settings);
                (other.name.core() == core && goes_with(one) != goes_with(two)).then_some(at)
            };
            let between = mentions.iter().enumerate().filter_map(splits);
            against.push(Obstacle::Between(between.collect()));
        }
        Self { is_equal, against }
    }
}

/// Other names that are shown for each.
const NEAREST: usize = 3;

/// The nearest names of a class, by a mention of each.
fn nearest(matching: &Matching, class: usize) -> Vec<(usize, Weight)> {
    let mut near: Vec<(Weight, usize)> = matching
        .compared
        .iter()
        .filter_map(|&((a, b), score)| match class {
            class if class == a as usize => Some((score, b as usize)),
            class if class == b as usize => Some((score, a as usize)),
            _ => None,
        })
        .collect();
    near.sort_unstable_by_key(|&(score, other)| (std::cmp::Reverse(score), other));
    near.truncate(NEAREST);
    near.into_iter().map(|(score, other)| (matching.classes[other][0], score)).collect()
}

/// What a preset looks at when it decides about a pair.
struct Rule {
    /// `None` where the keys are equal.
    score: Option<Weight>,
    is_candidate: bool,
    same_core: bool,
    ground: Ground,
    against: Vec<&'static str>,
    certain_at: Weight,
    doubt: Weight,
    are_two: bool,
    level: Level,
}

impl Rule {
    fn thresholds(&self, weights: &Weights) -> [Threshold; 5] {
        let bits = Weight::bits;
        [
            ("apart_at", bits(weights.apart_at), "below it the groups of the two are kept apart"),
            ("review_at", bits(weights.review_at), "from here on a person is asked"),
            ("same_at", bits(weights.same_at), "balanced: from here on they are joined"),
            (
                "sure_at",
                bits(weights.sure_at),
                "cautious: from here on a sure kind of join is made",
            ),
            ("certain_at", self.certain_at, "cautious: from here on a near name is such a kind"),
        ]
        .map(|(name, at, meaning)| {
            let is_reached = self.score.map(|score| score >= at);
            Threshold { name, at, meaning, is_reached }
        })
    }

    fn verdict(&self, preset: Preset, weights: &Weights) -> Verdict {
        let (band, reason) = self.decide(preset, weights);
        Verdict { preset, band, reason }
    }

    fn decide(&self, preset: Preset, weights: &Weights) -> (Band, String) {
        let say = |band: Band, reason: &str| (band, reason.to_owned());
        let Some(score) = self.score else {
            return say(Band::Same, "the keys are equal");
        };
        if !self.is_candidate {
            return say(Band::Apart, "no way of finding candidates met the two");
        }
        if self.are_two {
            return say(Band::Apart, "what stands beside the names shows two companies");
        }
        let least = Weight::bits(weights.review_at);
        if score < least && score + self.doubt >= least {
            return say(
                Band::Review,
                "what is shared beside the names stands for only one of them, or they share no word of their own",
            );
        }
        if score < least {
            return say(Band::Apart, "the score is below review_at");
        }
        if preset == Preset::Balanced {
            return if score >= Weight::bits(weights.same_at) {
                say(Band::Same, "the score is at least same_at")
            } else {
                say(Band::Review, "the score is between review_at and same_at")
            };
        }
        if kind::is_sure(self.ground, self.level) {
            return if score >= Weight::bits(weights.sure_at) {
                say(Band::Same, "a sure kind of join, and the score is at least sure_at")
            } else {
                say(Band::Review, "a sure kind of join, but the score is below sure_at")
            };
        }
        if !self.against.is_empty() {
            let list = self.against.join(", ");
            return (Band::Review, format!("{list}: no likeness outweighs a contradiction"));
        }
        if self.same_core {
            return say(Band::Review, "legal form or marks leave open which of several it is");
        }
        match self.ground {
            Ground::Glued => say(Band::Review, "one word or two may be two companies"),
            Ground::Typo => say(Band::Review, "one letter may tell two companies apart"),
            _ => say(Band::Review, "a near name without evidence beside it is asked"),
        }
    }
}

impl Standing {
    fn new(matching: &Matching, (a, b): (usize, usize)) -> Self {
        let group = |mention: usize| matching.group_of[mention];
        let (left, right) = (group(a), group(b));
        if left == right {
            let spellings = matching.group_of.iter().filter(|&&group| group == left).count();
            return Self::Joined { joins: [a, b].map(|at| matching.joins[at].clone()), spellings };
        }
        let between = |pair: (usize, usize)| {
            let (one, two) = (group(pair.0), group(pair.1));
            (one, two) == (left, right) || (two, one) == (left, right)
        };
        let asked = matching.asked().iter().find(|question| between(question.pair));
        asked.map_or(Self::Apart, |question| Self::Asked { pair: question.pair })
    }
}
