//! Which bytes have to go so that an argument, an item or a statement is gone and the rest of the
//! file reads as if it had never been there.

use super::effects;
use super::python::{self, Expr, Ranged, Stmt, Syntax, TokenKind, Visitor, ast};
use crate::source::{LineIndex, Span};

/// What to put in the place of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// What goes.
    pub(crate) span: Span,
    /// What comes in its place.
    pub(crate) text: &'static str,
}

/// What an expression is directly part of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parent<'a> {
    /// It is an argument of this call, keyword included.
    Call(&'a ast::ExprCall),
    /// It is an item of this dictionary.
    Dict(&'a ast::ExprDict),
    /// It is an element of a tuple or list.
    Sequence,
}

/// A statement in its block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The block.
    pub(crate) block: &'a [Stmt],
    /// Its index there.
    pub(crate) index: usize,
}

impl<'a> Place<'a> {
    /// The statement.
    pub(crate) fn stmt(self) -> &'a Stmt {
        &self.block[self.index]
    }
}

/// The innermost call, dictionary or sequence that the expression at `span` is directly part of.
pub(crate) fn parent<'a>(body: &'a [Stmt], span: Span) -> Option<Parent<'a>> {
    struct Finder<'a> {
        span: Span,
        found: Option<Parent<'a>>,
    }
    impl<'a> Visitor<'a> for Finder<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if python::span(stmt).contains(self.span) {
                python::visitor::walk_stmt(self, stmt);
            }
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            if !python::span(expr).contains(self.span) {
                return;
            }
            let is = |node: Span| node == self.span;
            match expr {
                Expr::Call(call) => {
                    let positional = call.arguments.args.iter().any(|argument| is(python::span(argument)));
                    let keyword = call.arguments.keywords.iter().any(|keyword| is(python::span(keyword)));
                    if positional || keyword {
                        self.found = Some(Parent::Call(call));
                    }
                }
                Expr::Dict(dict) => {
                    let item = dict.items.iter().any(|item| {
                        item.key
                            .as_ref()
                            .is_some_and(|key| is(Span::new(python::span(key).start, python::span(&item.value).end)))
                    });
                    if item {
                        self.found = Some(Parent::Dict(dict));
                    }
                }
                Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. })
                    if elts.iter().any(|element| is(python::span(element))) =>
                {
                    self.found = Some(Parent::Sequence);
                }
                _ => {}
            }
            python::visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder { span, found: None };
    finder.visit_body(body);
    finder.found
}

/// The innermost statement that holds `span`.
pub(crate) fn statement(body: &[Stmt], span: Span) -> Option<Place<'_>> {
    statements(body, span).pop()
}

/// The statements that a span is in, each within the one before it.
fn statements(mut body: &[Stmt], span: Span) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    while let Some(index) = body.iter().position(|stmt| python::span(stmt).contains(span)) {
        found.push(Place { block: body, index });
        let holds = |block: &&[Stmt]| block.iter().any(|stmt| python::span(stmt).contains(span));
        let Some(inner) = blocks(&body[index]).into_iter().find(holds) else { break };
        body = inner;
    }
    found
}

/// The blocks of a statement.
fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::FunctionDef(def) => vec![&def.body],
        Stmt::ClassDef(def) => vec![&def.body],
        Stmt::If(stmt) => {
            let clauses = stmt.elif_else_clauses.iter().map(|clause| clause.body.as_slice());
            std::iter::once(stmt.body.as_slice()).chain(clauses).collect()
        }
        Stmt::For(stmt) => vec![&stmt.body, &stmt.orelse],
        Stmt::While(stmt) => vec![&stmt.body, &stmt.orelse],
        Stmt::With(stmt) => vec![&stmt.body],
        Stmt::Match(stmt) => stmt.cases.iter().map(|case| case.body.as_slice()).collect(),
        Stmt::Try(stmt) => {
            let handlers = stmt.handlers.iter().map(|handler| {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                handler.body.as_slice()
            });
            let body = std::iter::once(stmt.body.as_slice()).chain(handlers);
            body.chain([stmt.orelse.as_slice(), stmt.finalbody.as_slice()]).collect()
        }
        _ => Vec::new(),
    }
}

