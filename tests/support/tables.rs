//! Invented tables, and writers for every format that a source can have.
//!
//! The writers share no code with the readers, apart from the dialect of CSV.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its input has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use orgfold::dialect;
use orgfold::schema::{Names, Schema, Table, quote_ident};

type Cell = Option<String>;

/// A cell with a text.
#[allow(clippy::unnecessary_wraps, reason = "the pair of `null`")]
pub(crate) fn cell(text: &str) -> Cell {
    Some(text.to_owned())
}

/// A cell without a value.
pub(crate) fn null() -> Cell {
    None
}

struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// Rows of text by table.
pub(crate) struct Tables {
    rows: BTreeMap<Table, Rows>,
    /// How the writers spell schema and tables.
    names: Names,
}

/// An id that says what it is of.
pub(crate) fn id(kind: u32, number: usize) -> String {
    format!("00000000-0000-4000-8000-{kind:04}{number:08}")
}

impl Tables {
    /// Two tenants with contacts, as they are in daily life.
    pub(crate) fn small() -> Self {
        Self::of_texts(&[
            cell("An Phát"),
            cell("Công ty TNHH An Phát"),
            cell("A \"quoted\", name"),
            None,
        ])
    }

    /// What goes wrong first. `empty` stands where an empty string is to be.
    pub(crate) fn hostile(empty: &str) -> Self {
        Self::of_texts(
            &[
                "'",
                "''",
                "it's",
                "\"",
                "\"\"",
                "\\",
                "\\\\",
                "\\N",
                "'\\N",
                "\\n",
                "\\.",
                "\\t\\",
                "a\tb",
                "\t",
                "line\nbreak",
                "\\\n",
                "=1+1",
                "+84 24 3826",
                "-x",
                "@x",
                "'=1",
                "NULL",
                "null",
                "😀 mũ",
                "a,b",
                "a;b",
                ";",
                "--x",
                "/*x",
                "$$",
                "$x$y$x$",
                "E'\\''",
                "x\\",
                " padded ",
                "\u{b}\u{c}\u{8}",
                "\u{a0}",
                "{a,b}",
                "(",
                ")",
                "\\x41",
                "\\101",
                empty,
            ]
            .map(cell),
        )
    }

    /// One contact for each text, in its company's name and in its role.
    pub(crate) fn of_texts(texts: &[Cell]) -> Self {
        let mut tables = BTreeMap::new();
        let mut put = |table, columns: &[&str], rows| {
            let columns = columns.iter().map(|name| (*name).to_owned()).collect();
            tables.insert(table, Rows { columns, rows });
        };
        let tenant = cell(&id(1, 1));
        put(
            Table::Organizations,
            &["id", "name", "slug", "settings", "created_at"],
            vec![
                vec![tenant.clone(), cell("Tenant"), cell("tenant"), cell("{}"), null()],
                vec![
                    cell(&id(1, 2)),
                    cell("Other"),
                    null(),
                    null(),
                    cell("2025-01-27 08:00:00+00"),
                ],
            ],
        );
        put(Table::Users, &["id", "organization_id"], vec![vec![cell(&id(5, 1)), tenant.clone()]]);
        let contact = |(index, text): (usize, &Cell)| {
            vec![
                cell(&id(2, index)),
                tenant.clone(),
                cell("customer"),
                text.clone(),
                text.clone(),
                cell(if index % 2 == 0 { "t" } else { "false" }),
                cell("2025-09-04 08:48:10.605058+00"),
                text.clone(),
            ]
        };
        put(
            Table::Contacts,
            &[
                "id",
                "organization_id",
                "type",
                "company_name",
                "notes, not read",
                "is_active",
                "created_at",
                "role",
            ],
            texts.iter().enumerate().map(contact).collect(),
        );
        let project = |index| vec![cell(&id(3, index)), tenant.clone(), cell(&id(2, index))];
        put(
            Table::Projects,
            &["id", "organization_id", "customer_id"],
            (0..texts.len()).map(project).collect(),
        );
        put(Table::ProjectContactPoints, &["id", "project_id", "contact_id"], Vec::new());
        Self { rows: tables, ..Self::none() }
    }

