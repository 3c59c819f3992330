//! Connection strings as libpq reads them: URLs, `key=value` and a bare name of a database.
//!
//! In: a text that may hold a password. Out: keywords and values in order. An error never repeats
//! any of the text: what is misread may be a part of the password.

use super::parameter;

/// A text that is no connection string: what is wrong, and how to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// What is wrong.
    pub(super) problem: &'static str,
    /// How to write it.
    pub(super) help: &'static str,
}

/// How URLs of ours begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

const ENCODE: &str =
    "in a URL, write `@ : / ? # % &` of a user name or password as %40 %3A %2F %3F %23 %25 %26";
const QUOTE: &str = "write key='value' pairs; within quotes write ' as \\' and \\ as \\\\";
const URL: &str = "write postgres://user@host:port/database";

/// Whether a text is meant as a place on a network or a database on a server, not as a file.
pub(super) fn is_remote(text: &str) -> bool {
    let known = |(keyword, _): &(String, String)| parameter::named(keyword).is_some();
    text.contains("://")
        || (text.contains('=') && pairs(text).is_ok_and(|found| found.iter().all(known)))
}

/// Keywords and values, in the order in which they stand.
pub(super) fn read(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        return url(rest);
    }
    let before = text.split('=').next().unwrap_or_default();
    if before.contains("://") {
        return Err(Unreadable { problem: "this is a URL of something else", help: URL });
    }
    if text.contains('=') {
        return pairs(text);
    }
    if text.trim().is_empty() {
        return Err(Unreadable { problem: "it is empty", help: URL });
    }
    Ok(vec![("dbname".to_owned(), text.to_owned())])
}

/// What follows `postgres://`.
fn url(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let mut found = Vec::new();
    // As libpq has it: a `/` ends the search for a user, so one in a password must be encoded.
    let end = text.find(['@', '/']).filter(|at| text[*at..].starts_with('@'));
    let rest = match end {
        Some(at) => {
            let (user, password) = match text[..at].split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (&text[..at], None),
            };
            push(&mut found, "user", decoded(user)?);
            if let Some(password) = password {
                push(&mut found, "password", decoded(password)?);
            }
            &text[at + 1..]
        }
        None => text,
    };
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    if place.contains('@') {
        return Err(Unreadable { problem: "there is an @ behind the user's", help: ENCODE });
    }
    let (hosts, database) = match place.split_once('/') {
        Some((hosts, database)) => (hosts, database),
        None => (place, ""),
    };
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(decoded(name)?);
        ports.push(port);
    }
    push(&mut found, "host", joined(&names));
    push(&mut found, "port", joined(&ports));
    push(&mut found, "dbname", decoded(database)?);
    for parameter in query.into_iter().flat_map(|query| query.split('&')) {
        if parameter.is_empty() {
            continue;
        }
        let Some((keyword, value)) = parameter.split_once('=') else {
            return Err(Unreadable { problem: "a parameter has no value", help: ENCODE });
        };
        found.push((decoded(keyword)?, decoded(value)?));
    }
    Ok(found)
}

/// `name:port`, `[address]:port` or either without a port.
fn host_and_port(text: &str) -> Result<(&str, String), Unreadable> {
    let (name, rest) = if let Some(inside) = text.strip_prefix('[') {
        let Some((address, rest)) = inside.split_once(']') else {
            return Err(Unreadable { problem: "a [ before an address is not closed", help: URL });
        };
        (address, rest)
    } else {
        match text.find(':') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        }
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => decoded(port)?,
        None if rest.is_empty() => String::new(),
        None => return Err(Unreadable { problem: "an address is not followed by :", help: URL }),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable { problem: "what follows the host is no port", help: ENCODE });
    }
    Ok((name, port))
}

/// A list, which is empty where it says nothing.
fn joined(values: &[String]) -> String {
    if values.iter().all(String::is_empty) { String::new() } else { values.join(",") }
}

fn push(found: &mut Vec<(String, String)>, keyword: &str, value: String) {
    if !value.is_empty() {
        found.push((keyword.to_owned(), value));
    }
}

/// Text without its percent signs.
fn decoded(text: &str) -> Result<String, Unreadable> {
    let wrong =
        Unreadable { problem: "a % is not followed by two hexadecimal digits", help: ENCODE };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        let digits = tail.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|two| std::str::from_utf8(two).ok()).ok_or(wrong)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong)?);
        rest = &tail[2..];
    }
    if bytes.contains(&0) {
        return Err(Unreadable {
            problem: "there is a %00, which no value can hold",
            help: ENCODE,
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| Unreadable { problem: "what is encoded is not UTF-8", help: ENCODE })
}

/// `key = value key='va l\'ue'`.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let unreadable = |problem| Unreadable { problem, help: QUOTE };
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some(end) = rest.find(|letter: char| letter == '=' || letter.is_whitespace()) else {
            return Err(unreadable("a word is not followed by ="));
        };
        let keyword = rest[..end].to_owned();
        let Some(after) = rest[end..].trim_start().strip_prefix('=') else {
            return Err(unreadable("a word is not followed by ="));
        };
        let after = after.trim_start();
        let quoted = after.strip_prefix('\'');
        let mut letters = quoted.unwrap_or(after).char_indices();
        let mut value = String::new();
        let end = loop {
            match letters.next() {
                None if quoted.is_some() => return Err(unreadable("a quote is not closed")),
                None => break letters.offset(),
                Some((_, '\\')) => value.extend(letters.next().map(|(_, letter)| letter)),
                Some((_, '\'')) if quoted.is_some() => break letters.offset(),
                Some((at, letter)) if quoted.is_none() && letter.is_whitespace() => break at,
                Some((_, letter)) => value.push(letter),
            }
        };
        found.push((keyword, value));
        rest = quoted.unwrap_or(after)[end..].trim_start();
    }
    Ok(found)
}