/// What has to go to take an argument out of a call. `argument` is its span without parentheses
/// of its own.
pub(crate) fn argument(text: &str, syntax: &Syntax, call: &ast::ExprCall, argument: Span) -> Span {
    let list = python::span(&call.arguments);
    // The brackets of the list are not part of what may be taken.
    listed(text, syntax, Span::new(list.start + 1, list.end - 1), argument)
}

/// What has to go to take an item out of a dictionary.
pub(crate) fn item(text: &str, syntax: &Syntax, dict: &ast::ExprDict, item: Span) -> Span {
    let span = python::span(dict);
    listed(text, syntax, Span::new(span.start + 1, span.end - 1), item)
}

/// What has to go to take one element out of a comma-separated list that fills `inside`.
fn listed(text: &str, syntax: &Syntax, inside: Span, element: Span) -> Span {
    let tokens = syntax.tokens(text, inside);
    let trivia =
        |kind: TokenKind| matches!(kind, TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Newline);
    // Parentheses around the element are part of it.
    let (mut from, mut to) = (element.start, element.end);
    loop {
        let before = tokens.iter().rev().find(|token| token.end().to_usize() <= from && !trivia(token.kind()));
        let after = tokens.iter().find(|token| token.start().to_usize() >= to && !trivia(token.kind()));
        match (before, after) {
            (Some(before), Some(after)) if before.kind() == TokenKind::Lpar && after.kind() == TokenKind::Rpar => {
                from = before.start().to_usize();
                to = after.end().to_usize();
            }
            _ => break,
        }
    }
    let comma_before =
        tokens.iter().rev().find(|token| token.end().to_usize() <= from && !trivia(token.kind())).map(python::span);
    let comma_after =
        tokens.iter().find(|token| token.start().to_usize() >= to && !trivia(token.kind())).map(python::span);
    let last_taken = comma_after.map_or(to, |comma| comma.end);
    let next = tokens
        .iter()
        .find(|token| token.start().to_usize() >= last_taken && !trivia(token.kind()))
        .map(|token| token.start().to_usize());
    let comment_in = |span: Span| {
        tokens.iter().any(|token| token.kind() == TokenKind::Comment && span.contains(python::span(token)))
    };
    // Alone in the list: nothing is left but the brackets, unless comments of other lines are in it.
    if comma_before.is_none() && next.is_none() {
        let own_line_end = line_end(text, last_taken).min(inside.end);
        let keeps = comment_in(Span::new(inside.start, from)) || comment_in(Span::new(own_line_end, inside.end));
        if !keeps {
            return inside;
        }
    }
    let lines = LineIndex::new(text);
    let line_start = lines.line_start(from);
    let starts_line = line_start >= inside.start && text[line_start..from].trim().is_empty();
    let rest = rest_of_line(text, last_taken);
    let ends_line = rest.is_empty() || rest.starts_with('#');
    if starts_line && ends_line && lines.line_end(text, last_taken) <= inside.end {
        return Span::new(line_start, lines.line_end(text, last_taken));
    }
    match (comma_before, comma_after, next) {
        // The last on its line: the next line stays where it is.
        (Some(before), Some(_), Some(_)) if rest.is_empty() && !starts_line => Span::new(before.end, last_taken),
        // A trailing comment on its line speaks of it.
        (_, Some(_), Some(_)) if rest.starts_with('#') => {
            Span::new(from, last_taken + gap(text, last_taken) + rest.len())
        }
        (_, Some(_), Some(next)) if !comment_in(Span::new(last_taken, next)) => Span::new(from, next),
        (_, Some(_), Some(_)) => Span::new(from, last_taken + gap(text, last_taken)),
        (Some(before), _, _) if !comment_in(Span::new(before.end, from)) => Span::new(before.start, to),
        (Some(_), _, _) => Span::new(from, to),
        (None, _, _) => Span::new(from, last_taken),
    }
}

/// The rest of the line behind `at`, without blanks around it.
fn rest_of_line(text: &str, at: usize) -> &str {
    text[at..].split(['\n', '\r']).next().unwrap_or("").trim()
}

/// Blanks between `at` and the next text on its line.
fn gap(text: &str, at: usize) -> usize {
    text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len()
}

/// Where the line of `at` ends, before its line end.
fn line_end(text: &str, at: usize) -> usize {
    at + text[at..].find(['\n', '\r']).unwrap_or(text.len() - at)
}

