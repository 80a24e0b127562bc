//! What `wsgi.py` says for a module that it imports: the work as statements, or as a function of the module.

use std::collections::BTreeSet;

use super::About;
use super::app::App;
use super::guard::{self, Block};
use super::launcher::leaves_of;
use super::sketch::{Planner, Refusal};
use super::target::{self, Obstacle, Way};
use super::work::{self, Before};
use super::wsgi::Wsgi;
use crate::edit::Edit;
use crate::project::{Serve, in_project, is_stdlib, top_level_imports};
use crate::source::Span;
use crate::syntax::effects::is_harmless;
use crate::syntax::names::{Names, bound_name, within};
use crate::syntax::python::{self, Expr, Stmt, TokenKind, Visitor, ast, visitor};

impl<'p> Planner<'p> {
    pub(super) fn way(&mut self, serve: &Serve<'p>) -> Result<Way, Box<Refusal>> {
        target::way(self.desk.tree, self.desk.project, self.id).map_err(|obstacle| match obstacle {
            Obstacle::Shadowed { package } => {
                let path = self.module.path();
                self.note(
                    serve,
                    About::ShadowedModule,
                    format!("`import {package}` finds the package `{package}/`, not `{path}`"),
                );
                Refusal::new(
                    format!("`{path}` cannot be imported, because the package `{package}/` beside it has its name"),
                    "rename the file, for example to `main.py`, and run flaskship again",
                )
            }
            Obstacle::Other { reason, hint } => Refusal::new(reason, hint),
        })
    }

    /// `wsgi.py` that does the work as plain statements. `block` is what goes from the module.
    pub(super) fn statements(
        &self,
        app: &App<'p>,
        before: &Before<'p>,
        block: Span,
        way: &Way,
    ) -> Result<Wsgi, String> {
        let mut wsgi = Wsgi::default();
        let (hoisted, work) = self.hoistable(&before.work);
        for stmt in &hoisted {
            self.hoist(stmt, way, &mut wsgi)?;
        }
        let spans: Vec<Span> = work.iter().map(|stmt| python::span(*stmt)).collect();
        let bound: BTreeSet<&str> =
            before.work.iter().flat_map(|stmt| self.names.bound_in(python::span(*stmt))).collect();
        for name in &bound {
            if self.names.used_later_outside(name, &[block]) {
                return Err(format!("`{name}` is bound in the `__main__` guard, and functions read it"));
            }
            let read = spans.iter().any(|span| self.names.read_in(*span).any(|read| read.name == **name));
            if self.names.bound_outside(name, &[block]) && read {
                return Err(format!("`{name}` gets a new value in the `__main__` guard"));
            }
        }
        // What the work reads, and what the app's expression reads.
        let mut wanted: BTreeSet<&str> =
            spans.iter().flat_map(|span| self.names.read_in(*span)).map(|read| read.name.as_str()).collect();
        if app.name.is_none() {
            wanted.extend(self.names.idents_in(app.span));
        }
        // Passed on beside the script, the name of `wsgi.py` leads Flask to the same folder.
        if way.dir == self.module.path().dir() && work.iter().all(|stmt| only_passes_on(stmt, "__name__")) {
            wanted.remove("__name__");
        }
        if wanted.contains("__name__") || wanted.contains("__file__") {
            return Err("the app is made with the `__name__` or `__file__` of the script".to_owned());
        }
        // `from server import app as connexion_app`, where what the name `app` is to be comes from it.
        let holder = match (app.name, app.expr) {
            (None, Expr::Name(name)) if name.id.as_str() == "app" && work.is_empty() && way.plain => match &*app.suffix
            {
                ".app" => Some("connexion_app"),
                ".server" => Some("dash_app"),
                _ => None,
            },
            _ => None,
        };
        if let Some(holder) = holder {
            wanted.remove("app");
            self.import_own("app", Some(holder), way, &mut wsgi)?;
            wsgi.body.push(format!("app = {holder}{}", app.suffix));
            wsgi.uses_app = true;
            return Ok(wsgi);
        }
        let star = self.has_star_import();
        let bound_by_app = app.name.filter(|name| bound.contains(name));
        for name in wanted.iter().copied().filter(|name| !bound.contains(name)) {
            if self.names.bound_outside(name, &[block]) {
                if self.names.rebound_later(name) {
                    return Err(format!("functions give `{name}` a new value"));
                }
                let of_app = app.name.is_none() && self.names.idents_in(app.span).any(|it| it == name);
                if app.name == Some(name) || of_app && self.does_besides(app, block) {
                    self.import_own(name, None, way, &mut wsgi)?;
                } else {
                    self.import_name(name, None, way, &mut wsgi)?;
                }
            } else if star && !is_builtin(name) {
                self.import_own(name, None, way, &mut wsgi)?;
            } else if !is_builtin(name) {
                return Err(format!("`{name}` is not bound at module level"));
            }
        }
        for stmt in &work {
            let gap = if !wsgi.body.is_empty() && self.has_gap_above(stmt) { "\n" } else { "" };
            wsgi.body.push(format!("{gap}{}", self.dedented(stmt)?));
        }
        match app.name {
            Some(name) if bound_by_app.is_some() => {
                if name != "app" {
                    match self.only_assignment(&work, name) {
                        Some(value) => wsgi.body = vec![format!("app = {value}")],
                        None => wsgi.body.push(format!("app = {name}")),
                    }
                }
                wsgi.uses_app = true;
            }
            Some(name) if !self.names.bound_outside(name, &[block]) && !star => {
                return Err(format!("`{name}` is not bound at module level"));
            }
            Some(name) if wanted.contains(name) => {
                if name != "app" {
                    wsgi.body.push(format!("app = {name}"));
                }
                wsgi.uses_app = true;
                // The work uses the name, and it comes from the module that starts the app.
            }
            Some(name) if self.names.rebound_later(name) => return Err(format!("functions give `{name}` a new value")),
            Some(name) => self.import_own(name, Some("app"), way, &mut wsgi)?,
            None => {
                let value = self.expression(app.expr)?;
                wsgi.body.push(format!("app = {value}{}", app.suffix));
                wsgi.uses_app = true;
            }
        }
        Ok(wsgi)
    }