/// A connection string without what may be secret, for a message.
pub(super) fn without_secret(text: &str) -> String {
    let scheme = match text.split_once("://") {
        Some((scheme, _)) if !scheme.contains('=') => format!("{scheme}://"),
        _ => SCHEMES[0].to_owned(),
    };
    let Ok(found) = read(text) else { return format!("{scheme}…") };
    let value = |keyword: &str| {
        let last = found.iter().rev().find(|(name, _)| name == keyword);
        last.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let user = match value("user") {
        "" => String::new(),
        user => format!("{user}@"),
    };
    let mut ports = value("port").split(',');
    let hosts = value("host").split(',').map(|host| match ports.next().unwrap_or_default() {
        "" => host.to_owned(),
        port => format!("{host}:{port}"),
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("{scheme}{user}{hosts}/{}", value("dbname"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = read(text).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[track_caller]
    fn fails(text: &str, problem: &str) {
        assert_eq!(read(text).unwrap_err().problem, problem, "{text}");
    }

    #[test]
    fn a_url_is_taken_apart() {
        check("postgres://", &[]);
        check("postgresql:///crm", &[("dbname", "crm")]);
        check(
            "postgres://app:s%40%2Fcret@db.example:6432/c%20rm?sslmode=require&options=-c%20a%3Db",
            &[
                ("user", "app"),
                ("password", "s@/cret"),
                ("host", "db.example"),
                ("port", "6432"),
                ("dbname", "c rm"),
                ("sslmode", "require"),
                ("options", "-c a=b"),
            ],
        );
        check("postgres://app:pa?s#s@h", &[("user", "app"), ("password", "pa?s#s"), ("host", "h")]);
        check("postgres://[::1]:5433/x", &[("host", "::1"), ("port", "5433"), ("dbname", "x")]);
        check("postgres://%2Frun%2Fpg/x", &[("host", "/run/pg"), ("dbname", "x")]);
        check("postgres://a,b:5433,c/x", &[("host", "a,b,c"), ("port", ",5433,"), ("dbname", "x")]);
        check("postgres://:5433/x", &[("port", "5433"), ("dbname", "x")]);
        check(
            "postgres:///x?host=/run/pg&options=a=b",
            &[("dbname", "x"), ("host", "/run/pg"), ("options", "a=b")],
        );
    }

    #[test]
    fn pairs_are_taken_apart_with_quotes_and_blanks() {
        check("host=h dbname=x", &[("host", "h"), ("dbname", "x")]);
        check(" host = h  port= 5 ", &[("host", "h"), ("port", "5")]);
        check(
            r"password='it\'s \\ a' host=a\ b user=''",
            &[("password", r"it's \ a"), ("host", "a b"), ("user", "")],
        );
        check("service=crm", &[("service", "crm")]);
        check("password='ä=ö' dbname=đ", &[("password", "ä=ö"), ("dbname", "đ")]);
    }

    #[test]
    fn a_bare_word_is_a_database() {
        check("crm", &[("dbname", "crm")]);
    }

    #[test]
    fn what_is_no_connection_string_is_refused_without_repeating_it() {
        fails("", "it is empty");
        fails("mysql://u:p@h/x", "this is a URL of something else");
        fails("jdbc:postgresql://h/x?user=u", "this is a URL of something else");
        fails("postgres://u:p@ss@h/x", "there is an @ behind the user's");
        fails("postgres://u:pa/ss@h/x", "there is an @ behind the user's");
        fails("postgres://u:12/ss@h/x", "there is an @ behind the user's");
        fails("postgres://u:secret/x", "what follows the host is no port");
        fails("postgres://u:50%@h/x", "a % is not followed by two hexadecimal digits");
        fails("postgres://u:5%+1@h/x", "a % is not followed by two hexadecimal digits");
        fails("postgres://u:%00@h/x", "there is a %00, which no value can hold");
        fails("postgres://u:%ff@h/x", "what is encoded is not UTF-8");
        fails("postgres://[::1/x", "a [ before an address is not closed");
        fails("postgres://[::1]x/x", "an address is not followed by :");
        fails("postgres://h/x?sslmode", "a parameter has no value");
        fails("host=h password=my secret", "a word is not followed by =");
        fails("host=h my secret=x", "a word is not followed by =");
        fails("password='secret", "a quote is not closed");
    }

    #[test]
    fn a_server_is_told_from_a_file() {
        for text in ["postgres://u:p@h/x", "https://h/x.csv", "host=h dbname=x", "service=crm"] {
            assert!(is_remote(text), "{text}");
        }
        for text in ["crm.sql", "exports/day=1", "a=b.csv", "C:/exports/x.csv", "dir with = sign"] {
            assert!(!is_remote(text), "{text}");
        }
    }

    #[test]
    fn a_string_is_shown_without_its_secrets() {
        let check = |text: &str, expected: &str| assert_eq!(without_secret(text), expected);
        check("postgres://app:s3cret@db/shop", "postgres://app@db/shop");
        check("postgresql://app:x@a:1,b:2/s?password=y&sslkey=z", "postgresql://app@a:1,b:2/s");
        check("postgres://app:s3/cret@db/shop", "postgres://…");
        check("postgres://", "postgres:///");
        check("https://app:s3cret@files/x.csv", "https://…");
        check("host=h user=u password=s3cret dbname=d", "postgres://u@h/d");
    }
}
