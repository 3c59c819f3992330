//! Reading sources: formats agree, bad input is named.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its input has failed")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use orgfold::extract::{Error, Snapshot, Source, extract};
use orgfold::progress::Progress;
use orgfold::schema::{Field, Names, Schema, Table, carried, carried_line};
use polars::prelude::{
    Column, DataFrame, DataType, IntoSeries as _, NewChunkedArray as _, StringChunked, TimeUnit,
};
use polars_io::parquet::write::ParquetWriter;
use proptest::prelude::*;

use crate::support::tables::{Tables, cell, null};

fn read(path: impl Into<PathBuf>) -> Result<Snapshot, Error> {
    extract(&Source::in_schema(path, "public"), &Progress::Silent)
}

/// Reads a dump that stands in memory.
fn read_text(text: impl AsRef<[u8]>) -> Result<Snapshot, Error> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump.sql");
    std::fs::write(&path, text).unwrap();
    read(path)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn check_equal(expected: &Snapshot, found: &Snapshot, format: &str) {
    for table in Table::ALL {
        assert_eq!(expected.frame(table), found.frame(table), "{format}: {table}");
    }
    assert_eq!(expected.fingerprints(), found.fingerprints(), "{format}");
}

fn rows(snapshot: &Snapshot) -> Vec<usize> {
    Table::ALL.into_iter().map(|table| snapshot.rows(table)).collect()
}

/// The same rows in every format that can hold them.
#[track_caller]
fn check_formats(tables: &Tables) {
    let directory = tempfile::tempdir().unwrap();
    let ours = directory.path().join("ours");
    tables.write_ours(&ours);
    let expected = read(&ours).unwrap();
    let dumps = [
        ("COPY", tables.copy_dump()),
        ("INSERT", tables.insert_dump()),
        ("one INSERT for each row", tables.column_inserts()),
    ];
    for (format, dump) in dumps {
        check_equal(&expected, &read_text(&dump).unwrap(), format);
        check_equal(&expected, &read_text(gzip(dump.as_bytes())).unwrap(), &format!("{format}.gz"));
    }
    let copy = tables.copy_dump().replace('\n', "\r\n");
    check_equal(&expected, &read_text(copy).unwrap(), "COPY with CRLF");
    let foreign = directory.path().join("foreign");
    tables.write_foreign(&foreign);
    check_equal(&expected, &read(&foreign).unwrap(), "foreign CSV");
}

