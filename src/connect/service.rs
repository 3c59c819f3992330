//! Service files, as libpq reads them: `[name]`, then `keyword=value` lines.

use std::path::Path;

use super::Error;

/// The parameters of a service with their lines; none where the file does not know it.
pub(super) fn read(path: &Path, text: &str, name: &str) -> Result<Option<Vec<Line>>, Error> {
    let wrong = |number: usize, problem: &str| Error::Malformed {
        place: format!("{}:{number}", path.display()),
        problem: problem.to_owned(),
        help: "write [service] and below it one keyword=value in a line".to_owned(),
    };
    let mut found: Option<Vec<Line>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if section.strip_suffix(']') == Some(name) {
                found = Some(Vec::new());
            }
            continue;
        }
        let Some(lines) = &mut found else { continue };
        if line.starts_with("ldap") {
            return Err(wrong(number, "a service of an LDAP server is not looked up"));
        }
        let Some((keyword, value)) = line.split_once('=') else {
            return Err(wrong(number, "the line has no ="));
        };
        if matches!(keyword, "service" | "servicefile") {
            return Err(wrong(number, "a service cannot name another"));
        }
        lines.push(Line { number, keyword: keyword.to_owned(), value: value.to_owned() });
    }
    Ok(found)
}

/// A parameter of a service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// Left of the first `=`.
    pub(super) keyword: String,
    /// Right of it.
    pub(super) value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[one]\nhost=a\n\n[two]\n  host=b\npassword=x=y \n[two]\nhost=c\n\
                        [three]\nldap://x\n[four]\nservice=one\n[five]\nhost\n";

    #[test]
    fn a_service_is_the_first_section_of_its_name() {
        let read = |name: &str| read(Path::new("f"), FILE, name).unwrap();
        let line = |number, keyword: &str, value: &str| Line {
            number,
            keyword: keyword.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(read("one"), Some(vec![line(3, "host", "a")]));
        assert_eq!(read("two"), Some(vec![line(6, "host", "b"), line(7, "password", "x=y")]));
        assert_eq!(read("six"), None);
    }

    #[test]
    fn a_line_that_cannot_be_meant_is_named_by_its_number() {
        let check = |name: &str, expected: &str| {
            let error = read(Path::new("f"), FILE, name).unwrap_err().to_string();
            assert_eq!(error, expected);
        };
        check("three", "f:11: a service of an LDAP server is not looked up");
        check("four", "f:13: a service cannot name another");
        check("five", "f:15: the line has no =");
    }
}
