//! The template: places ready strings into a page, and escapes every one of them.
//!
//! In: a text with slots, and a view made of strings, booleans and lists. Out: the page. A small
//! part of mustache: `{{name}}` places a string, `{{#name}}…{{/name}}` repeats for each item of a
//! list and stands once for what is true or filled, `{{^name}}…{{/name}}` stands where it is not,
//! `{{.}}` is the item itself; a name is looked up from the innermost item outwards. There is no
//! way to place a string unescaped, so no value of a row can ever become markup.

use serde::Serialize;
use serde_json::Value;

/// Fills a template with a view.
///
/// # Panics
/// If the template names a slot that the view does not have, or its sections do not nest: both are
/// constants of this program.
pub(super) fn fill(template: &str, view: &impl Serialize) -> String {
    let view = serde_json::to_value(view).expect("a view is plain data");
    let mut page = String::with_capacity(template.len() * 2);
    let pieces = parse(template);
    let rest = place(&pieces, &mut vec![&view], &mut page);
    assert!(rest.is_empty(), "every section of a template is opened before it is closed");
    page
}

/// A text as HTML: what it says, never what it does.
pub(super) fn escape(text: &str, page: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            _ => page.push(letter),
        }
    }
}

/// A piece of a template.
#[derive(Clone, Copy)]
enum Piece<'t> {
    Text(&'t str),
    Slot(&'t str),
    Open(&'t str),
    OpenUnless(&'t str),
    Close(&'t str),
}

/// Cuts a template into pieces. A section's tag that stands alone on its line takes the line with
/// it, so that pages have no blank lines.
fn parse(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut line_starts = true;
    while let Some((text, tail)) = rest.split_once("{{") {
        let (tag, tail) = tail.split_once("}}").expect("every slot of a template is closed");
        let piece = match tag.split_at_checked(1) {
            Some(("#", name)) => Piece::Open(name),
            Some(("^", name)) => Piece::OpenUnless(name),
            Some(("/", name)) => Piece::Close(name),
            _ => Piece::Slot(tag),
        };
        let line = text.rfind('\n').map(|at| at + 1);
        let indent = &text[line.unwrap_or(0)..];
        line_starts = (line_starts || line.is_some()) && indent.bytes().all(|byte| byte == b' ');
        let is_section = !matches!(piece, Piece::Slot(_));
        let next_line = tail.strip_prefix('\n').filter(|_| line_starts && is_section);
        if let Some(next_line) = next_line {
            pieces.push(Piece::Text(&text[..text.len() - indent.len()]));
            rest = next_line;
        } else {
            pieces.push(Piece::Text(text));
            rest = tail;
            line_starts = false;
        }
        pieces.push(piece);
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Places pieces up to the end of the section that they are in; gives back what follows it.
fn place<'p, 't>(
    mut pieces: &'p [Piece<'t>],
    scopes: &mut Vec<&Value>,
    page: &mut String,
) -> &'p [Piece<'t>] {
    while let Some((&piece, rest)) = pieces.split_first() {
        pieces = rest;
        match piece {
            Piece::Text(text) => page.push_str(text),
            Piece::Slot(name) => match lookup(name, scopes) {
                Value::String(text) => escape(text, page),
                other => panic!("slot `{name}` of the template wants a string, not {other}"),
            },
            Piece::Open(name) => {
                let items = match lookup(name, scopes) {
                    Value::Array(items) => items.as_slice(),
                    other if is_filled(other) => std::slice::from_ref(other),
                    _ => &[],
                };
                for item in items {
                    scopes.push(item);
                    place(rest, scopes, page);
                    scopes.pop();
                }
                pieces = skip(rest, name);
            }
            Piece::OpenUnless(name) => {
                if !is_filled(lookup(name, scopes)) {
                    place(rest, scopes, page);
                }
                pieces = skip(rest, name);
            }
            Piece::Close(_) => return pieces,
        }
    }
    pieces
}

/// What follows the section that was opened just before.
fn skip<'p, 't>(pieces: &'p [Piece<'t>], section: &str) -> &'p [Piece<'t>] {
    let mut open = 1;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(_) | Piece::OpenUnless(_) => open += 1,
            Piece::Close(name) => {
                open -= 1;
                if open == 0 {
                    assert_eq!(*name, section, "sections of a template nest");
                    return &pieces[at + 1..];
                }
            }
            Piece::Text(_) | Piece::Slot(_) => {}
        }
    }
    panic!("section `{section}` of the template is never closed")
}

fn lookup<'v>(name: &str, scopes: &[&'v Value]) -> &'v Value {
    let found = match name {
        "." => scopes.last().copied(),
        _ => scopes.iter().rev().find_map(|scope| scope.get(name)),
    };
    found.unwrap_or_else(|| panic!("the view has no `{name}`, which the template names"))
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Number(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(template: &str, view: impl Serialize, expected: &str) {
        assert_eq!(fill(template, &view), expected);
    }

    #[test]
    fn strings_are_placed_escaped() {
        check("<b>{{a}}</b>", json!({"a": "x"}), "<b>x</b>");
        check("{{a}}", json!({"a": "<script>\"&'"}), "&lt;script&gt;&quot;&amp;&#39;");
        check("{{a}}{{b}}", json!({"a": "{{b}}", "b": "c"}), "{{b}}c");
    }

    #[test]
    fn sections_repeat_stand_or_do_not() {
        check("{{#a}}[{{.}}]{{/a}}", json!({"a": ["1", "2"]}), "[1][2]");
        check("{{#a}}[{{x}}{{y}}]{{/a}}", json!({"a": [{"x": "1"}], "y": "2"}), "[12]");
        check("{{#a}}yes{{/a}}{{^a}}no{{/a}}", json!({"a": ""}), "no");
        check("{{#a}}yes {{.}}{{/a}}{{^a}}no{{/a}}", json!({"a": "b"}), "yes b");
        check("{{#a}}{{#b}}x{{/b}}{{/a}}.", json!({"a": true, "b": []}), ".");
        check("{{#a}}{{^a}}x{{/a}}{{/a}}{{^a}}y{{/a}}", json!({"a": []}), "y");
    }

    #[test]
    fn a_tag_alone_on_its_line_takes_the_line() {
        let list = "<ul>\n  {{#a}}\n  <li>{{.}}</li>\n  {{/a}}\n</ul>\n";
        check(list, json!({"a": ["1", "2"]}), "<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>\n");
        let nested = "{{#a}}\n  {{#b}}\n x\n  {{/b}}\n{{/a}}\n.";
        check(nested, json!({"a": true, "b": true}), " x\n.");
        check("a {{#a}}b{{/a}}\nc", json!({"a": true}), "a b\nc");
    }

    #[test]
    #[should_panic(expected = "the view has no `b`")]
    fn a_slot_that_nothing_fills_is_an_error() {
        fill("{{b}}", &json!({"a": "x"}));
    }
}
