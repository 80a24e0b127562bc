//! Where in its module a start-up call stands, and what stands around it.

use crate::project::Module;
use crate::source::Span;
use crate::syntax::python::{self, Expr, Ranged, Stmt, ast};

/// Where a start-up call stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site<'p> {
    /// A statement of its own in `if __name__ == "__main__":`.
    Guard(Block<'p>),
    /// Deeper in such a guard: in a `try`, a `with`, a loop, a branch, or within another expression.
    WithinGuard(Block<'p>),
    /// A statement of its own at module level.
    Bare {
        /// Its place among the statements of the module.
        index: usize,
    },
    /// A statement of its own in a function at module level.
    Function {
        /// The function.
        def: &'p ast::StmtFunctionDef,
        /// The place of the call among its statements.
        at: usize,
    },
    /// Deeper in a function at module level.
    WithinFunction {
        /// The function.
        def: &'p ast::StmtFunctionDef,
        /// The place of the statement with the call among its statements.
        at: usize,
    },
    /// In a method of a class at module level.
    Method {
        /// The class.
        class: &'p ast::StmtClassDef,
        /// The method.
        def: &'p ast::StmtFunctionDef,
    },
    /// Anywhere else.
    Elsewhere(&'static str),
}

/// A guard and the statement in it that holds the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'p> {
    /// The guard.
    pub(super) guard: &'p ast::StmtIf,
    /// Its place among the statements of the module.
    pub(super) index: usize,
    /// The place of the statement with the call among those of the guard.
    pub(super) at: usize,
}

/// Finds where a call stands.
pub(super) fn site<'p>(module: &'p Module, call: &ast::ExprCall) -> Site<'p> {
    let target = python::span(call);
    let body = module.syntax.body();
    let Some((index, top)) = holding(body, target) else {
        return Site::Elsewhere("the call is not in the module's own code");
    };
    match top {
        Stmt::If(guard) if is_guard(guard) => match holding(&guard.body, target) {
            Some((at, stmt)) => {
                let block = Block { guard, index, at };
                if is_call(stmt, target) { Site::Guard(block) } else { Site::WithinGuard(block) }
            }
            None => Site::Elsewhere("the call is in the `else` branch of the `__main__` guard"),
        },
        stmt if is_call(stmt, target) => Site::Bare { index },
        Stmt::FunctionDef(def) => match holding(&def.body, target) {
            Some((at, stmt)) if is_call(stmt, target) => Site::Function { def, at },
            Some((at, stmt)) if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => {
                Site::WithinFunction { def, at }
            }
            _ => Site::Elsewhere("the call is in a function within a function"),
        },
        Stmt::ClassDef(class) => match holding(&class.body, target) {
            Some((_, Stmt::FunctionDef(def))) => Site::Method { class, def },
            _ => Site::Elsewhere("the call is in the body of a class"),
        },
        Stmt::Assign(assign) if assign.value.is_lambda_expr() => Site::Elsewhere("the call is in a lambda"),
        _ => Site::Elsewhere("the call is in a block at module level that runs at every import"),
    }
}

/// The statement of a body that a span lies in.
fn holding(body: &[Stmt], span: Span) -> Option<(usize, &Stmt)> {
    body.iter().enumerate().find(|(_, stmt)| python::span(*stmt).contains(span))
}

/// Whether a statement is just the call.
fn is_call(stmt: &Stmt, target: Span) -> bool {
    matches!(stmt, Stmt::Expr(expr) if python::span(&*expr.value) == target)
}

/// Whether a call is one of a method of this name.
pub(super) fn calls_method(call: &ast::ExprCall, name: &str) -> bool {
    matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == name)
}

/// Whether a statement is `if __name__ == "__main__":`, either way round.
pub(super) fn is_guard(stmt: &ast::StmtIf) -> bool {
    let Expr::Compare(compare) = &*stmt.test else { return false };
    let [ast::CmpOp::Eq] = &*compare.ops else { return false };
    let [right] = &*compare.comparators else { return false };
    let name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    let main = |expr: &Expr| matches!(expr, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    (name(&compare.left) && main(right)) || (main(&compare.left) && name(right))
}

/// Whether an expression statement only documents: a docstring or `...`.
pub(super) fn is_inert(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Pass(_) => true,
        Stmt::Expr(expr) => {
            matches!(&*expr.value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) | Expr::NoneLiteral(_))
        }
        _ => false,
    }
}

/// The whole lines of a statement, from the start of its first to the end of its last, comments
/// behind it and indented comments below it included.
pub(super) fn block_lines(module: &Module, stmt: &impl Ranged) -> Span {
    let text = &module.source.text;
    let lines = module.source.lines();
    let span = python::span(stmt);
    let start = lines.line_start(span.start);
    let mut end = lines.line_end(text, span.end.max(span.start + 1) - 1);
    // Comments that are indented as deep as the block belong to it, though the tree has no place for them.
    let mut next = end;
    while next < text.len() {
        let next_end = lines.line_end(text, next);
        let line = &text[next..next_end];
        let trimmed = line.trim();
        if trimmed.starts_with('#') && line.starts_with([' ', '\t']) {
            end = next_end;
        } else if !trimmed.is_empty() {
            break;
        }
        next = next_end;
    }
    Span::new(start, end)
}

/// The lines with a comment of one or two lines right above that speaks of starting the server, and
/// the rules around it.
pub(super) fn with_banner(module: &Module, lines: Span) -> Span {
    const WORDS: &[&str] = &[
        "run",
        "start",
        "server",
        "main",
        "debug",
        "launch",
        "serve",
        "entry",
        "last in",
        "execut",
        "develop",
        "local",
        "testing",
        "reload",
        "lancement",
        "lancer",
        "démarr",
        "iniciar",
        "ejecut",
        "arranc",
        "starten",
        "запуск",
        "avvia",
        "启动",
        "运行",
    ];
    let text = &module.source.text;
    let index = module.source.lines();
    let mut start = lines.start;
    let mut count = 0;
    while start > 0 {
        let above = index.line_start(start - 1);
        let line = text[above..start].trim_end();
        if !line.starts_with('#') {
            break;
        }
        let lower = line.to_lowercase();
        if !line.chars().any(char::is_alphanumeric) {
            start = above;
            continue;
        }
        count += 1;
        // Anything else a comment may say is the author's to keep.
        if count > 2 || line.starts_with("#!") || !WORDS.iter().any(|word| lower.contains(word)) {
            return lines;
        }
        start = above;
    }
    // A licence or coding header at the top of the file is no banner of the guard.
    if start == 0 { lines } else { Span::new(start, lines.end) }
}
