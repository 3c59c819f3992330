//! Statements that bring rows: of our tables, and of those that columns of ours are taken from.

use std::io::Read;

use super::cursor::Cursor;
use super::lexer::Name;
use super::{Dump, Failure, Statement, copy, insert};
use crate::extract::error::{Error, Place, Problem};

impl Dump<'_> {
    pub(super) fn copy<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let Some(head) = copy::head(cursor)? else { return Ok(()) };
        self.recognized = true;
        let name = self.full(head.name);
        let Some(table) = self.wanted(&name) else {
            if head.inline && self.beside.has(&name.table) {
                return self.copy_beside(cursor, &name, head.columns);
            }
            self.relations.pass_over(&name, self.at(statement), head.columns);
            return if head.inline { Ok(copy::skip(cursor)?) } else { Ok(()) };
        };
        statement.table = Some(name.table.clone());
        self.databases.claim()?;
        if !head.inline {
            return Err(Problem::OtherFile("COPY".to_owned()).into());
        }
        if let Some(option) = head.option {
            let problem =
                format!("COPY with `{option}`, where only the default text format is read");
            return Err(Problem::Syntax(problem).into());
        }
        self.relations.has_data(&name);
        let columns = self.columns(&name, head.columns)?;
        let found = self.found(table);
        let layout = found.layout(statement.line, &columns)?;
        let reads = copy::reads(&layout);
        loop {
            let line = cursor.line();
            let Some(row) = copy::row(cursor)? else { return Ok(()) };
            found.builder.push(&layout, line, &copy::cells(row, &reads))?;
        }
    }

    /// The same, where the rows come by INSERT.
    fn insert_beside<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        name: &Name,
    ) -> Result<(), Failure> {
        let named = insert::head(cursor)?;
        let columns = self.columns(name, named)?;
        let place = |line: u64| Place::file(self.file).line(line).table(&name.table);
        let layout = self.beside.layout(&name.table, &columns).map_err(|(column, problem)| {
            Error::new(place(cursor.line()).column(column), problem)
        })?;
        let wanted = |at: usize| layout.iter().any(|(_, key, take)| *key == at || *take == at);
        let reads: Vec<bool> = (0..columns.len()).map(wanted).collect();
        let mut row = insert::Row::default();
        loop {
            cursor.blank()?;
            let line = cursor.line();
            row.read(cursor, &reads)?;
            let pushed = self.beside.push(&layout, &row.cells());
            pushed.map_err(|problem| Error::new(place(line), problem))?;
            if insert::next(cursor)? == insert::Next::End {
                return Ok(());
            }
        }
    }

    /// Takes the rows of a table that columns of ours are taken from.
    fn copy_beside<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        name: &Name,
        named: Option<Vec<String>>,
    ) -> Result<(), Failure> {
        let columns = self.columns(name, named)?;
        let place = |line: u64| Place::file(self.file).line(line).table(&name.table);
        let layout = self.beside.layout(&name.table, &columns).map_err(|(column, problem)| {
            Error::new(place(cursor.line()).column(column), problem)
        })?;
        let reads = vec![true; columns.len()];
        loop {
            let line = cursor.line();
            let Some(row) = copy::row(cursor)? else { return Ok(()) };
            let pushed = self.beside.push(&layout, &copy::cells(row, &reads));
            pushed.map_err(|problem| Error::new(place(line), problem))?;
        }
    }

    pub(super) fn insert<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let name = if cursor.eat_word("into")? { cursor.name()? } else { None };
        let Some(name) = name else { return Ok(cursor.skip_statement()?) };
        self.recognized = true;
        let name = self.full(name);
        let Some(table) = self.wanted(&name) else {
            if self.beside.has(&name.table) {
                return self.insert_beside(cursor, &name);
            }
            let columns = if cursor.eat(b'(')? { cursor.names()? } else { None };
            self.relations.pass_over(&name, self.at(statement), columns);
            return Ok(cursor.skip_statement()?);
        };
        statement.table = Some(name.table.clone());
        self.databases.claim()?;
        let named = insert::head(cursor)?;
        self.relations.has_data(&name);
        let columns = self.columns(&name, named)?;
        let found = self.found(table);
        let layout = found.layout(statement.line, &columns)?;
        let reads = copy::reads(&layout);
        let mut row = insert::Row::default();
        loop {
            cursor.blank()?;
            let line = cursor.line();
            if let Err(problem) = row.read(cursor, &reads) {
                let at_end = cursor.ahead(2)?.len() < 2;
                if matches!(problem, Problem::Syntax(_)) && !at_end {
                    let mut place = found.builder.place(cursor.line());
                    place.column = columns.get(row.position()).cloned();
                    return Err(Error::new(place, problem).into());
                }
                return Err(problem.into());
            }
            found.builder.push(&layout, line, &row.cells())?;
            if insert::next(cursor)? == insert::Next::End {
                return Ok(());
            }
        }
    }
}