    /// Whether importing the module does more than to bind names, `block` left out: then it has to be
    /// imported, and not only what it gets the app from.
    fn does_besides(&self, app: &App<'p>, block: Span) -> bool {
        let dir = self.module.path().dir();
        let is_app = |alias: &ast::Alias| self.names.idents_in(app.span).any(|name| name == bound_name(alias));
        let ours = |dotted: &str| in_project(self.desk.project, dir, dotted);
        self.module.syntax.body().iter().filter(|stmt| !block.contains(python::span(*stmt))).any(|stmt| match stmt {
            Stmt::Import(import) => import.names.iter().any(|alias| ours(&alias.name) && !is_app(alias)),
            Stmt::ImportFrom(import) => {
                let is_ours = import.level > 0 || import.module.as_ref().is_some_and(|name| ours(name));
                is_ours && !import.names.iter().all(is_app)
            }
            Stmt::FunctionDef(def) => !def.decorator_list.is_empty(),
            Stmt::ClassDef(def) => !def.decorator_list.is_empty(),
            Stmt::Assign(assign) => !is_harmless(&assign.value),
            Stmt::AnnAssign(assign) => !assign.value.as_deref().is_none_or(is_harmless),
            Stmt::If(it) => !guard::is_guard(it),
            _ => !guard::is_inert(stmt),
        })
    }

    /// The value of the only statement, when that is all that is done.
    pub(super) fn only_assignment(&self, work: &[&Stmt], name: &str) -> Option<String> {
        let [Stmt::Assign(assign)] = work else { return None };
        let [Expr::Name(target)] = &assign.targets[..] else { return None };
        (target.id.as_str() == name).then(|| self.expression(&assign.value).ok()).flatten()
    }

