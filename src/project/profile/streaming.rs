//! Responses that are sent bit by bit.

use std::collections::BTreeSet;

use super::Desk;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// Whether a handler sends events, or gives a generator to a response.
pub(super) fn streams(desk: &Desk<'_>) -> bool {
    desk.modules.iter().any(|id| {
        let module = desk.project.module(*id);
        let text = &module.source.text;
        // Walking every expression has its price.
        if !["event-stream", "Response", "response_class", "x-mixed-replace", "flask_sse"]
            .iter()
            .any(|mark| text.contains(mark))
        {
            return false;
        }
        let mut look = Look::default();
        look.visit_body(module.syntax.body());
        look.streams || look.given.iter().any(|name| look.generators.contains(name))
    })
}

#[derive(Default)]
struct Look {
    streams: bool,
    /// Functions with a `yield`.
    generators: BTreeSet<String>,
    /// Functions whose result is given to a response.
    given: BTreeSet<String>,
}

impl<'a> Visitor<'a> for Look {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                let mut body = Yields(false);
                body.visit_body(&def.body);
                if body.0 {
                    self.generators.insert(def.name.to_string());
                }
            }
            Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name.as_str() == "flask_sse") => {
                self.streams = true;
            }
            _ => {}
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                // What a client asks for, in a comparison of its `Accept` header, counts as well.
                self.streams |= text.starts_with("text/event-stream") || text.starts_with("multipart/x-mixed-replace");
            }
            Expr::Call(call) if is_response(&call.func) => {
                let body = call.arguments.args.first().or_else(|| {
                    let is_body =
                        |keyword: &&ast::Keyword| keyword.arg.as_ref().is_some_and(|name| name.as_str() == "response");
                    call.arguments.keywords.iter().find(is_body).map(|keyword| &keyword.value)
                });
                match body {
                    Some(Expr::Generator(_)) => self.streams = true,
                    Some(Expr::Call(inner)) => {
                        self.given.extend(name_of(&inner.func).map(str::to_owned));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        python::visitor::walk_expr(self, expr);
    }
}

fn is_response(function: &Expr) -> bool {
    matches!(name_of(function), Some("Response" | "response_class"))
}

fn name_of(function: &Expr) -> Option<&str> {
    match function {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// Whether a body has a `yield` of its own.
struct Yields(bool);

impl<'a> Visitor<'a> for Yields {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        // Those of functions within are theirs.
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            python::visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
            Expr::Lambda(_) => {}
            _ => python::visitor::walk_expr(self, expr),
        }
    }
}
