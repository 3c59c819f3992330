//! An option for each column that is evidence: `--phone COLUMN`, `--phone-a TEXT`.
//!
//! The options follow from the declaration, so that a new kind of evidence has its own at once.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::schema::{Column, Field, Schema};

/// What the options of one group are called.
pub trait Group {
    /// What stands behind the name of the column in an option, `-` before it.
    const AFTER: &'static str;
    /// What stands before and behind it in the environment.
    const ENVIRONMENT: [&'static str; 2];
    /// What is given.
    const VALUE: &'static str;
    /// The help, about a column with this name for people and this one in a file.
    fn help(name: &str, column: &str) -> String;
}

/// The columns of a file of names.
#[derive(Clone, Copy, Debug)]
pub struct OfFile;

impl Group for OfFile {
    const AFTER: &'static str = "";
    const ENVIRONMENT: [&'static str; 2] = ["ORGFOLD_COLUMN_", ""];
    const VALUE: &'static str = "COLUMN";

    fn help(name: &str, column: &str) -> String {
        format!("Column of the {name}; `{column}` where it exists")
    }
}

/// What stands beside the name A.
#[derive(Clone, Copy, Debug)]
pub struct OfA;

impl Group for OfA {
    const AFTER: &'static str = "-a";
    const ENVIRONMENT: [&'static str; 2] = ["ORGFOLD_", "_A"];
    const VALUE: &'static str = "TEXT";

    fn help(name: &str, _: &str) -> String {
        format!("The {name} beside A")
    }
}

/// What stands beside the name B.
#[derive(Clone, Copy, Debug)]
pub struct OfB;

impl Group for OfB {
    const AFTER: &'static str = "-b";
    const ENVIRONMENT: [&'static str; 2] = ["ORGFOLD_", "_B"];
    const VALUE: &'static str = "TEXT";

    fn help(name: &str, _: &str) -> String {
        format!("The {name} beside B")
    }
}

/// What was given of a group, by column.
#[derive(Clone, Debug)]
pub struct Beside<G> {
    given: BTreeMap<Field, String>,
    group: PhantomData<G>,
}

impl<G: Group> Beside<G> {
    /// What was given for a column.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.given.get(&field).map(String::as_str)
    }

    /// The option of a column, which is also what it is known by.
    fn option(column: &Column) -> String {
        format!("{}{}", column.field.name().replace('_', "-"), G::AFTER)
    }

    fn argument(column: &Column) -> Arg {
        let name = column.field.name();
        let [before, after] = G::ENVIRONMENT;
        // As long as the program lasts, which is how long clap wants it.
        let option: &'static str = Self::option(column).leak();
        let variable: &'static str = format!("{before}{}{after}", name.to_uppercase()).leak();
        let help = G::help(&name.replace('_', " "), name);
        Arg::new(option).long(option).env(variable).value_name(G::VALUE).help(help)
    }
}

impl<G: Group> FromArgMatches for Beside<G> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |column: &Column| {
            let given = matches.get_one::<String>(&Self::option(column))?;
            Some((column.field, given.clone()))
        };
        let given = Schema::shipped().evidence().filter_map(given).collect();
        Ok(Self { given, group: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.given.append(&mut Self::from_arg_matches(matches)?.given);
        Ok(())
    }
}

impl<G: Group> Args for Beside<G> {
    fn augment_args(command: Command) -> Command {
        command.args(Schema::shipped().evidence().map(Self::argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
