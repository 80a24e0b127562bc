//! Which global names a module reads and binds, where, and whether at import or later.

use std::collections::BTreeSet;

use super::python::{self, Expr, Stmt, Visitor, ast, visitor};
use crate::source::Span;

/// A global name at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// The name.
    pub(crate) name: String,
    /// Where.
    pub(crate) span: Span,
    /// Whether it happens when a function is called, and not when the module runs.
    pub(crate) later: bool,
}

/// The names of a module.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Reads of global names.
    pub(crate) reads: Vec<Use>,
    /// Bindings of global names: assignments, imports, definitions, `del`.
    pub(crate) binds: Vec<Use>,
    /// Every identifier anywhere, to find one that is free.
    all: BTreeSet<String>,
    /// Every identifier that is read in any scope, with its place.
    anywhere: Vec<(String, Span)>,
    /// Texts in string literals, which may be quoted annotations, `__all__` or `getattr` names.
    strings: Vec<(String, Span)>,
}

impl Names {
    /// Gathers the names of a module.
    pub(crate) fn of(body: &[Stmt]) -> Self {
        let mut walker = Walker { names: Self::default(), scopes: Vec::new(), later: false };
        walker.visit_body(body);
        walker.names
    }

    /// Gathers the names of a module as if the body of one of its functions stood in its place.
    pub(crate) fn with_inlined(body: &[Stmt], inlined: &ast::StmtFunctionDef) -> Self {
        let mut walker = Walker { names: Self::default(), scopes: Vec::new(), later: false };
        for stmt in body {
            match stmt {
                Stmt::FunctionDef(def) if std::ptr::eq(def, inlined) => {
                    walker.bind(&def.name, python::span(&def.name));
                    walker.visit_body(&def.body);
                }
                _ => walker.visit_stmt(stmt),
            }
        }
        walker.names
    }

    /// The names read within a span.
    pub(crate) fn read_in(&self, span: Span) -> impl Iterator<Item = &Use> {
        self.reads.iter().filter(move |name| span.contains(name.span))
    }

    /// Whether a name is read at all.
    pub(crate) fn is_read(&self, name: &str) -> bool {
        self.reads.iter().any(|read| read.name == name)
    }

    /// The names that running the code in a span binds, not counting what functions bind when called.
    pub(crate) fn bound_in(&self, span: Span) -> BTreeSet<&str> {
        self.binds
            .iter()
            .filter(|name| !name.later && span.contains(name.span))
            .map(|name| name.name.as_str())
            .collect()
    }

    /// Whether a name is bound when the module runs, outside of all the spans.
    pub(crate) fn bound_outside(&self, name: &str, spans: &[Span]) -> bool {
        self.binds.iter().any(|bind| bind.name == name && !bind.later && !within(bind.span, spans))
    }

    /// Whether a function of the module gives the global a new value when called.
    pub(crate) fn rebound_later(&self, name: &str) -> bool {
        self.binds.iter().any(|bind| bind.name == name && bind.later)
    }

    /// Whether a function outside of the spans reads or binds the global.
    pub(crate) fn used_later_outside(&self, name: &str, spans: &[Span]) -> bool {
        self.reads.iter().chain(&self.binds).any(|used| used.name == name && used.later && !within(used.span, spans))
    }

    /// Whether a name is read in any scope, or spelt in a string, outside of the spans.
    pub(crate) fn mentioned_outside(&self, name: &str, spans: &[Span]) -> bool {
        self.anywhere.iter().any(|(read, span)| read == name && !within(*span, spans))
            || self.strings.iter().any(|(text, span)| !within(*span, spans) && has_word(text, name))
    }

    /// Takes a span for code that is not there.
    pub(crate) fn forget(&mut self, span: Span) {
        self.reads.retain(|read| !span.contains(read.span));
        self.anywhere.retain(|(_, read)| !span.contains(*read));
    }

    /// The identifiers read in a span, in any scope.
    pub(crate) fn idents_in(&self, span: Span) -> impl Iterator<Item = &str> {
        self.anywhere.iter().filter(move |(_, at)| span.contains(*at)).map(|(name, _)| name.as_str())
    }

    /// Whether a span reads an identifier, in any scope.
    pub(crate) fn anywhere_in(&self, name: &str, span: Span) -> bool {
        self.idents_in(span).any(|read| read == name)
    }

    /// Whether no identifier of the module is called so.
    pub(crate) fn is_free(&self, name: &str) -> bool {
        !self.all.contains(name)
    }
}

/// Whether `word` occurs in `text` as an identifier of its own.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// Whether code calls a built-in that reaches for variables by their names as text. A method of such a
/// name, like `model.eval()`, does nothing of the kind.
pub(crate) fn reaches_by_text(code: &str) -> bool {
    ["globals", "locals", "vars", "eval", "exec"].iter().any(|word| {
        code.match_indices(word).any(|(at, _)| {
            code[at + word.len()..].trim_start_matches([' ', '\t']).starts_with('(')
                && !code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == '.')
        })
    })
}

