//! Python. The only file that names the parser crate: the rest of the program takes the tree, its
//! visitor and its ranges from here, so that another parser of the same family can take its place.

pub(crate) use ruff_python_ast as ast;
pub(crate) use ruff_python_ast::token::TokenKind;
pub(crate) use ruff_python_ast::visitor::{self, Visitor};
pub(crate) use ruff_python_ast::{Expr, Stmt};
pub(crate) use ruff_text_size::{Ranged, TextRange, TextSize};

use std::sync::OnceLock;

use ruff_python_ast::ModModule;
use ruff_python_ast::token::{Token, Tokens};
use ruff_python_parser::{Mode, ParseOptions};

use crate::source::Span;

/// CPython refuses more nested brackets (`MAXSTACK` and `MAXLEVEL` of its tokenizer).
const MAX_BRACKETS: usize = 200;
/// CPython refuses more levels of indentation (`MAXINDENT`).
const MAX_BLOCKS: usize = 100;
/// Operators in one chain: CPython's compiler gives up near this depth of tree.
const MAX_LINKS: usize = 3000;

/// The largest source read, in bytes: parsing takes some thirty times as much memory.
pub(crate) const MAX_BYTES: usize = 10 << 20;

/// A parsed module.
#[derive(Debug)]
pub(crate) struct Syntax {
    module: ModModule,
    /// Asked for in few files, and a third of what is kept of each.
    tokens: OnceLock<Tokens>,
}

/// Why a text is no Python module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Byte offset into the text.
    pub(crate) at: usize,
    /// What is wrong, without a final period.
    pub(crate) message: String,
}

/// Parses a module.
///
/// # Errors
/// The first syntax error, or nesting deeper than Python itself accepts.
pub(crate) fn parse(text: &str) -> Result<Syntax, SyntaxError> {
    let parsed = ruff_python_parser::parse_unchecked(text, ParseOptions::from(Mode::Module));
    let parsed = match parsed.try_into_module() {
        Some(parsed) => parsed,
        None => return Err(SyntaxError { at: 0, message: "not a module".to_owned() }),
    };
    if let Some(at) = too_deep(parsed.tokens()) {
        // Dropping the tree would recurse as deep as it is, and overflow the stack.
        std::mem::forget(parsed);
        return Err(SyntaxError { at, message: "nested deeper than Python itself accepts".to_owned() });
    }
    if let Some(error) = parsed.errors().first() {
        return Err(SyntaxError { at: error.location.start().to_usize(), message: error.error.to_string() });
    }
    Ok(Syntax { module: parsed.into_syntax(), tokens: OnceLock::new() })
}

/// A syntax error in words that help: sources for Python 2 are named as such.
pub(crate) fn explain(text: &str, error: &SyntaxError) -> String {
    match python2(text, error.at) {
        Some(what) => {
            format!("{what} is Python 2 syntax, which flaskship does not read; port the file to Python 3 first")
        }
        None => format!("not valid Python 3: {}", error.message),
    }
}

/// The Python 2 construct on the line of a syntax error.
fn python2(text: &str, at: usize) -> Option<&'static str> {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    // The parser may only notice on the line below.
    let before = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
    for line in [&text[start..], &text[before..]] {
        let line = line.lines().next().unwrap_or("").trim_start();
        let word = |word: &str| {
            line.strip_prefix(word).is_some_and(|rest| {
                rest.starts_with([' ', '\t', '"', '\'']) && !rest.trim_start().starts_with(['=', '(', '.', ','])
            })
        };
        if word("print") {
            return Some("a `print` statement");
        }
        if word("exec") {
            return Some("an `exec` statement");
        }
        if word("except") && line.contains(',') && !line.contains(" as ") && !line.contains('(') {
            return Some("`except Error, name`");
        }
        if word("raise") && line.contains(',') {
            return Some("`raise Error, message`");
        }
    }
    None
}

impl Syntax {
    /// The tree of an empty module.
    pub(crate) fn empty() -> Self {
        let parsed = ruff_python_parser::parse_unchecked_source("", ast::PySourceType::Python);
        Self { module: parsed.into_syntax(), tokens: OnceLock::new() }
    }

    /// The statements of the module.
    pub(crate) fn body(&self) -> &[Stmt] {
        &self.module.body
    }

    /// The tokens that lie within a span, comments and line ends included; `text` is what was parsed.
    pub(crate) fn tokens(&self, text: &str, span: Span) -> &[Token] {
        self.all_tokens(text).in_range(range(span))
    }

    /// The comments of the file; `text` is what was parsed.
    pub(crate) fn comments(&self, text: &str) -> impl Iterator<Item = Span> {
        self.all_tokens(text).iter().filter(|token| token.kind() == TokenKind::Comment).map(span)
    }

    fn all_tokens(&self, text: &str) -> &Tokens {
        self.tokens.get_or_init(|| {
            ruff_python_parser::parse_unchecked(text, ParseOptions::from(Mode::Module)).tokens().clone()
        })
    }
}

/// Whether two statements are the same but for where they are and how they are laid out.
pub(crate) fn same(one: &Stmt, other: &Stmt) -> bool {
    use ruff_python_ast::comparable::ComparableStmt;
    ComparableStmt::from(one) == ComparableStmt::from(other)
}

/// The span of a node.
pub(crate) fn span(node: &impl Ranged) -> Span {
    Span::new(node.start().to_usize(), node.end().to_usize())
}

/// A span as the parser's range.
pub(crate) fn range(span: Span) -> TextRange {
    TextRange::new(size(span.start), size(span.end))
}

fn size(at: usize) -> TextSize {
    TextSize::try_from(at).unwrap_or(TextSize::from(u32::MAX))
}

/// Where the tree gets too deep to visit. Told from the tokens, because walking the tree to find out
/// is what must not happen: brackets and blocks count one level each, and so does every operator of
/// a chain, since `1 + 1 + 1` nests to the left.
fn too_deep(tokens: &[Token]) -> Option<usize> {
    let mut blocks = 0_usize;
    let mut chains: Vec<usize> = vec![0];
    let mut links = 0_usize;
    for token in tokens {
        match token.kind() {
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                chains.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                if chains.len() > 1 {
                    links -= chains.pop().unwrap_or(0);
                }
                // `f()()()` nests as well.
                links += 1;
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                }
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                if let Some(chain) = chains.last_mut() {
                    links -= *chain;
                    *chain = 0;
                }
            }
            kind if kind.is_operator() || kind.is_keyword() => {
                links += 1;
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                }
            }
            _ => {}
        }
        if chains.len() > MAX_BRACKETS || blocks > MAX_BLOCKS || links > MAX_LINKS {
            return Some(token.start().to_usize());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_refused_and_long_lists_are_not() {
        let deep = |open: &str, close: &str, count: usize| {
            parse(&format!("x = {}1{}\n", open.repeat(count), close.repeat(count)))
        };
        assert!(deep("[", "]", 150).is_ok());
        assert!(deep("(", ")", 10_000).is_err());
        assert!(deep("[", "]", 10_000).is_err());
        assert!(deep("1 + ", "", 10_000).is_err());
        assert!(deep("not ", "", 10_000).is_err());
        assert!(deep("", "(1)", 10_000).is_err());
        assert!(deep("f(-1), ", "", 20_000).is_ok());
    }

    #[test]
    fn the_first_syntax_error_is_told() {
        let error = parse("x = 1\nprint \"hello\"\n").unwrap_err();
        assert_eq!(error.at, 12);
    }
}