    /// No table at all.
    pub(crate) fn none() -> Self {
        Self { rows: BTreeMap::new(), names: Names::in_schema("public") }
    }

    /// The same rows where schema, tables and columns have other names.
    pub(crate) fn spelled(mut self, names: &Names) -> Self {
        for (table, rows) in &mut self.rows {
            for name in &mut rows.columns {
                let columns = Schema::shipped().columns(*table).iter();
                if let Some(column) = columns.into_iter().find(|c| c.field.name() == *name) {
                    names.column(*table, column.field).clone_into(name);
                }
            }
        }
        self.names = names.clone();
        self
    }

    /// Adds a table.
    pub(crate) fn put(&mut self, table: Table, columns: &[&str], rows: Vec<Vec<Cell>>) {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        self.rows.insert(table, Rows { columns, rows });
    }

    /// Every table, without a row.
    pub(crate) fn empty() -> Self {
        let mut tables = Self::of_texts(&[]);
        tables.rows.values_mut().for_each(|rows| rows.rows.clear());
        tables
    }

    /// Takes a table away.
    pub(crate) fn remove(&mut self, table: Table) {
        self.rows.remove(&table);
    }

    /// The same with rows and columns in another order.
    pub(crate) fn shuffled(mut self) -> Self {
        for rows in self.rows.values_mut() {
            rows.columns.rotate_left(1);
            rows.rows.iter_mut().for_each(|row| row.rotate_left(1));
            rows.rows.reverse();
        }
        self
    }

    /// The same with other company names.
    pub(crate) fn replaced(mut self, old: &Cell, new: &Cell) -> Self {
        for row in &mut self.rows.get_mut(&Table::Contacts).unwrap().rows {
            if row[3] == *old {
                row[3].clone_from(new);
            }
        }
        self
    }

    /// Writes a directory in our dialect, with its manifest.
    pub(crate) fn write_ours(&self, directory: &Path) {
        self.write_csv(directory, |cell| match cell {
            Some(text) => dialect::escape(text).into_owned(),
            None => dialect::NULL.to_owned(),
        });
        let counts: Vec<String> = self
            .rows
            .iter()
            .map(|(table, rows)| {
                let name = serde_json::Value::from(self.names.table(*table));
                format!("{name}:{{\"rows\":{}}}", rows.rows.len())
            })
            .collect();
        let manifest = format!(
            "{{\"format\":\"orgfold-snapshot\",\"version\":1,\"tables\":{{{}}}}}",
            counts.join(",")
        );
        std::fs::write(directory.join("snapshot.json"), manifest).unwrap();
    }

    /// Writes a directory as other tools do that tell an empty text from NULL: by quotes.
    pub(crate) fn write_foreign(&self, directory: &Path) {
        self.write_lines(directory, |cell| match cell {
            None => String::new(),
            Some(text) if text.is_empty() || text.contains([',', '"', '\r', '\n']) => quoted(text),
            Some(text) => text.clone(),
        });
    }

    /// Writes a directory as tools do that put every cell in quotes.
    pub(crate) fn write_quoted(&self, directory: &Path) {
        self.write_lines(directory, |cell| quoted(cell.as_deref().unwrap_or_default()));
    }

    fn write_lines(&self, directory: &Path, text: impl Fn(&Cell) -> String) {
        std::fs::create_dir_all(directory).unwrap();
        let line = |cells: &[Cell]| cells.iter().map(&text).collect::<Vec<_>>().join(",") + "\n";
        for (table, rows) in &self.rows {
            let header: Vec<Cell> = rows.columns.iter().map(|name| cell(name)).collect();
            let mut lines = line(&header);
            rows.rows.iter().for_each(|row| lines.push_str(&line(row)));
            let file = directory.join(format!("{}.csv", self.names.table(*table)));
            std::fs::write(file, lines).unwrap();
        }
    }