    /// The text of an expression, which may go over several lines.
    pub(super) fn expression(&self, expr: &Expr) -> Result<String, String> {
        let span = python::span(expr);
        if self.has_long_string(span) && self.module.slice(span).contains(['\n', '\r']) {
            return Err("the app's expression holds a string of several lines".to_owned());
        }
        let indent = self.indent(span.start);
        Ok(dedent(&normalized(self.module.slice(span)), indent))
    }

    /// Adds the import of a name that the module binds: as the module imports it, else from the module.
    pub(super) fn import_name(
        &self,
        name: &str,
        alias: Option<&str>,
        way: &Way,
        wsgi: &mut Wsgi,
    ) -> Result<(), String> {
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        match work::import_of(self.module, name).filter(|_| binds == 1 && alias.is_none()) {
            Some(Stmt::Import(import)) => {
                for it in import.names.iter().filter(|it| bound_name(it) == name) {
                    wsgi.import(&it.name, it.asname.as_ref().map(|name| name.as_str()));
                }
                Ok(())
            }
            Some(Stmt::ImportFrom(import)) => match target::absolute(self.module, &way.dir, import) {
                Some(from) => {
                    for it in import.names.iter().filter(|it| bound_name(it) == name) {
                        wsgi.import_from(&from, &it.name, it.asname.as_ref().map(|name| name.as_str()));
                    }
                    Ok(())
                }
                None => self.import_own(name, alias, way, wsgi),
            },
            _ => self.import_own(name, alias, way, wsgi),
        }
    }

    /// Adds the import of a name from the module that starts the app.
    pub(super) fn import_own(&self, name: &str, alias: Option<&str>, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        if way.plain {
            wsgi.import_from(&way.dotted, name, alias);
            return Ok(());
        }
        // `import` cannot spell the name, `import_module` can.
        wsgi.import("importlib", None);
        let variable = alias.unwrap_or(name);
        let line = format!("{variable} = importlib.import_module(\"{}\").{name}", way.dotted);
        if way.dotted.contains(['"', '\\']) {
            return Err("the file name holds a quote".to_owned());
        }
        wsgi.body.insert(0, line);
        if variable == "app" {
            wsgi.uses_app = true;
        }
        Ok(())
    }