#[test]
fn an_empty_cell_of_foreign_csv_is_null_unless_it_is_a_text_in_quotes() {
    let directory = tempfile::tempdir().unwrap();
    Tables::small().write_foreign(directory.path());
    let id = "00000000-0000-4000-8000-00020000000";
    let row = |number: u32, rest: &str| format!("{id}{number},{rest}\n");
    let bare = "id,organization_id,type,company_name,email,created_at,is_active\n".to_owned()
        + &row(1, "\"\",customer,x,\"\",\"\",\"\"")
        + &row(2, ",customer,,,,");
    let check = |text: &str, expected: [Option<&str>; 2]| {
        std::fs::write(directory.path().join("contacts.csv"), text).unwrap();
        let snapshot = read(directory.path()).unwrap();
        let frame = snapshot.frame(Table::Contacts).unwrap();
        let emails: Vec<_> = frame.column("email").unwrap().str().unwrap().iter().collect();
        assert_eq!(emails, expected, "{text}");
        for other in ["organization_id", "created_at", "is_active"] {
            assert_eq!(frame.column(other).unwrap().null_count(), 2, "{other} of {text}");
        }
    };
    check(&bare, [Some(""), None]);
    let in_quotes = |line: &str| {
        let cells = line.split(',').map(|cell| format!("\"{}\"", cell.trim_matches('"')));
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    let quoted: String = bare.lines().map(in_quotes).collect();
    check(&quoted, [None, None]);
    let header = bare.lines().next().unwrap();
    check(&quoted.replacen(&in_quotes(header), &format!("{header}\n"), 1), [Some(""), Some("")]);
}

#[test]
fn where_every_cell_has_quotes_an_empty_one_is_null() {
    let directory = tempfile::tempdir().unwrap();
    let tables = Tables::hostile("");
    tables.write_quoted(directory.path());
    let expected = read_text(Tables::hostile("").replaced(&cell(""), &null()).copy_dump()).unwrap();
    let found = read(directory.path()).unwrap();
    let text = |snapshot: &Snapshot, column: &str| {
        snapshot.frame(Table::Contacts).unwrap().column(column).unwrap().clone()
    };
    assert_eq!(text(&expected, "company_name"), text(&found, "company_name"));
}

#[test]
fn the_same_rows_give_the_same_fingerprints_in_every_format() {
    check_formats(&Tables::small());
}

#[test]
fn hostile_values_mean_the_same_in_every_format() {
    check_formats(&Tables::hostile(""));
    check_formats(&Tables::hostile("\u{feff}never empty"));
}

#[test]
fn the_order_of_rows_and_columns_means_nothing() {
    let expected = read_text(Tables::small().copy_dump()).unwrap();
    let shuffled = Tables::small().shuffled();
    check_equal(&expected, &read_text(shuffled.copy_dump()).unwrap(), "shuffled COPY");
    check_equal(&expected, &read_text(shuffled.insert_dump()).unwrap(), "shuffled INSERT");
    let directory = tempfile::tempdir().unwrap();
    shuffled.write_ours(directory.path());
    check_equal(&expected, &read(directory.path()).unwrap(), "shuffled CSV");
}

/// A database that calls everything otherwise: mixed case, keywords, blanks.
fn other_names() -> Names {
    Names::in_schema("App Data")
        .with_table(Table::Organizations, "order")
        .with_table(Table::Contacts, "My Contacts")
        .with_table(Table::Users, "Users")
        .with_column(Table::Contacts, Field::ORGANIZATION, "select")
        .with_column(Table::Contacts, Field::COMPANY_NAME, "Company \"Name\"")
        .with_column(Table::Organizations, Field::ID, "Key")
}

#[test]
fn names_of_another_database_mean_the_same_in_every_format() {
    let expected = read_text(Tables::small().copy_dump()).unwrap();
    let names = other_names();
    let tables = Tables::small().spelled(&names);
    let directory = tempfile::tempdir().unwrap();
    let (ours, foreign) = (directory.path().join("ours"), directory.path().join("foreign"));
    tables.write_ours(&ours);
    tables.write_foreign(&foreign);
    let mut paths = vec![ours, foreign];
    for dump in [tables.copy_dump(), tables.insert_dump(), tables.column_inserts()] {
        let path = directory.path().join(format!("{}.sql", paths.len()));
        std::fs::write(&path, dump).unwrap();
        paths.push(path);
    }
    for path in &paths {
        let source = Source { names: names.clone(), ..Source::in_schema(path, "public") };
        let found = extract(&source, &Progress::Silent).unwrap();
        check_equal(&expected, &found, &path.display().to_string());
        assert!(read(path).is_err(), "nothing there has the names of the declaration");
    }
}

#[test]
fn an_error_calls_table_and_column_as_the_source_does() {
    let names = other_names();
    let dump = Tables::small().spelled(&names).copy_dump();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump.sql");
    let source = Source { names, ..Source::in_schema(&path, "public") };
    let problem = |dump: &str| {
        std::fs::write(&path, dump).unwrap();
        let error = extract(&source, &Progress::Silent).unwrap_err();
        error.to_string().replace(directory.path().to_str().unwrap(), "")
    };
    let wrong =
        dump.replacen("\t00000000-0000-4000-8000-000100000001\tcustomer", "\tx\tcustomer", 1);
    assert_ne!(wrong, dump);
    let shown = problem(&wrong);
    assert!(
        shown.contains("table `My Contacts`, column `select`: the value is not a uuid"),
        "{shown}"
    );
    let shown = problem(&dump.replace("\"Company \"\"Name\"\"\"", "company_name"));
    assert!(
        shown.contains("table `My Contacts`, column `Company \"Name\"`: the column is missing"),
        "{shown}"
    );
}

#[test]
fn a_column_that_the_source_lacks_is_told_from_one_that_is_null() {
    let text = Tables::small().copy_dump();
    let without = read_text(&text).unwrap();
    let with = text.replace("\"is_active\", \"created_at\"", "\"phone\", \"created_at\"");
    let with = read_text(with.replace("\tt\t", "\t\\N\t").replace("\tfalse\t", "\t\\N\t")).unwrap();
    assert!(!without.has(Table::Contacts, Field("phone")));
    assert!(with.has(Table::Contacts, Field("phone")));
    let optional: Vec<&str> = with.optional(Table::Contacts).map(Field::name).collect();
    assert_eq!(optional, ["phone", "role", "created_at"]);
    assert!(!with.has(Table::Contacts, Field("notes, not read")));
    let lacking = text.replace("\"is_active\"", "\"is_active, renamed\"");
    let lacking = read_text(lacking).unwrap();
    assert_eq!(
        lacking.fingerprint(Table::Contacts),
        with.fingerprint(Table::Contacts),
        "absent is all NULL"
    );
}

#[test]
fn a_declared_column_that_no_source_has_changes_no_fingerprint() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump.sql");
    std::fs::write(&path, Tables::small().copy_dump()).unwrap();
    let expected = read(&path).unwrap().fingerprints();
    let declared = Schema::shipped_with(&[carried_line(carried("floor"))]);
    let source = Source { declared, ..Source::in_schema(&path, "public") };
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    assert_eq!(snapshot.fingerprints(), expected);
    let frame = snapshot.frame(Table::Contacts).unwrap();
    assert_eq!(frame.column("floor").unwrap().null_count(), frame.height());
}