/// What has to go, and what has to come, to take a statement out of its block.
pub(crate) fn take_statement(text: &str, body: &[Stmt], place: Place<'_>) -> Replacement {
    let span = python::span(place.stmt());
    let lines = LineIndex::new(text);
    if place.block.len() == 1 && !std::ptr::eq(place.block, body) {
        // A block must not be empty; a condition for nothing is none.
        let Some(condition) = condition_of(text, body, place) else { return Replacement { span, text: "pass" } };
        let span = python::span(condition.stmt());
        if condition.block.len() > 1 || std::ptr::eq(condition.block, body) {
            let start = lines.line_start(span.start);
            let start = comment_above(text, &lines, start).unwrap_or(start);
            return Replacement { span: whole(text, start, lines.line_end(text, span.end)), text: "" };
        }
        return take_statement(text, body, condition);
    }
    let line_start = lines.line_start(span.start);
    let alone_before = text[line_start..span.start].trim().is_empty();
    let rest = rest_of_line(text, span.end);
    if let Some(after) = rest.strip_prefix(';') {
        // `one(); two()`: the semicolon goes along.
        let behind = span.end + gap(text, span.end) + 1;
        let behind = behind + gap(text, behind);
        if !after.trim().is_empty() || !alone_before {
            return Replacement { span: Span::new(span.start, behind), text: "" };
        }
    } else if !alone_before {
        // The last of several on a line: the semicolon before it goes along.
        let before = text[..span.start].trim_end_matches([' ', '\t']);
        let before = before.strip_suffix(';').unwrap_or(before).trim_end_matches([' ', '\t']);
        return Replacement { span: Span::new(before.len(), span.end), text: "" };
    }
    Replacement { span: whole(text, line_start, lines.line_end(text, span.end)), text: "" }
}

/// Whole lines, and of the blank lines around them those that would be too many.
fn whole(text: &str, mut start: usize, mut end: usize) -> Span {
    // Of the blank lines around it, only one side's stay.
    let blank_before = blank_lines_before(text, start);
    let blank_after = blank_lines_after(text, end);
    if end + blank_after >= text.len() {
        // Nothing follows: the file ends where the code before it does.
        start -= blank_before;
        end = text.len();
    } else if blank_before > 0 && blank_after > 0 {
        if blank_after <= blank_before {
            end += blank_after;
        } else {
            start -= blank_before;
        }
    }
    Span::new(start, end)
}

/// The `if` that a statement is all there is to, where asking its question does nothing else and nothing but
/// that is written in it.
fn condition_of<'a>(text: &str, body: &'a [Stmt], place: Place<'a>) -> Option<Place<'a>> {
    let span = python::span(place.stmt());
    let around = statements(body, span).into_iter().rev().nth(1)?;
    let Stmt::If(it) = around.stmt() else { return None };
    let head = &text[python::span(it).start..span.start];
    (it.elif_else_clauses.is_empty() && effects::is_harmless(&it.test) && !head.contains('#')).then_some(around)
}