    fn write_csv(&self, directory: &Path, text: impl Fn(&Cell) -> String) {
        std::fs::create_dir_all(directory).unwrap();
        for (table, rows) in &self.rows {
            let file = directory.join(format!("{}.csv", self.names.table(*table)));
            let mut writer = csv::Writer::from_path(file).unwrap();
            writer.write_record(&rows.columns).unwrap();
            for row in &rows.rows {
                writer.write_record(row.iter().map(&text)).unwrap();
            }
            writer.flush().unwrap();
        }
    }

    fn dump(&self, write: impl Fn(&mut String, Table, &Rows)) -> String {
        let mut dump = "--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n\
                        SELECT pg_catalog.set_config('search_path', '', false);\n"
            .to_owned();
        for (table, rows) in &self.rows {
            let _ = write!(
                dump,
                "\n--\n-- Data for Name: {}; Type: TABLE DATA; Schema: {}; Owner: me\n--\n\n",
                self.names.table(*table),
                self.names.schema()
            );
            write(&mut dump, *table, rows);
        }
        dump.push_str("\n--\n-- PostgreSQL database dump complete\n--\n\n");
        dump
    }

    /// A dump as `pg_dump --data-only` writes it.
    pub(crate) fn copy_dump(&self) -> String {
        self.dump(|dump, table, rows| {
            let table = self.bare(table);
            let _ = writeln!(dump, "COPY {table} ({}) FROM stdin;", names(rows));
            for row in &rows.rows {
                let cells: Vec<String> = row.iter().map(copied).collect();
                let _ = writeln!(dump, "{}", cells.join("\t"));
            }
            dump.push_str("\\.\n\n");
        })
    }

    /// A dump as `supabase db dump --data-only` writes it.
    pub(crate) fn insert_dump(&self) -> String {
        self.dump(|dump, table, rows| {
            if rows.rows.is_empty() {
                return;
            }
            let list: Vec<String> =
                rows.rows.iter().map(|row| format!("\t({})", values(row))).collect();
            let names = names(rows);
            let list = list.join(",\n");
            let table = self.names.sql_table(table);
            let _ = writeln!(dump, "INSERT INTO {table} ({names}) VALUES\n{list};");
        })
    }

    /// A dump as `pg_dump --data-only --column-inserts` writes it.
    pub(crate) fn column_inserts(&self) -> String {
        self.dump(|dump, table, rows| {
            let table = self.bare(table);
            for row in &rows.rows {
                let (names, values) = (names(rows), values(row));
                let _ = writeln!(dump, "INSERT INTO {table} ({names}) VALUES ({values});");
            }
        })
    }
}

impl Tables {
    /// The name of a table with quotes only where they are needed, as `pg_dump` writes it.
    fn bare(&self, table: Table) -> String {
        let part = |name: &str| {
            let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
            if plain && name != "order" { name.to_owned() } else { quote_ident(name) }
        };
        format!("{}.{}", part(self.names.schema()), part(self.names.table(table)))
    }
}

fn names(rows: &Rows) -> String {
    rows.columns.iter().map(|name| quote_ident(name)).collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn copied(cell: &Cell) -> String {
    let Some(text) = cell else { return "\\N".to_owned() };
    let mut copied = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => copied.push_str("\\\\"),
            '\t' => copied.push_str("\\t"),
            '\n' => copied.push_str("\\n"),
            '\r' => copied.push_str("\\r"),
            '\u{8}' => copied.push_str("\\b"),
            '\u{b}' => copied.push_str("\\v"),
            '\u{c}' => copied.push_str("\\f"),
            other => copied.push(other),
        }
    }
    copied
}

fn values(row: &[Cell]) -> String {
    let value = |cell: &Cell| match cell {
        Some(text) => format!("'{}'", text.replace('\'', "''")),
        None => "NULL".to_owned(),
    };
    row.iter().map(value).collect::<Vec<_>>().join(", ")
}