/// Whether a span lies within one of several.
pub(crate) fn within(span: Span, spans: &[Span]) -> bool {
    spans.iter().any(|outer| outer.contains(span))
}

/// What kind of scope a name is looked up in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Class,
    Comprehension,
}

struct Scope {
    kind: Kind,
    locals: BTreeSet<String>,
    globals: BTreeSet<String>,
}

struct Walker {
    names: Names,
    scopes: Vec<Scope>,
    /// Whether the code being visited runs when a function is called.
    later: bool,
}

impl Walker {
    /// Whether a name means the global of that name here.
    fn is_global(&self, name: &str) -> bool {
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            if scope.globals.contains(name) {
                return true;
            }
            // The names of a class are not seen by the functions in it.
            if scope.locals.contains(name) && (scope.kind != Kind::Class || depth == 0) {
                return false;
            }
        }
        true
    }

    fn read(&mut self, name: &str, span: Span) {
        self.names.all.insert(name.to_owned());
        self.names.anywhere.push((name.to_owned(), span));
        if self.is_global(name) {
            self.names.reads.push(Use { name: name.to_owned(), span, later: self.later });
        }
    }

    fn bind(&mut self, name: &str, span: Span) {
        self.names.all.insert(name.to_owned());
        if self.is_global(name) {
            self.names.binds.push(Use { name: name.to_owned(), span, later: self.later });
        }
    }

    fn in_function(&mut self, parameters: Option<&ast::Parameters>, body: &mut dyn FnMut(&mut Self), bound: Bound) {
        let mut locals = bound.names;
        if let Some(parameters) = parameters {
            locals.extend(parameters.iter().map(|parameter| parameter.name().to_string()));
        }
        self.names.all.extend(locals.iter().cloned());
        locals.retain(|name| !bound.globals.contains(name));
        self.scopes.push(Scope { kind: Kind::Function, locals, globals: bound.globals });
        let later = std::mem::replace(&mut self.later, true);
        body(self);
        self.later = later;
        self.scopes.pop();
    }

    fn comprehension(&mut self, generators: &[ast::Comprehension], elements: &[&Expr]) {
        let mut bound = Bound::default();
        for generator in generators {
            bound.target(&generator.target);
        }
        self.names.all.extend(bound.names.iter().cloned());
        let scope = Scope { kind: Kind::Comprehension, locals: bound.names, globals: BTreeSet::new() };
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.scopes.push(scope);
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.visit_expr(&generator.iter);
            }
            generator.ifs.iter().for_each(|test| self.visit_expr(test));
        }
        elements.iter().for_each(|element| self.visit_expr(element));
        self.scopes.pop();
    }
}