/// The start of a comment of one or two lines right above a line that speaks of debug mode.
fn comment_above(text: &str, lines: &LineIndex, at: usize) -> Option<usize> {
    let (mut start, mut count) = (at, 0);
    while start > 0 {
        let above = lines.line_start(start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        (start, count) = (above, count + 1);
    }
    let speaks = text[start..at].to_ascii_lowercase().contains("debug");
    (count > 0 && count <= 2 && speaks).then_some(start)
}

/// Whole lines with the blank lines that would be too many without them.
pub(crate) fn cut(text: &str, lines: Span) -> Span {
    let index = LineIndex::new(text);
    let mut before = lines.start;
    while before > 0 {
        let start = index.line_start(before - 1);
        if !text[start..before].trim().is_empty() {
            break;
        }
        before = start;
    }
    let mut after = lines.end;
    while after < text.len() {
        let end = index.line_end(text, after);
        if !text[after..end].trim().is_empty() {
            break;
        }
        after = end;
    }
    if after >= text.len() {
        // A file without a final newline stays one, so the line above gives up its own.
        let ends = text.ends_with(['\n', '\r']);
        let start = if ends || before == 0 { before } else { text[..before].trim_end_matches(['\n', '\r']).len() };
        return Span::new(start, text.len());
    }
    if before == 0 {
        return Span::new(0, after);
    }
    let count = |span: Span| text[span.start..span.end].matches('\n').count();
    // The larger of the two gaps stays.
    if count(Span::new(before, lines.start)) >= count(Span::new(lines.end, after)) {
        Span::new(lines.start, after)
    } else {
        Span::new(before, lines.end)
    }
}

/// The lines of a statement that has its lines for itself.
pub(crate) fn own_lines(text: &str, stmt: &impl Ranged) -> Option<Span> {
    let index = LineIndex::new(text);
    let span = python::span(stmt);
    let start = index.line_start(span.start);
    let end = index.line_end(text, span.end.max(1) - 1);
    let before = text[start..span.start].trim();
    let after = text[span.end..end].trim();
    (before.is_empty() && (after.is_empty() || after.starts_with('#'))).then_some(Span::new(start, end))
}

/// How many bytes of blank lines stand before the line that starts at `at`.
pub(crate) fn blank_lines_before(text: &str, at: usize) -> usize {
    let kept = text[..at].trim_end_matches([' ', '\t', '\n', '\r']);
    if kept.is_empty() {
        return at;
    }
    // The line end of the last line with text on it stays.
    let rest = &text[kept.len()..at];
    let first_end = rest.find('\n').or_else(|| rest.find('\r')).map_or(rest.len(), |end| end + 1);
    rest.len() - first_end
}

/// How many bytes of blank lines stand from `at` on.
fn blank_lines_after(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let code = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    if code == rest.len() {
        return code;
    }
    // The indentation of the next line with text on it stays.
    rest[..code].rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::python::parse;

    fn without(text: &str, needle: &str) -> String {
        let syntax = parse(text).unwrap();
        let at = text.find(needle).unwrap();
        let span = Span::new(at, at + needle.len());
        let taken = match parent(syntax.body(), span).unwrap() {
            Parent::Call(call) => argument(text, &syntax, call, span),
            Parent::Dict(dict) => item(text, &syntax, dict, span),
            Parent::Sequence => panic!("not a list that things are taken out of"),
        };
        let result = format!("{}{}", &text[..taken.start], &text[taken.end..]);
        assert!(parse(&result).is_ok(), "{result}");
        result
    }

    #[test]
    fn an_argument_goes_with_its_comma() {
        let cases = [
            ("run(debug=True)", "run()"),
            ("run( debug=True )", "run()"),
            ("run(debug=True,)", "run()"),
            ("run(a, debug=True)", "run(a)"),
            ("run(a, debug=True,)", "run(a,)"),
            ("run(debug=True, port=1)", "run(port=1)"),
            ("run(a, debug=True, port=1)", "run(a, port=1)"),
            ("run(a, debug=True, **more)", "run(a, **more)"),
            ("run(a , debug=True , port=1)", "run(a , port=1)"),
        ];
        for (before, after) in cases {
            assert_eq!(without(before, "debug=True"), after, "{before}");
        }
    }

    #[test]
    fn an_argument_on_its_own_line_goes_with_the_line() {
        assert_eq!(
            without("run(\n    a,\n    debug=True,  # not in production\n)\n", "debug=True"),
            "run(\n    a,\n)\n"
        );
        assert_eq!(without("run(\r\n    a,\r\n    debug=True\r\n)\r\n", "debug=True"), "run(\r\n    a,\r\n)\r\n");
        assert_eq!(without("run(\n    debug=True,\n    a=1)\n", "debug=True"), "run(\n    a=1)\n");
        assert_eq!(without("run(\n    debug=True,\n)\n", "debug=True"), "run()\n");
        assert_eq!(without("run(a,\n    debug=True)\n", "debug=True"), "run(a)\n");
        assert_eq!(without("run(debug=True,\n    a=1)\n", "debug=True"), "run(a=1)\n");
    }

    #[test]
    fn comments_of_other_arguments_stay() {
        assert_eq!(without("run(a,  # first\n    debug=True)\n", "debug=True"), "run(a,  # first\n    )\n");
        assert_eq!(without("run(\n    # why\n    debug=True,\n)\n", "debug=True"), "run(\n    # why\n)\n");
        assert_eq!(without("run(debug=True,  # loud\n    a=1)\n", "debug=True"), "run(\n    a=1)\n");
        assert_eq!(
            without("run(debug=True,\n    # about a\n    a=1)\n", "debug=True"),
            "run(\n    # about a\n    a=1)\n"
        );
    }

    #[test]
    fn parentheses_and_strings_are_seen_for_what_they_are() {
        assert_eq!(without("run(\"a,)\", debug=(True), b=\"#\")", "debug=(True)"), "run(\"a,)\", b=\"#\")");
        assert_eq!(without("run(a, (True), b)", "True"), "run(a, b)");
    }

    #[test]
    fn an_item_goes_with_its_comma() {
        assert_eq!(without("{\"host\": 1, \"debug\": True}", "\"debug\": True"), "{\"host\": 1}");
        assert_eq!(without("{\"debug\": True, \"port\": 1}", "\"debug\": True"), "{\"port\": 1}");
        assert_eq!(without("{\n    \"debug\": True,\n    'a': 1,\n}", "\"debug\": True"), "{\n    'a': 1,\n}");
    }

    fn taken(text: &str, needle: &str) -> String {
        let syntax = parse(text).unwrap();
        let at = text.find(needle).unwrap();
        let place = statement(syntax.body(), Span::new(at, at + needle.len())).unwrap();
        let change = take_statement(text, syntax.body(), place);
        let result = format!("{}{}{}", &text[..change.span.start], change.text, &text[change.span.end..]);
        assert!(parse(&result).is_ok(), "{result}");
        result
    }

    #[test]
    fn a_statement_goes_with_its_line() {
        assert_eq!(taken("a = 1\napp.debug = True  # on\nb = 2\n", "app.debug = True"), "a = 1\nb = 2\n");
        assert_eq!(taken("a = 1\n\napp.debug = True\n\nb = 2\n", "app.debug = True"), "a = 1\n\nb = 2\n");
        assert_eq!(taken("a = 1\n\n\napp.debug = True\n", "app.debug = True"), "a = 1\n");
        assert_eq!(taken("a = 1\napp.debug = True", "app.debug = True"), "a = 1\n");
        assert_eq!(
            taken("a = 1\n\n\napp.debug = True\nif b:\n    c()\n", "app.debug = True"),
            "a = 1\n\n\nif b:\n    c()\n"
        );
    }

    #[test]
    fn a_block_is_never_left_empty() {
        assert_eq!(taken("if a():\n    app.debug = True\nb()\n", "app.debug = True"), "if a():\n    pass\nb()\n");
        assert_eq!(
            taken("if a:\n    app.debug = True\nelse:\n    b()\n", "app.debug = True"),
            "if a:\n    pass\nelse:\n    b()\n"
        );
        assert_eq!(
            taken("if a:\n    # why\n    app.debug = True\nb()\n", "app.debug = True"),
            "if a:\n    # why\n    pass\nb()\n"
        );
        assert_eq!(
            taken("def f():\n    \"\"\"Doc.\"\"\"\n    app.debug = True\n", "app.debug = True"),
            "def f():\n    \"\"\"Doc.\"\"\"\n"
        );
    }

    #[test]
    fn a_condition_for_nothing_goes_too() {
        let take = |text| taken(text, "app.debug = True");
        assert_eq!(take("if a:\n    app.debug = True\nb()\n"), "b()\n");
        assert_eq!(take("if a: app.debug = True\nb()\n"), "b()\n");
        assert_eq!(
            take(
                "def f():\n    a()\n\n    # Turn on debug mode\n    if app.config['DEBUG']:\n        app.debug = True\n\n    return app\n"
            ),
            "def f():\n    a()\n\n    return app\n"
        );
        // What is said of something else stays.
        assert_eq!(take("# Then\nif a:\n    app.debug = True\nb()\n"), "# Then\nb()\n");
        assert_eq!(take("if a:\n    if b:\n        app.debug = True\nc()\n"), "c()\n");
        assert_eq!(take("def f():\n    if a:\n        app.debug = True\n"), "def f():\n    pass\n");
    }

    #[test]
    fn semicolons_go_along() {
        assert_eq!(taken("a(); app.debug = True; b()\n", "app.debug = True"), "a(); b()\n");
        assert_eq!(taken("a(); app.debug = True\n", "app.debug = True"), "a()\n");
        assert_eq!(taken("app.debug = True; b()\n", "app.debug = True"), "b()\n");
        assert_eq!(taken("if x:\n    app.debug = True;\n    b()\n", "app.debug = True"), "if x:\n    b()\n");
    }
}