#[test]
fn a_statement_that_names_more_columns_leaves_those_of_earlier_rows_null() {
    let dump = Tables::small().copy_dump();
    let more = "COPY public.contacts (id, organization_id, type, company_name, phone) FROM stdin;\n\
                00000000-0000-4000-8000-000200000099\t\\N\tcustomer\tx\t123\n\\.\n";
    let snapshot = read_text(dump.replace(CLOSING, &format!("\n{more}\n{CLOSING}"))).unwrap();
    let phones = snapshot.frame(Table::Contacts).unwrap().column("phone").unwrap();
    let phones: Vec<_> = phones.str().unwrap().iter().collect();
    assert_eq!(phones, [None, None, None, None, Some("123")]);
}

#[test]
fn a_changed_cell_changes_the_fingerprint_of_its_table_only() {
    let expected = read_text(Tables::small().copy_dump()).unwrap();
    for (old, new) in [(cell("An Phát"), cell("An Phat")), (null(), cell(""))] {
        let found = read_text(Tables::small().replaced(&old, &new).copy_dump()).unwrap();
        for table in Table::ALL {
            let same = expected.fingerprint(table) == found.fingerprint(table);
            assert_eq!(same, table != Table::Contacts, "{table}");
        }
    }
}

#[test]
fn any_rows_mean_the_same_in_every_format() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(48));
    let text = r"(?s)(['\\N=+@\t\r\n;$-]{0,4}[^\x00]{0,4}){0,2}";
    let texts = proptest::collection::vec(proptest::option::of(text), 1..6);
    runner
        .run(&texts, |texts| {
            check_formats(&Tables::of_texts(&texts));
            Ok(())
        })
        .unwrap();
}

/// So many texts, some NULL, some empty, of pieces that mean something in some format.
fn invented_texts(count: usize) -> Vec<Option<String>> {
    const PIECES: [&str; 16] = [
        "",
        "Công ty ",
        "GmbH",
        "'",
        "\"",
        ",",
        "\t",
        "\r\n",
        "\\",
        "\\N",
        "=",
        "$$",
        ";",
        " ",
        "日立",
        "a",
    ];
    let mut state = 1_u64;
    let mut draw = |end: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % end
    };
    let mut text = || match draw(20) {
        0 => None,
        length => Some((0..length % 7).map(|_| PIECES[draw(PIECES.len())]).collect()),
    };
    (0..count).map(|_| text()).collect()
}

#[test]
fn many_rows_give_one_fingerprint_from_every_format() {
    check_many(3_000);
}

#[test]
#[ignore = "takes minutes without optimization"]
fn a_hundred_thousand_rows_give_one_fingerprint_from_every_format() {
    check_many(100_000);
}

