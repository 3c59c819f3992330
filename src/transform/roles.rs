//! What a contact is for: purchasing, engineering, quality, … where mailbox or title is sure.

use std::collections::BTreeMap;

use super::normalize::bare;
use super::record::Contact;

/// The role of a contact about whom nothing is sure.
pub const GENERAL: &str = "general";

/// The list of `config/roles.csv`, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    mailboxes: BTreeMap<String, String>,
    /// Words of a title, longest first.
    titles: Vec<(Vec<String>, String)>,
}

impl Roles {
    /// Prepares pairs of pattern and role for mailboxes and for job titles.
    pub fn new(mailboxes: BTreeMap<String, String>, titles: BTreeMap<String, String>) -> Self {
        let mut titles: Vec<(Vec<String>, String)> = titles
            .into_iter()
            .map(|(words, role)| (words.split(' ').map(str::to_owned).collect(), role))
            .collect();
        titles.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Self { mailboxes, titles }
    }

    /// The role that is set, else that of the mailbox, else that of the job title or of a title in
    /// place of a person's name, else [`GENERAL`].
    pub fn of<'r>(&'r self, contact: &Contact<'r>) -> &'r str {
        let set = contact.role.map(str::trim).filter(|role| !role.is_empty());
        set.or_else(|| self.of_mailbox(contact.email?))
            .or_else(|| self.of_title(contact.job_title?))
            .or_else(|| self.of_title(contact.name?))
            .unwrap_or(GENERAL)
    }

    fn of_mailbox(&self, email: &str) -> Option<&str> {
        let (local, _) = email.trim().split_once('@')?;
        let local = local.to_lowercase().replace(['_', '-'], ".");
        self.mailboxes.get(&local).map(String::as_str)
    }

    fn of_title(&self, title: &str) -> Option<&str> {
        let title = bare(title);
        let words: Vec<&str> = title.split(' ').collect();
        let holds =
            |pattern: &[String]| words.windows(pattern.len()).any(|window| window == pattern);
        self.titles.iter().find(|(pattern, _)| holds(pattern)).map(|(_, role)| role.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_or_a_title_tells_the_role() {
        let list = |rows: &[(&str, &str)]| {
            rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let roles = Roles::new(
            list(&[("purchasing", "purchasing"), ("supply.chain", "logistics")]),
            list(&[("quality", "quality"), ("quality sales", "sales")]),
        );
        assert_eq!(roles.of_mailbox("Supply_Chain@x.example"), Some("logistics"));
        assert_eq!(roles.of_mailbox("an.nguyen@x.example"), None);
        assert_eq!(roles.of_title("Head of Quality Sales"), Some("sales"));
        assert_eq!(roles.of_title("QUALITY manager"), Some("quality"));
        assert_eq!(roles.of_title("qualitymanager"), None);
    }
}