impl<'a> Visitor<'a> for Walker {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                for parameter in def.parameters.iter() {
                    if let Some(default) = parameter.default() {
                        self.visit_expr(default);
                    }
                    if let Some(annotation) = parameter.annotation() {
                        self.visit_expr(annotation);
                    }
                }
                if let Some(returns) = &def.returns {
                    self.visit_expr(returns);
                }
                self.bind(&def.name, python::span(&def.name));
                let bound = Bound::of(&def.body);
                self.in_function(Some(&def.parameters), &mut |walker| walker.visit_body(&def.body), bound);
            }
            Stmt::ClassDef(def) => {
                def.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                if let Some(arguments) = &def.arguments {
                    self.visit_arguments(arguments);
                }
                self.bind(&def.name, python::span(&def.name));
                let bound = Bound::of(&def.body);
                self.names.all.extend(bound.names.iter().cloned());
                self.scopes.push(Scope { kind: Kind::Class, locals: bound.names, globals: bound.globals });
                self.visit_body(&def.body);
                self.scopes.pop();
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.bind(bound_name(alias), python::span(alias));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() != "*" {
                        self.bind(bound_name(alias), python::span(alias));
                    }
                }
            }
            Stmt::AugAssign(assign) => {
                // `x += 1` reads as well.
                if let Expr::Name(name) = &*assign.target {
                    self.read(&name.id, python::span(name));
                }
                visitor::walk_stmt(self, stmt);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_load() => self.read(&name.id, python::span(name)),
            Expr::Name(name) => self.bind(&name.id, python::span(name)),
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    parameters.iter().filter_map(|parameter| parameter.default()).for_each(|it| self.visit_expr(it));
                }
                let parameters = lambda.parameters.as_deref();
                self.in_function(parameters, &mut |walker| walker.visit_expr(&lambda.body), Bound::default());
            }
            Expr::ListComp(it) => self.comprehension(&it.generators, &[&it.elt]),
            Expr::SetComp(it) => self.comprehension(&it.generators, &[&it.elt]),
            Expr::Generator(it) => self.comprehension(&it.generators, &[&it.elt]),
            Expr::DictComp(it) => {
                let elements: Vec<&Expr> = it.key.iter().map(|key| &**key).chain([&*it.value]).collect();
                self.comprehension(&it.generators, &elements);
            }
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                // Text with spaces in it is for people, and no name for `getattr` or an annotation.
                if !text.contains(char::is_whitespace) {
                    self.names.strings.push((text.to_owned(), python::span(literal)));
                }
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name, python::span(name));
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        for name in pattern_names(pattern) {
            self.bind(name, python::span(pattern));
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// The names that a function keeps to itself, but for its parameters.
pub(crate) fn locals(def: &ast::StmtFunctionDef) -> BTreeSet<String> {
    let Bound { mut names, globals } = Bound::of(&def.body);
    names.retain(|name| !globals.contains(name));
    names
}

/// The name an import binds: `a` for `import a.b`.
pub(crate) fn bound_name(alias: &ast::Alias) -> &str {
    match &alias.asname {
        Some(name) => name.as_str(),
        None => alias.name.split('.').next().unwrap_or_default(),
    }
}

/// The names that one level of a pattern binds.
fn pattern_names(pattern: &ast::Pattern) -> Vec<&str> {
    match pattern {
        ast::Pattern::MatchAs(it) => it.name.iter().map(|name| name.as_str()).collect(),
        ast::Pattern::MatchStar(it) => it.name.iter().map(|name| name.as_str()).collect(),
        ast::Pattern::MatchMapping(it) => it.rest.iter().map(|name| name.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The names a function or class body binds, and those it declares global.
#[derive(Default)]
struct Bound {
    names: BTreeSet<String>,
    globals: BTreeSet<String>,
}

impl Bound {
    fn of(body: &[Stmt]) -> Self {
        let mut bound = Self::default();
        bound.visit_body(body);
        bound
    }

    fn target(&mut self, expr: &Expr) {
        self.visit_expr(expr);
    }
}

impl<'a> Visitor<'a> for Bound {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.names.insert(def.name.to_string());
            }
            Stmt::ClassDef(def) => {
                self.names.insert(def.name.to_string());
            }
            Stmt::Import(import) => self.names.extend(import.names.iter().map(|alias| bound_name(alias).to_owned())),
            Stmt::ImportFrom(import) => {
                self.names.extend(import.names.iter().map(|alias| bound_name(alias).to_owned()));
            }
            Stmt::Global(global) => self.globals.extend(global.names.iter().map(ToString::to_string)),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if !name.ctx.is_load() => {
                self.names.insert(name.id.to_string());
            }
            // They have scopes of their own, but for `:=`, which is rare enough there to be left out.
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        self.names.extend(inner.name.iter().map(ToString::to_string));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.names.extend(pattern_names(pattern).into_iter().map(str::to_owned));
        visitor::walk_pattern(self, pattern);
    }
}

/// The beginnings of a dotted name, the whole last: `a`, `a.b`, `a.b.c`.
pub(crate) fn prefixes(dotted: &str) -> impl Iterator<Item = &str> {
    dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]).map(|end| &dotted[..end])
}

/// Whether Python's grammar takes a word as a name.
pub(crate) fn is_identifier(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
        && !KEYWORDS.contains(&word)
}

/// Python's reserved words.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Names {
        Names::of(python::parse(text).unwrap().body())
    }

    fn reads(text: &str) -> Vec<(String, bool)> {
        names(text).reads.into_iter().map(|name| (name.name, name.later)).collect()
    }

    #[test]
    fn keywords_are_no_names() {
        assert!(is_identifier("app2") && !is_identifier("2app") && !is_identifier("my-app") && !is_identifier("class"));
    }

    #[test]
    fn a_parameter_or_local_is_no_global() {
        let text = "def f(a, *b, c=d, **e):\n    g = a + b + h\n    return g\n";
        assert_eq!(reads(text), [("d".to_owned(), false), ("h".to_owned(), true)]);
    }

    #[test]
    fn what_a_function_declares_global_it_binds_later() {
        let names = names("model = None\ndef load():\n    global model\n    model = 1\n");
        assert!(names.rebound_later("model"));
        assert!(!names.rebound_later("load"));
    }

    #[test]
    fn class_names_are_not_seen_by_methods() {
        let text = "class A:\n    x = 1\n    y = x\n    def f(self):\n        return x\n";
        assert_eq!(reads(text), [("x".to_owned(), true)]);
    }

    #[test]
    fn comprehension_targets_are_their_own() {
        assert_eq!(reads("[a for a in b if a and c]\n"), [("b".to_owned(), false), ("c".to_owned(), false)]);
    }

    #[test]
    fn quoted_names_count_as_mentioned() {
        let names = names("import a\n__all__ = ['a']\n");
        assert!(names.mentioned_outside("a", &[]));
        assert!(!names.mentioned_outside("b", &[]));
    }

    #[test]
    fn sentences_mention_nothing() {
        assert!(!names("said = 'a page with options'\n").mentioned_outside("options", &[]));
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("run app.py", "app"));
        assert!(!has_word("myapp.py", "app"));
    }
}