    /// Sorts work into the imports that can be at the top of `wsgi.py`, and all else. An import that
    /// follows other work may need it, unless it is of the standard library.
    pub(super) fn hoistable(&self, work: &[&'p Stmt]) -> (Vec<&'p Stmt>, Vec<&'p Stmt>) {
        let mut first = true;
        work.iter().copied().partition(|stmt| {
            let is_stdlib = |dotted: &str| is_stdlib(dotted.split('.').next().unwrap_or_default());
            let harmless = match stmt {
                Stmt::Import(import) => import.names.iter().all(|alias| is_stdlib(&alias.name)),
                Stmt::ImportFrom(import) => {
                    import.level == 0 && import.module.as_ref().is_some_and(|name| is_stdlib(name))
                }
                _ => {
                    first = false;
                    return false;
                }
            };
            first || harmless
        })
    }

    /// Takes an import of the guard to the top of `wsgi.py`.
    pub(super) fn hoist(&self, stmt: &Stmt, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    wsgi.import(&alias.name, alias.asname.as_ref().map(|name| name.as_str()));
                }
            }
            Stmt::ImportFrom(import) => {
                let from = target::absolute(self.module, &way.dir, import)
                    .ok_or("the `__main__` guard imports from above the folder of `wsgi.py`")?;
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        return Err("the `__main__` guard imports `*`".to_owned());
                    }
                    wsgi.import_from(&from, &alias.name, alias.asname.as_ref().map(|name| name.as_str()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The text of a statement with the comments above it, at no indentation.
    pub(super) fn dedented(&self, stmt: &Stmt) -> Result<String, String> {
        let lines = self.segment(stmt);
        if self.has_long_string(lines) {
            return Err("a string of several lines cannot be moved to another indentation".to_owned());
        }
        if let Stmt::ImportFrom(ast::StmtImportFrom { level: 1.., .. }) = stmt {
            return Err("the `__main__` guard imports relatively".to_owned());
        }
        let indent = self.indent(python::span(stmt).start);
        let text = normalized(&self.kept(lines));
        let unit = indent.chars().count();
        let text = dedent(&text, indent);
        Ok(reindent(text.trim_end(), indent, unit))
    }

    /// The text of some lines without the start-up call that may be among them.
    fn kept(&self, lines: Span) -> String {
        match self.call_lines.filter(|call| lines.contains(*call)) {
            Some(call) => {
                let above = self.module.slice(Span::new(lines.start, call.start)).trim_end();
                format!("{above}\n{}", self.module.slice(Span::new(call.end, lines.end)))
            }
            None => self.module.slice(lines).to_owned(),
        }
    }

    /// Whether a blank line is above a statement and its comments.
    pub(super) fn has_gap_above(&self, stmt: &Stmt) -> bool {
        blank_lines_above(&self.module.source.text, self.segment(stmt).start).is_some_and(|count| count > 0)
    }

    /// The lines of a statement with the comments right above it, or its own text where it shares its line.
    pub(super) fn segment(&self, stmt: &Stmt) -> Span {
        let text = &self.module.source.text;
        let lines = self.module.source.lines();
        let span = python::span(stmt);
        let start = lines.line_start(span.start);
        let end = lines.line_end(text, span.end.max(1) - 1);
        let rest = text[span.end..end].trim();
        if !text[start..span.start].trim().is_empty() || !(rest.is_empty() || rest.starts_with('#')) {
            return span;
        }
        let mut first = start;
        while first > 0 {
            let above = lines.line_start(first - 1);
            let line = &text[above..first];
            if !(line.trim_start().starts_with('#') && line.starts_with([' ', '\t'])) {
                break;
            }
            first = above;
        }
        Span::new(first, end)
    }

    /// The white space in front of the line of an offset.
    pub(super) fn indent(&self, at: usize) -> &str {
        let line = &self.module.source.text[self.module.source.lines().line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    pub(super) fn has_long_string(&self, span: Span) -> bool {
        self.module.syntax.tokens(&self.module.source.text, span).iter().any(|token| {
            matches!(token.kind(), TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle)
                && self.module.slice(Span::new(python::span(token).start, python::span(token).end)).contains('\n')
        })
    }

    pub(super) fn has_star_import(&self) -> bool {
        top_level_imports(self.module.syntax.body()).any(
            |stmt| matches!(stmt, Stmt::ImportFrom(import) if import.names.iter().any(|alias| alias.name.as_str() == "*")),
        )
    }

    /// The work becomes a function of the module, which `wsgi.py` calls.
    pub(super) fn function_form(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        before: &Before<'p>,
        block: Block<'p>,
        way: &Way,
        stays: bool,
    ) -> Result<(Wsgi, Vec<Edit>), Box<Refusal>> {
        let guarded = python::span(block.guard);
        let refuse = |why: String| {
            Refusal::new(
                why,
                "move what the guard does before it starts the server into a function, and call that in `wsgi.py`",
            )
        };
        let Some(name) = app.name.filter(|_| way.plain) else {
            return Err(refuse("the `__main__` guard does work for an app that has no name of its own".to_owned()));
        };
        let keeps = stays || self.keeps(serve);
        if keeps && self.call_lines.is_some() {
            return Err(refuse("the `__main__` guard does work and starts the server inside a `with`".to_owned()));
        }
        let mut declared: BTreeSet<&str> = BTreeSet::new();
        for stmt in &before.work {
            let span = python::span(*stmt);
            if self.names.read_in(span).any(|read| read.name == "__name__") {
                return Err(refuse("the `__main__` guard passes on `__name__`".to_owned()));
            }
            if matches!(stmt, Stmt::ImportFrom(import) if import.names.iter().any(|alias| alias.name.as_str() == "*")) {
                return Err(refuse("the `__main__` guard imports `*`".to_owned()));
            }
            for bound in self.names.bound_in(span) {
                let elsewhere = self.names.bound_outside(bound, &[guarded])
                    || self.names.used_later_outside(bound, &[guarded])
                    || self
                        .names
                        .binds
                        .iter()
                        .any(|bind| bind.name == bound && bind.later && !guarded.contains(bind.span));
                if elsewhere {
                    declared.insert(bound);
                }
            }
        }
        if declared.contains(name) || self.names.rebound_later(name) {
            return Err(refuse(format!("`{name}` gets a new value when the script runs")));
        }
        let mut annotated = Vec::new();
        annotations(&before.work, &mut annotated);
        if let Some(bound) = annotated.iter().find(|bound| declared.contains(**bound)) {
            return Err(refuse(format!(
                "`{bound}` is annotated in the `__main__` guard, which no function may do to a global"
            )));
        }
        let read_after = self
            .names
            .reads
            .iter()
            .find(|read| !read.later && read.span.start > guarded.end && declared.contains(read.name.as_str()));
        if let Some(read) = read_after {
            return Err(refuse(format!("`{}` is read again below the `__main__` guard", read.name)));
        }
        let Some(function) =
            ["prepare", "prepare_app", "start_up", "before_serving"].into_iter().find(|it| self.names.is_free(it))
        else {
            return Err(refuse("no name for a function is free".to_owned()));
        };
        let first = &block.guard.body[0];
        let indent = match self.indent(python::span(first).start) {
            "" => "    ",
            indent => indent,
        };
        let mut text =
            format!("def {function}():\n{indent}\"\"\"Do what has to be done once before the app is served.\"\"\"\n");
        if !declared.is_empty() {
            let names: Vec<&str> = declared.iter().copied().collect();
            text.push_str(&format!("{indent}global {}\n", names.join(", ")));
        }
        let mut previous: Option<Span> = None;
        for stmt in &before.work {
            let lines = self.segment(stmt);
            if let Some(previous) = previous
                && self.module.slice(Span::new(previous.end, lines.start.max(previous.end))).starts_with(['\n', '\r'])
            {
                text.push('\n');
            }
            let code = normalized(&self.kept(lines));
            if lines == python::span(*stmt) {
                text.push_str(indent);
            }
            text.push_str(code.trim_end_matches('\n'));
            text.push('\n');
            previous = Some(lines);
        }
        let mut wsgi = Wsgi::default();
        wsgi.import_from(&way.dotted, function, None);
        wsgi.import_from(&way.dotted, name, Some("app"));
        wsgi.body.push(format!("{function}()"));

        let path = self.module.path();
        let source = &self.module.source.text;
        let lines = guard::block_lines(self.module, block.guard);
        let gap = blank_lines_above(source, lines.start);
        let lead = "\n".repeat(2_usize.saturating_sub(gap.unwrap_or(2)));
        if keeps {
            // The launcher stays, and calls the function in the place of what it did.
            let mut edits = vec![Edit::insert(path, lines.start, format!("{lead}{text}\n\n"))];
            for (index, stmt) in before.work.iter().enumerate() {
                let segment = self.segment(stmt);
                if segment == python::span(*stmt) {
                    return Err(refuse("the `__main__` guard has several statements on one line".to_owned()));
                }
                let call = if index == 0 { format!("{indent}{function}()\n") } else { String::new() };
                edits.push(Edit::replace(path, segment, call));
            }
            return Ok((wsgi, edits));
        }
        let at_end = lines.end >= source.len() || source[lines.end..].trim().is_empty();
        let edit = if at_end {
            let text = if source.ends_with('\n') || source.ends_with('\r') { text } else { text.trim_end().to_owned() };
            Edit::replace(path, Span::new(lines.start, source.len()), format!("{lead}{text}"))
        } else {
            let rest = &source[lines.end..];
            let below = rest[..rest.len() - rest.trim_start().len()].matches('\n').count();
            let trail = "\n".repeat(2_usize.saturating_sub(below));
            Edit::replace(path, lines, format!("{lead}{text}{trail}"))
        };
        Ok((wsgi, vec![edit]))
    }
}

/// The names that statements annotate.
pub(super) fn annotations<'p>(stmts: &[&'p Stmt], found: &mut Vec<&'p str>) {
    let mut leaves = Vec::new();
    for stmt in stmts {
        leaves_of(std::slice::from_ref(*stmt), &mut leaves);
    }
    for stmt in leaves {
        if let Stmt::AnnAssign(assign) = stmt
            && let Expr::Name(name) = &*assign.target
        {
            found.push(&name.id);
        }
    }
}

/// Whether code does nothing with a name but to hand it to calls: `Flask(__name__)`.
pub(super) fn only_passes_on(stmt: &Stmt, name: &str) -> bool {
    struct Finder<'n> {
        name: &'n str,
        read: usize,
        passed: usize,
    }
    impl<'a> Visitor<'a> for Finder<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let is = |expr: &Expr| matches!(expr, Expr::Name(read) if read.id.as_str() == self.name);
            if is(expr) {
                self.read += 1;
            }
            if let Expr::Call(call) = expr {
                let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                self.passed += call.arguments.args.iter().chain(keywords).filter(|argument| is(argument)).count();
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder { name, read: 0, passed: 0 };
    finder.visit_stmt(stmt);
    finder.read == finder.passed
}

pub(super) fn reads_name(names: &Names, stmts: &[&Stmt], name: &str) -> bool {
    let spans: Vec<Span> = stmts.iter().map(|stmt| python::span(*stmt)).collect();
    names.reads.iter().any(|read| read.name == name && within(read.span, &spans))
}

/// The number of blank lines above an offset; `None` at the top of the text.
pub(super) fn blank_lines_above(text: &str, at: usize) -> Option<usize> {
    let above = &text[..at];
    let kept = above.trim_end();
    (!kept.is_empty()).then(|| above[kept.len()..].matches('\n').count().saturating_sub(1))
}

/// A text with `\n` for every line end, as edits want it.
pub(super) fn normalized(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Takes an indentation away from every line that has it.
pub(super) fn dedent(text: &str, indent: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_prefix(indent).unwrap_or(line)).collect();
    lines.join("\n")
}

/// Gives dedented text the indentation of a new file, four spaces, where its own unit is known.
pub(super) fn reindent(text: &str, indent: &str, unit: usize) -> String {
    if indent.is_empty() || (indent.chars().all(|it| it == ' ') && unit == 4) {
        return text.to_owned();
    }
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let body = line.trim_start_matches([' ', '\t']);
            let lead = &line[..line.len() - body.len()];
            let tabs = indent.starts_with('\t') && lead.chars().all(|it| it == '\t');
            let spaces =
                indent.starts_with(' ') && lead.chars().all(|it| it == ' ') && lead.len().is_multiple_of(unit.max(1));
            let levels = (tabs || spaces).then(|| lead.len() / unit.max(1));
            levels.map_or_else(|| line.to_owned(), |levels| format!("{}{body}", "    ".repeat(levels)))
        })
        .collect();
    lines.join("\n")
}

/// Whether a name is one that Python has without any import.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytearray",
        "bytes",
        "callable",
        "chr",
        "classmethod",
        "complex",
        "delattr",
        "dict",
        "dir",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "help",
        "hex",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "memoryview",
        "min",
        "next",
        "object",
        "oct",
        "open",
        "ord",
        "pow",
        "print",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "setattr",
        "slice",
        "sorted",
        "staticmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
    ];
    NAMES.contains(&name)
        || (name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning"))
        || matches!(name, "KeyboardInterrupt" | "SystemExit" | "StopIteration" | "NotImplemented" | "Ellipsis")
}
