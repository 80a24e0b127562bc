//! # debug-in-notebook
//!
//! ## What it does
//!
//! Finds code cells of Jupyter notebooks that start a Flask app with `debug=True`.
//!
//! ## Why is this bad
//!
//! A notebook is not deployed, so this is only a note: while the cell runs, the interactive debugger
//! answers everyone who reaches the port.
//!
//! ## Example
//!
//! ```python
//! app.run(debug=True, use_reloader=False)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! app.run(use_reloader=False)
//! ```
//!
//! ## Fix safety
//!
//! There is no fix: a notebook is its author's.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/quickstart/#debug-mode)

use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::source::{ProjectPath, Source, Span};
use crate::syntax::nodes::{self, Id, Nodes};
use crate::syntax::python::{self, Expr, Visitor};

/// Larger notebooks hold their output, and are not worth the time.
const MAX_BYTES: usize = 4 << 20;

/// The rule.
pub(super) const RULE: Rule =
    Rule { name: "debug-in-notebook", kind: Kind::Debug, source: include_str!("debug_in_notebook.rs"), check };

/// Finds cells that start an app in debug mode.
fn check(context: Context<'_>) -> Vec<Finding> {
    let notebooks = context.project.files.iter().filter(|path| path.name().ends_with(".ipynb"));
    notebooks.flat_map(|path| of_notebook(context, path)).collect()
}

fn of_notebook(context: Context<'_>, path: &ProjectPath) -> Vec<Finding> {
    let Ok(Some(bytes)) = context.tree.read(path) else { return Vec::new() };
    let has = |mark: &[u8]| memchr::memmem::find(&bytes, mark).is_some();
    if bytes.len() > MAX_BYTES || !(has(b"flask") && has(b"debug")) {
        return Vec::new();
    }
    // A notebook that is no JSON is nobody's program.
    let Ok(source) = Source::decode(path.clone(), &bytes) else { return Vec::new() };
    let Ok(tree) = nodes::json(&source.text) else { return Vec::new() };
    let cells = tree.roots().next().and_then(|root| tree.get(root, "cells"));
    let cells = cells.into_iter().flat_map(|cells| tree.children(cells));
    cells.filter_map(|cell| of_cell(path, &tree, *cell)).collect()
}

fn of_cell(path: &ProjectPath, tree: &Nodes, cell: Id) -> Option<Finding> {
    if tree.text(tree.get(cell, "cell_type")?)? != "code" {
        return None;
    }
    let source = tree.get(cell, "source")?;
    let lines: Vec<Id> = if tree.is_list(source) { tree.children(source).to_vec() } else { vec![source] };
    let mut code = String::new();
    // Where in the code each line of the list starts, and where it is written.
    let mut places: Vec<(usize, Span)> = Vec::new();
    for line in lines {
        let text = tree.text(line)?;
        places.push((code.len(), tree.node(line).span));
        // Commands of the notebook itself are no Python.
        let magic = text.trim_start().starts_with(['%', '!']);
        if magic {
            code.push_str("pass\n");
        } else {
            code.push_str(text);
        }
    }
    let syntax = python::parse(&code).ok()?;
    let mut calls = Calls { found: None };
    calls.visit_body(syntax.body());
    let at = calls.found?;
    let (_, span) = places.into_iter().rev().find(|(start, _)| *start <= at)?;
    Some(Finding {
        rule: "debug-in-notebook",
        kind: Kind::Debug,
        severity: Severity::Note,
        path: path.clone(),
        span,
        message: "this cell starts the app with `debug=True`; a notebook is not deployed".to_owned(),
        hint: None,
        fix: None,
        related: Vec::new(),
    })
}

struct Calls {
    found: Option<usize>,
}

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && matches!(call.func.as_ref(), Expr::Attribute(attribute) if attribute.attr.as_str() == "run")
        {
            let debug = call.arguments.keywords.iter().find(|keyword| {
                keyword.arg.as_ref().is_some_and(|name| name.as_str() == "debug")
                    && matches!(&keyword.value, Expr::BooleanLiteral(literal) if literal.value)
            });
            self.found = self.found.or(debug.map(|debug| python::span(debug).start));
        }
        python::visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, notes};
    use super::*;

    #[test]
    fn a_cell_that_turns_debug_mode_on_is_a_note() {
        let cell = |kind: &str, last: &str| {
            format!(
                r#"{{"cells": [{{"cell_type": "{kind}", "source": ["%pip install flask\n", "from flask import Flask\n", "{last}"]}}]}}"#
            )
        };
        let found = check_all(&[("a.ipynb", &cell("code", "app.run(debug=True)"))], check);
        assert!(notes(&found), "{found:#?}");
        for (kind, last) in
            [("markdown", "app.run(debug=True)"), ("code", "app.run(debug=False)"), ("code", "# app.run(debug=True)")]
        {
            assert_eq!(check_all(&[("a.ipynb", &cell(kind, last))], check), [], "{kind} {last}");
        }
        assert_eq!(check_all(&[("a.ipynb", "flask debug {")], check), []);
    }
}