/// So many contacts and projects, in every format that can hold them.
#[track_caller]
fn check_many(count: usize) {
    let tables = Tables::of_texts(&invented_texts(count));
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    tables.write_ours(&path("ours"));
    let expected = read(path("ours")).unwrap();
    tables.write_foreign(&path("foreign"));
    std::fs::write(path("copy.sql"), tables.copy_dump()).unwrap();
    std::fs::write(path("insert.sql"), tables.insert_dump()).unwrap();
    std::fs::write(path("inserts.sql"), tables.column_inserts()).unwrap();
    tables.write_foreign(&path("parquet"));
    for table in [Table::Contacts, Table::Projects] {
        let file = path("parquet").join(table.name());
        std::fs::remove_file(file.with_extension("csv")).unwrap();
        let mut frame = expected.frame(table).unwrap().reverse();
        let times = frame.column("created_at").unwrap();
        let times = times.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
        frame.with_column(times).unwrap();
        write_parquet(&file.with_extension("parquet"), &frame);
    }
    for name in ["foreign", "copy.sql", "insert.sql", "inserts.sql", "parquet"] {
        let found = read(path(name)).unwrap();
        assert_eq!(expected.fingerprints(), found.fingerprints(), "{name}");
    }
    assert_eq!(expected.rows(Table::Contacts), count);
}

/// A dump with everything around its rows that a dump can have.
const FULL: &str = include_str!("fixtures/dumps/full.sql");

#[test]
fn what_stands_around_the_rows_is_skipped() {
    let snapshot = read("tests/fixtures/dumps/full.sql").unwrap();
    assert_eq!(rows(&snapshot), [2, 0, 3, 2, 0]);
    assert!(snapshot.users_known(), "a table without rows is known by its comment");
    assert!(snapshot.frame(Table::ProjectContactPoints).is_none());
    let names = snapshot.frame(Table::Contacts).unwrap().column("company_name").unwrap();
    let names: Vec<_> = names.str().unwrap().iter().collect();
    assert_eq!(names, [Some("One; DROP"), Some("Two $$ \\"), None]);
}

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_mean_nothing() {
    let expected = read_text(FULL).unwrap();
    let found = read_text(format!("\u{feff}{}", FULL.replace('\n', "\r\n"))).unwrap();
    check_equal(&expected, &found, "CRLF");
    let directory = tempfile::tempdir().unwrap();
    Tables::small().write_foreign(directory.path());
    let expected = read(directory.path()).unwrap();
    for table in Table::ALL {
        let path = directory.path().join(format!("{table}.csv"));
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.trim_end().replace('\n', "\r\n");
        std::fs::write(path, format!("\u{feff}{text}")).unwrap();
    }
    check_equal(&expected, &read(directory.path()).unwrap(), "CSV with CRLF");
}

#[test]
fn users_that_are_not_exported_are_unknown() {
    let mut tables = Tables::small();
    tables.remove(Table::Users);
    let snapshot = read_text(tables.copy_dump()).unwrap();
    assert!(!snapshot.users_known());
    let known = read_text(Tables::small().copy_dump()).unwrap();
    assert_ne!(snapshot.fingerprint(Table::Users), known.fingerprint(Table::Users));
}

/// The closing line of a dump.
const CLOSING: &str = "-- PostgreSQL database dump complete";

#[test]
fn a_dump_ends_with_its_closing_line_or_a_reset_of_everything() {
    let dump = Tables::small().insert_dump();
    for (closing, fine) in [
        (CLOSING, true),
        ("RESET ALL;", true),
        ("reset all ;", true),
        ("RESET role;", false),
        ("", false),
    ] {
        let found = read_text(dump.replace(CLOSING, closing));
        assert_eq!(found.is_ok(), fine, "{closing:?}");
    }
    let by_hand = dump.replace("-- PostgreSQL database dump\n", "").replace(CLOSING, "");
    assert!(read_text(by_hand).is_ok(), "what does not begin like a dump need not end like one");
}

#[test]
fn tables_without_rows_are_known_by_their_comments() {
    let snapshot = read_text(Tables::empty().column_inserts()).unwrap();
    assert_eq!(rows(&snapshot), [0; 5]);
    assert!(snapshot.users_known());
    let copied = read_text(Tables::empty().copy_dump()).unwrap();
    check_equal(&copied, &snapshot, "without rows");
}

#[test]
fn a_bare_name_is_in_the_schema_that_is_searched_first() {
    let expected = read_text(Tables::small().copy_dump()).unwrap();
    let bare = Tables::small().copy_dump().replace("public.", "");
    let setting = "SELECT pg_catalog.set_config('search_path', '', false);\n";
    for searched in ["", "SET search_path = public, pg_catalog;\n"] {
        let found = read_text(bare.replace(setting, searched)).unwrap();
        check_equal(&expected, &found, searched);
    }
}

