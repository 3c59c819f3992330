//! `orgfold evaluate`: how good a grouping is.

use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::evaluate::{Input, measure, read};

pub(super) fn run(options: &cli::Evaluate) -> Result<Exit, Error> {
    let pairs = options.pairs.as_deref().map(Input::load).transpose()?;
    let sample = read(Input::load(&options.clusters)?, Input::load(&options.truth)?, pairs)?;
    let report = measure(&sample);
    match options.format {
        Format::Text => print(&format!("{report}\n")),
        Format::Json => {
            let json = serde_json::to_string(&report).expect("a report is plain data");
            print(&format!("{json}\n"));
        }
    }
    DONE
}
