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
    let mut brackets = 0_usize;
    let mut links = 0_usize;
    // By bracket, how many of the links are in the chain in it.
    let mut chains: Vec<usize> = vec![0];
    for token in tokens {
        match token.kind() {
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            kind if opens(kind) => {
                brackets += 1;
                chains.push(0);
            }
            kind if closes(kind) => {
                brackets = brackets.saturating_sub(1);
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
        if brackets >= MAX_BRACKETS || blocks > MAX_BLOCKS {
            return Some(token.start().to_usize());
        }
        if links > MAX_LINKS {
            // Of all those operators, `a*b - c*d` nests only those of one sort.
            return chain_too_deep(tokens);
        }
    }
    None
}

fn opens(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace | TokenKind::FStringStart | TokenKind::TStringStart
    )
}

fn closes(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd
    )
}

/// The same for chains of operators by how tightly they bind: an operand ends where an operator binds less
/// tightly than those in it. What a sign binds like is not told apart from a minus, which makes less than
/// half of the depth out of some chains: the stack has room for far more.
fn chain_too_deep(tokens: &[Token]) -> Option<usize> {
    let mut open = vec![Chain::default()];
    // The depth of what is around the innermost bracket.
    let mut around = vec![0_usize];
    for token in tokens {
        let kind = token.kind();
        if opens(kind) {
            around.push(around.last().copied().unwrap_or(0) + open.last().map_or(0, Chain::depth) + 1);
            open.push(Chain::default());
        } else if closes(kind) {
            if open.len() > 1 {
                let inner = open.pop().unwrap_or_default().depth();
                around.pop();
                if let Some(chain) = open.last_mut() {
                    chain.operand(inner + 1);
                }
            }
            if let Some(chain) = open.last_mut() {
                chain.operator(TIGHTEST);
            }
        } else if let Some(chain) = open.last_mut() {
            match kind {
                TokenKind::Newline | TokenKind::Semi => *chain = Chain::default(),
                TokenKind::Comma => chain.part(),
                _ => tightness(kind).into_iter().for_each(|tightness| chain.operator(tightness)),
            }
        }
        if around.last().copied().unwrap_or(0) + open.last().map_or(0, Chain::depth) > MAX_LINKS {
            return Some(token.start().to_usize());
        }
    }
    None
}

/// Calls, subscripts and attributes bind more tightly than any operator.
const TIGHTEST: usize = 11;

/// How tightly an operator binds (<https://docs.python.org/3/reference/expressions.html#operator-precedence>).
fn tightness(kind: TokenKind) -> Option<usize> {
    Some(match kind {
        TokenKind::Or => 1,
        TokenKind::And => 2,
        TokenKind::Not => 3,
        TokenKind::Less
        | TokenKind::Greater
        | TokenKind::EqEqual
        | TokenKind::NotEqual
        | TokenKind::LessEqual
        | TokenKind::GreaterEqual
        | TokenKind::In
        | TokenKind::Is => 4,
        TokenKind::Vbar => 5,
        TokenKind::CircumFlex => 6,
        TokenKind::Amper => 7,
        TokenKind::LeftShift | TokenKind::RightShift => 8,
        TokenKind::Plus | TokenKind::Minus => 9,
        TokenKind::Star | TokenKind::Slash | TokenKind::DoubleSlash | TokenKind::Percent | TokenKind::At => 10,
        TokenKind::DoubleStar | TokenKind::Tilde | TokenKind::Await | TokenKind::Dot => TIGHTEST,
        kind if kind.is_operator() || kind.is_keyword() => 0,
        _ => return None,
    })
}

/// What stands in a bracket, up to some token.
#[derive(Debug, Default)]
struct Chain {
    /// By tightness: the operators since one that binds less tightly.
    operators: [usize; TIGHTEST + 1],
    /// By tightness: the depth of the deepest operand since then.
    operands: [usize; TIGHTEST + 1],
    /// The depth of the deepest part in front of a comma.
    parts: usize,
}

impl Chain {
    /// The depth of those that bind at least as tightly.
    fn from(&self, tightness: usize) -> usize {
        (tightness..=TIGHTEST).rev().fold(0, |depth, at| self.operators[at] + depth.max(self.operands[at]))
    }

    fn depth(&self) -> usize {
        self.from(0).max(self.parts)
    }

    fn operand(&mut self, depth: usize) {
        self.operands[TIGHTEST] = self.operands[TIGHTEST].max(depth);
    }

    fn operator(&mut self, tightness: usize) {
        if tightness < TIGHTEST {
            self.operands[tightness] = self.operands[tightness].max(self.from(tightness + 1));
            self.operators[tightness + 1..].fill(0);
            self.operands[tightness + 1..].fill(0);
        }
        self.operators[tightness] += 1;
    }

    fn part(&mut self) {
        *self = Self { parts: self.depth(), ..Self::default() };
    }
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
        // What stands in a sum does not nest with what else stands in it.
        assert!(deep("a*b**2*c.d - ", "", 2_000).is_ok());
        assert!(deep("f(a, -b) + (a*b, c)[0] - ", "", 1_000).is_ok());
        assert!(deep("a or b and ", "", 2_000).is_ok());
        assert!(deep("a*b**2*c.d - ", "", 5_000).is_err());
        assert!(deep("a ** -", "", 10_000).is_err());
        assert!(deep("lambda: ", "", 10_000).is_err());
        assert!(deep("1 if a else ", "", 10_000).is_err());
        assert!(deep("a.b * (c + ", ")", 199).is_ok());
        assert!(deep(&"1 + (".replace("1", &"a*".repeat(3_100)).replace("* +", " +"), ")", 1).is_err());
        assert!(deep("", &" + (a)".repeat(3_100), 1).is_err());
        assert!(deep("", &".a(b * c)".repeat(3_100), 1).is_err());
    }

    #[test]
    fn the_first_syntax_error_is_told() {
        let error = parse("x = 1\nprint \"hello\"\n").unwrap_err();
        assert_eq!(error.at, 12);
    }
}