#[test]
fn what_empties_a_table_before_its_rows_changes_nothing() {
    let dump = Tables::small().copy_dump();
    let expected = read_text(&dump).unwrap();
    for statement in ["TRUNCATE public.users, public.contacts CASCADE;", "DELETE FROM ONLY users;"]
    {
        check_equal(&expected, &read_text(format!("{statement}\n{dump}")).unwrap(), statement);
        let after = read_text(format!("SET search_path = public;\n{dump}{statement}"));
        let bare = statement.contains("ONLY");
        // The dump itself sets the search path so that a bare name finds nothing.
        assert_eq!(after.is_ok(), bare, "{statement}");
    }
}

#[test]
fn another_schema_can_be_named() {
    let dump = Tables::small().copy_dump().replace("public", "crm");
    assert!(read_text(&dump).is_err(), "`public` holds nothing");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dump.sql");
    std::fs::write(&path, &dump).unwrap();
    let source = Source::in_schema(path, "crm");
    let found = extract(&source, &Progress::Silent).unwrap();
    check_equal(&read_text(Tables::small().copy_dump()).unwrap(), &found, "schema crm");
}

/// The error with its remedy, as a person sees it.
fn rendered(path: &str) -> String {
    let error = read(path).map(|_| ()).expect_err(path);
    let help = error.help().map_or(String::new(), |help| format!("\nhelp: {help}"));
    format!("error: {error}{help}")
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden/bad");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn bad_input_is_named_with_its_place_and_remedy() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir("tests/fixtures/bad")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    settings().bind(|| {
        for path in &cases {
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, rendered(path.to_str().unwrap()));
        }
    });
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    settings().bind(|| {
        insta::assert_snapshot!("no_such_path", rendered("tests/fixtures/none.sql"));
    });
}

#[test]
fn a_gzip_file_cut_anywhere_is_truncated() {
    let whole = gzip(FULL.as_bytes());
    for length in 2..whole.len() {
        let error = read_text(&whole[..length]).expect_err("a part is not the whole").to_string();
        assert!(error.ends_with("the compressed data: it is truncated"), "{length}: {error}");
    }
}

