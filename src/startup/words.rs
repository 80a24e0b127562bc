//! Code as text, to look for words in it.

use crate::project::Module;
use crate::source::Span;
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Stmt, TokenKind, Visitor, visitor};

/// Words of code that asks the command line or the keyboard.
pub(super) const INTERACTIVE: &[&str] =
    &["argv", "argparse", "ArgumentParser", "parse_args", "OptionParser", "getopt", "docopt"];

/// Functions that do so, whose names are also those of other things: `model.input`, `Dense(input=4)`.
const ASKING: &[&str] = &["input", "raw_input", "getpass", "Fire"];

/// Whether code asks the command line or the keyboard. It is given without comments and strings, as [`code`]
/// has it.
pub(super) fn is_interactive(code: &str) -> bool {
    let calls = |word: &&str| {
        code.match_indices(*word).any(|(at, _)| {
            let is_part = |it: char| it.is_alphanumeric() || it == '_';
            let of = code[..at].strip_suffix('.').map(|rest| rest.rsplit(|it| !is_part(it)).next().unwrap_or_default());
            let of_module = of.is_none_or(|of| of == "getpass" || of == "fire");
            code[at + word.len()..].starts_with('(') && !code[..at].ends_with(is_part) && of_module
        })
    };
    INTERACTIVE.iter().any(|word| has_word(code, word)) || ASKING.iter().any(calls)
}

/// The code of a span without its comments, and without what its strings say. Pages that are defined in it are
/// left out: they are no part of what running it does.
pub(super) fn code(module: &Module, span: Span) -> String {
    let mut pages = Pages { within: span, found: Vec::new() };
    pages.visit_body(module.syntax.body());
    let mut code = String::new();
    let mut at = span.start;
    let mut leave = |gone: Span| {
        if gone.start >= at {
            code.push_str(module.slice(Span::new(at, gone.start)));
        }
        at = at.max(gone.end);
    };
    let quiet = |kind| {
        matches!(kind, TokenKind::Comment | TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle)
    };
    let tokens = module.syntax.tokens(&module.source.text, span).iter().filter(|token| quiet(token.kind()));
    let mut gone: Vec<Span> = tokens.map(python::span).chain(pages.found).collect();
    gone.sort();
    gone.into_iter().for_each(&mut leave);
    leave(Span::empty(span.end));
    code
}

/// Decorated functions within a span, but for the outermost.
struct Pages {
    within: Span,
    found: Vec<Span>,
}

impl<'a> Visitor<'a> for Pages {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let span = python::span(stmt);
        match stmt {
            Stmt::FunctionDef(def)
                if !def.decorator_list.is_empty() && self.within.contains(span) && self.within != span =>
            {
                self.found.push(span);
            }
            _ if span.overlaps(self.within) => visitor::walk_stmt(self, stmt),
            _ => {}
        }
    }
}
