//! What programs wrote before a dump: warnings, hints, questions, on the same stream by mistake.

use std::io::Read;

use super::cursor::Cursor;
use crate::extract::error::Problem;

/// The words with which a statement can begin.
const BEGINNINGS: [&str; 52] = [
    "abort",
    "alter",
    "analyze",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "delete",
    "discard",
    "do",
    "drop",
    "end",
    "execute",
    "explain",
    "fetch",
    "grant",
    "import",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "security",
    "select",
    "set",
    "show",
    "start",
    "table",
    "truncate",
    "unlisten",
    "update",
    "vacuum",
    "values",
    "with",
];

/// Bytes of a line by which it is told what it is.
const TOLD: usize = 64;

/// Moves to the first line that belongs to a dump: a blank one, a comment, a command, a statement.
/// Where no line does, it stays. The number of lines passed over.
pub(super) fn skip<R: Read>(cursor: &mut Cursor<R>) -> Result<u64, Problem> {
    let mut count = 0;
    loop {
        let line = cursor.ahead(TOLD)?;
        if line.is_empty() || is_of_a_dump(line) {
            return Ok(count);
        }
        cursor.skip_line()?;
        count += 1;
    }
}

fn is_of_a_dump(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    if line.is_empty()
        || [b"--".as_slice(), b"/*", b"\\", b";", b"("].iter().any(|s| line.starts_with(s))
    {
        return true;
    }
    let length = line.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, rest) = line.split_at(length);
    let is_alone =
        rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b";('\"".contains(byte));
    is_alone && BEGINNINGS.iter().any(|beginning| word.eq_ignore_ascii_case(beginning.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_begins_with_a_comment_a_command_or_a_statement() {
        for (text, expected) in [
            ("", 0),
            ("\nSET x = 1;", 0),
            ("-- a", 0),
            ("\\restrict x", 0),
            ("copy a from stdin;", 0),
            ("COPY: nothing was copied\ncopy a", 1),
            ("tool: warning: it's late\r\nhint; or not\n--\n", 2),
            ("only words\nand no dump", 2),
        ] {
            let mut cursor = Cursor::new(text.as_bytes());
            assert_eq!(skip(&mut cursor).unwrap(), expected, "{text:?}");
        }
    }
}