#[test]
fn a_dump_cut_anywhere_is_an_error() {
    let closing = FULL.find("-- PostgreSQL database dump complete").unwrap();
    for length in (0..closing).filter(|length| FULL.is_char_boundary(*length)) {
        assert!(read_text(&FULL[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn csv_cut_inside_quotes_is_truncated() {
    let directory = tempfile::tempdir().unwrap();
    Tables::small().write_foreign(directory.path());
    let path = directory.path().join("users.csv");
    let header = "id,organization_id,note\n";
    let row = "550e8400-e29b-41d4-a716-446655440001,,";
    for (note, fine) in
        [("x", true), ("\"x\"", true), ("\"x\ny\n\"", true), ("\"x", false), ("\"x\n", false)]
    {
        std::fs::write(&path, format!("{header}{row}{note}")).unwrap();
        assert_eq!(read(directory.path()).is_ok(), fine, "{note:?}");
    }
}

#[test]
fn lines_are_those_on_which_a_record_begins() {
    for end in ["\n", "\r\n"] {
        let directory = tempfile::tempdir().unwrap();
        Tables::small().write_foreign(directory.path());
        let id = "550e8400-e29b-41d4-a716-44665544000";
        let text = format!(
            "{end}id,organization_id,note{end}{end}{id}1,,\"a{end}b\"{end}{id}2,,x{end}{end}oops,,\"y{end}z\"{end}"
        );
        std::fs::write(directory.path().join("users.csv"), text).unwrap();
        assert_eq!(read(directory.path()).unwrap_err().place.line, Some(8), "{end:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever a file holds, reading it ends, with a snapshot or with an error that can be shown.
    #[test]
    fn damaged_dumps_never_panic(
        inserts in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        pieces in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize), 0..3),
        length in any::<prop::sample::Index>(),
    ) {
        const PIECES: [&str; 12] = [
            "'", "\"", "$$", "/*", "--", ";", "(", "\\", "\n\\.\n", "E'", "\t", "COPY public.contacts FROM stdin;\n",
        ];
        let text = if inserts { Tables::hostile("").insert_dump() } else { FULL.to_owned() };
        let mut text = text.into_bytes();
        for (index, byte) in changes {
            let at = index.index(text.len());
            text[at] = byte;
        }
        for (index, piece) in pieces {
            let at = index.index(text.len());
            text.splice(at..at, PIECES[piece].bytes());
        }
        text.truncate(length.index(4 * text.len()) + 1);
        if let Err(error) = read_text(&text) {
            let shown = format!("{error} {:?}", error.help());
            prop_assert!(!shown.is_empty());
        }
    }

    #[test]
    fn damaged_csv_never_panics(
        ours in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let tables = Tables::hostile("");
        if ours { tables.write_ours(directory.path()) } else { tables.write_foreign(directory.path()) }
        let path = directory.path().join("contacts.csv");
        let mut text = std::fs::read(&path).unwrap();
        for (index, byte) in changes {
            let at = index.index(text.len());
            text[at] = byte;
        }
        text.truncate(length.index(2 * text.len()));
        std::fs::write(&path, &text).unwrap();
        if let Err(error) = read(directory.path()) {
            let shown = format!("{error} {:?}", error.help());
            prop_assert!(!shown.is_empty());
        }
    }
}

#[test]
fn paths_in_errors_are_the_ones_that_were_named() {
    let error = read("tests/fixtures/bad/csv_width").unwrap_err();
    assert!(error.place.file.starts_with(Path::new("tests/fixtures/bad/csv_width")));
}

/// Writes a frame as other tools do: ids as text.
fn write_parquet(path: &Path, frame: &DataFrame) {
    let text = |column: &Column| {
        let Ok(ids) = column.u128() else { return column.clone() };
        let ids = ids.iter().map(|id| id.map(|id| uuid::Uuid::from_u128(id).to_string()));
        StringChunked::from_iter_options(column.name().clone(), ids).into_series().into()
    };
    let columns = frame.columns().iter().map(text).collect();
    let mut frame = DataFrame::new(frame.height(), columns).unwrap();
    ParquetWriter::new(std::fs::File::create(path).unwrap()).finish(&mut frame).unwrap();
}

/// A directory with the contacts as Parquet, their times in a unit.
fn with_parquet(directory: &Path, unit: TimeUnit) -> Snapshot {
    Tables::small().write_foreign(directory);
    let expected = read(directory).unwrap();
    std::fs::remove_file(directory.join("contacts.csv")).unwrap();
    let mut frame = expected.frame(Table::Contacts).unwrap().reverse();
    let times = frame.column("created_at").unwrap();
    let micros = times.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
    let times = micros.cast(&DataType::Datetime(unit, None)).unwrap();
    frame.with_column(times).unwrap();
    write_parquet(&directory.join("contacts.parquet"), &frame);
    expected
}

#[test]
fn parquet_means_the_same_as_csv() {
    for unit in [TimeUnit::Microseconds, TimeUnit::Nanoseconds] {
        let directory = tempfile::tempdir().unwrap();
        let expected = with_parquet(directory.path(), unit);
        check_equal(&expected, &read(directory.path()).unwrap(), "Parquet");
    }
}

#[test]
fn what_is_wrong_with_parquet_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let expected = with_parquet(directory.path(), TimeUnit::Microseconds);
    let path = directory.path().join("contacts.parquet");
    let frame = expected.frame(Table::Contacts).unwrap();
    let problem = || {
        read(directory.path())
            .unwrap_err()
            .to_string()
            .replace(directory.path().to_str().unwrap(), "")
    };
    write_parquet(&path, frame);
    assert_eq!(
        problem(),
        "/contacts.parquet: table `contacts`, column `created_at`: \
         the column has the type Int64, expected timestamp"
    );
    write_parquet(&path, &frame.drop("created_at").unwrap().drop("type").unwrap());
    assert!(problem().starts_with(
        "/contacts.parquet: table `contacts`, column `type`: the column is missing; found: id, "
    ));
    let twice = frame.drop("created_at").unwrap();
    write_parquet(&path, &twice.vstack(&twice).unwrap());
    assert_eq!(
        problem(),
        "/contacts.parquet:5: table `contacts`, column `id`: the key is already used on line 1"
    );
    std::fs::write(directory.path().join("contacts.csv"), "id\n").unwrap();
    assert_eq!(
        problem(),
        "/contacts.csv: table `contacts`: the table is there as CSV and as Parquet"
    );
}

#[test]
fn parquet_cut_anywhere_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    with_parquet(directory.path(), TimeUnit::Microseconds);
    let path = directory.path().join("contacts.parquet");
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(read(directory.path()).is_err(), "cut at {length}");
    }
}
