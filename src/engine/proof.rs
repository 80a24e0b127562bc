//! The proof that an edited Python file changed only where its edits are.

use std::collections::BTreeMap;

use super::shift::Shift;
use crate::source::Span;
use crate::syntax::python::{self, Expr, Stmt, Syntax, Visitor, visitor};

/// Proves that `new` parses and still has every statement of `old` that no edit touches, at the
/// place the shift says and with the same tree.
///
/// # Errors
/// What is wrong, in words for a bug report, without a final period.
pub(super) fn prove(old: &Syntax, new: &str, shift: &Shift) -> Result<(), String> {
    let new = parse(new)?;
    let mut found = Statements::default();
    found.visit_body(new.body());
    let mut kept = Kept { shift, found: &found, lost: None };
    kept.visit_body(old.body());
    match kept.lost {
        None => Ok(()),
        Some(lost) => Err(format!("a statement that no edit touches would change (at byte {})", lost.start)),
    }
}

/// Parses the text of a file that is about to be written.
///
/// # Errors
/// It is no Python.
pub(super) fn parse(text: &str) -> Result<Syntax, String> {
    python::parse(text).map_err(|error| {
        let line = text[..error.at.min(text.len())].matches('\n').count() + 1;
        format!("line {line} would not be valid Python: {}", error.message)
    })
}

/// Every statement of a module, by where it is.
#[derive(Default)]
struct Statements<'a>(BTreeMap<Span, &'a Stmt>);

impl<'a> Visitor<'a> for Statements<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.0.insert(python::span(stmt), stmt);
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Looks for the untouched statements of the old tree in the new one.
struct Kept<'a> {
    shift: &'a Shift,
    found: &'a Statements<'a>,
    lost: Option<Span>,
}

impl<'a> Visitor<'a> for Kept<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let old = python::span(stmt);
        if self.shift.touches(old) {
            visitor::walk_stmt(self, stmt);
            return;
        }
        let start = self.shift.forward(old.start);
        let new = self.found.0.get(&Span::new(start, start + old.end - old.start));
        if !new.is_some_and(|new| python::same(stmt, new)) && self.lost.is_none() {
            self.lost = Some(old);
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{self, Edit};
    use crate::source::ProjectPath;

    fn prove_edit(text: &str, old: &str, new: &str) -> Result<(), String> {
        let start = text.find(old).unwrap();
        let edit = Edit::replace(&ProjectPath::new("a.py"), Span::new(start, start + old.len()), new);
        let result = edit::apply(text, "\n", &[&edit]).unwrap();
        prove(&python::parse(text).unwrap(), &result, &Shift::new(&[&edit], "\n"))
    }

    #[test]
    fn an_edit_that_stays_in_its_statement_is_proven() {
        assert_eq!(prove_edit("a = 1\nif a:\n    f(x, y=2)\n    g()\n", ", y=2", ""), Ok(()));
        assert_eq!(prove_edit("if a:\n    f()\n    g()\n", "if a:\n", "def b():\n"), Ok(()));
        assert_eq!(prove_edit("if a:\n    f()\ng()\n", "if a:\n    f()\n", ""), Ok(()));
    }

    #[test]
    fn an_edit_that_reaches_beyond_its_statement_is_not() {
        // The lone quotes swallow what follows.
        let text = "f(debug)\nx = '''a'''\ny = 1\n";
        assert!(prove_edit(text, "debug)", "'''").is_err());
        // A statement that slips into another's block keeps its bytes, but its parent changes.
        let nested = "if a:\n    if b:\n        f()\n    g()\n";
        assert!(prove_edit(nested, "        f()", "    f()").is_err());
        // The line continuation joins the next statement.
        assert!(prove_edit("a = b\n-c\n", "b\n", "b \\\n").is_err());
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let error = prove_edit("a = 1\nif b:\n    c()\nd()\n", "    c()\n", "").unwrap_err();
        assert!(error.starts_with("line 3"), "{error}");
    }
}
