//! Taking away what only code that goes has used: imports and names with plain values.
//!
//! What is left of a removed start-up call or debug setting would otherwise be the first thing that
//! a linter finds. A name goes only when it was read in code that goes and is read nowhere else, in
//! its module or in another, and when getting its value does nothing else.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Edit, FileEdit, Fix};
use crate::project::{
    Facts, Import, Module, ModuleId, Project, all_imports, import_statements, imported, in_project, is_module,
    run_with, top_level_imports,
};
use crate::source::{LineIndex, ProjectPath, Span, Tree};
use crate::syntax::effects;
use crate::syntax::names::{Names, bound_name, has_word, reaches_by_text, within};
use crate::syntax::python::{self, Expr, Stmt, Syntax, TokenKind, ast};
use crate::syntax::removal;

/// The names that denote an app, in each module. A server may load them.
pub(crate) type Apps = BTreeMap<ModuleId, BTreeSet<String>>;

/// The names of a project that denote an app.
pub(crate) fn apps(facts: &Facts<'_>) -> Apps {
    let names = |apps: &Vec<crate::project::AppName>| apps.iter().map(|app| app.name.clone()).collect();
    facts.apps.iter().map(|(id, apps)| (*id, names(apps))).collect()
}

/// Adds to a fix what takes away that which nothing uses once it is made.
pub(crate) fn complete(tree: &Tree, project: &Project, apps: &Apps, fix: &mut Fix) {
    let created = created(&[&*fix]);
    let mut paths: Vec<ProjectPath> = fix.edits.iter().map(|edit| edit.path.clone()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (own, others): (Vec<Edit>, Vec<Edit>) =
            std::mem::take(&mut fix.edits).into_iter().partition(|edit| edit.path == path);
        let all = complete_file(tree, project, apps, &path, own, &created);
        fix.edits = others;
        fix.edits.extend(all);
    }
}

/// The Python files that fixes make.
pub(crate) fn created(fixes: &[&Fix]) -> Vec<Created> {
    let files = fixes.iter().flat_map(|fix| &fix.files);
    let texts = files.filter_map(|file| match file {
        FileEdit::Create { path, text } => Some((path, text)),
        FileEdit::Remove { .. } => None,
    });
    texts.filter_map(|(path, text)| Created::new(path, text)).collect()
}

/// The edits of a file with those for what they leave over.
pub(crate) fn complete_file(
    tree: &Tree,
    project: &Project,
    apps: &Apps,
    path: &ProjectPath,
    edits: Vec<Edit>,
    created: &[Created],
) -> Vec<Edit> {
    let Some(id) = project.by_path(path).filter(|_| path.is_python()) else { return edits };
    let none = BTreeSet::new();
    complete_module(tree, project, id, edits, Around { created, apps: apps.get(&id).unwrap_or(&none) })
}

/// What else is known of the module and the files around it.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// Files that come into being with the edits.
    created: &'a [Created],
    /// Names that stay, because they denote an app that a server may load.
    apps: &'a BTreeSet<String>,
}

/// A Python file that is made together with some edits.
#[derive(Debug)]
pub(crate) struct Created {
    path: ProjectPath,
    syntax: Syntax,
}

impl Created {
    /// A file that is no valid Python is none that imports anything.
    fn new(path: &ProjectPath, text: &str) -> Option<Self> {
        path.is_python().then(|| python::parse(text).ok())?.map(|syntax| Self { path: path.clone(), syntax })
    }
}

/// The edits of a module, and with them those that take away what nothing uses once they are made.
/// Edits that have nothing to do with that come back as they are.
fn complete_module(tree: &Tree, project: &Project, id: ModuleId, edits: Vec<Edit>, around: Around<'_>) -> Vec<Edit> {
    let module = project.module(id);
    // Only what goes can leave something over.
    if edits.iter().all(|edit| edit.span.start == edit.span.end) || reaches_by_text(&module.source.text) {
        return edits;
    }
    let taken = Taken::by_others(project, id, around.created);
    let mut search = Search {
        tree,
        unparsed: OnceCell::new(),
        project,
        module,
        names: Names::of(module.syntax.body()),
        around,
        taken,
        is_settings: OnceCell::new(),
        gone: edits.iter().map(|edit| edit.span).filter(|span| span.start < span.end).collect(),
        given: edits.iter().map(|edit| edit.span).filter(|span| span.start < span.end).collect(),
        put: edits.iter().map(|edit| edit.text.as_str()).collect(),
        lines: Vec::new(),
        parts: Vec::new(),
        marks: Vec::new(),
    };
    loop {
        let known = search.gone.len();
        search.block(module.syntax.body(), None);
        if search.gone.len() == known {
            break;
        }
    }
    let Search { lines, parts, mut marks, .. } = search;
    marks.retain(|at| !edits.iter().any(|edit| edit.span == Span::empty(*at) && edit.text == MARK));
    if lines.is_empty() && parts.is_empty() && marks.is_empty() {
        return edits;
    }
    let mut all = joined(module, edits, lines);
    all.extend(parts.into_iter().map(|span| Edit::delete(module.path(), span)));
    all.extend(marks.into_iter().map(|at| Edit::insert(module.path(), at, MARK)));
    all
}

/// What tells tools that an import is there for what it does.
const MARK: &str = "  # noqa: F401";

/// With more files than this that do not name Flask, only those near a module are looked into for
/// imports of it.
const MANY: usize = 2000;

struct Search<'a> {
    tree: &'a Tree,
    /// What files need of the module that the project did not parse, for they do not name Flask.
    unparsed: OnceCell<Taken>,
    project: &'a Project,
    module: &'a Module,
    names: Names,
    around: Around<'a>,
    taken: Taken,
    /// Whether constants of the module may be settings that Flask reads by their names.
    is_settings: OnceCell<bool>,
    /// What goes, so far.
    gone: Vec<Span>,
    /// What goes by the edits that leftovers are looked for.
    given: Vec<Span>,
    /// What comes in the place of something.
    put: Vec<&'a str>,
    /// Whole lines that go too.
    lines: Vec<Span>,
    /// Names that go from an import that stays.
    parts: Vec<Span>,
    /// Where an import ends that is only needed for what it does.
    marks: Vec<usize>,
}

impl<'a> Search<'a> {
    /// Looks through a block, in a function or else at module level.
    fn block(&mut self, body: &'a [Stmt], function: Option<Span>) {
        for stmt in body {
            let span = python::span(stmt);
            if within(span, &self.gone) {
                continue;
            }
            match stmt {
                Stmt::Import(_) | Stmt::ImportFrom(_) if function.is_none() => self.import(stmt),
                Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Assign(_) | Stmt::AnnAssign(_) => {
                    let is_only = body.iter().filter(|other| !within(python::span(*other), &self.gone)).count() == 1;
                    if !is_only || function.is_none() && std::ptr::eq(body, self.module.syntax.body()) {
                        self.statement(stmt, function);
                    }
                }
                Stmt::FunctionDef(def) => self.block(&def.body, Some(function.unwrap_or(span))),
                // A name in another block may be one of several choices.
                Stmt::If(it) if is_main(it) && it.elif_else_clauses.is_empty() => self.block(&it.body, function),
                Stmt::With(it) if function.is_some() => self.block(&it.body, function),
                _ => {}
            }
        }
    }

    /// A statement that only binds names goes when none of them is used any more.
    fn statement(&mut self, stmt: &Stmt, function: Option<Span>) {
        let names: Vec<&str> = match stmt {
            Stmt::Assign(assign) => match &assign.targets[..] {
                [Expr::Name(name)] if effects::is_harmless(&assign.value) => vec![name.id.as_str()],
                _ => return,
            },
            Stmt::AnnAssign(assign) => match (&*assign.target, assign.value.as_deref()) {
                (Expr::Name(name), Some(value)) if effects::is_harmless(value) => vec![name.id.as_str()],
                _ => return,
            },
            Stmt::Import(import) => import.names.iter().map(bound_name).collect(),
            Stmt::ImportFrom(import) => import.names.iter().map(bound_name).collect(),
            _ => return,
        };
        let unused = |name: &str| match function {
            Some(function) => self.is_unused_in(function, stmt, name),
            None => self.is_unused(name, Some(stmt)) && !self.may_be_setting(name),
        };
        if names.iter().all(|name| unused(name) && !name.starts_with("__"))
            && !names.is_empty()
            && let Some(lines) = self.own_lines(stmt)
        {
            self.gone.push(python::span(stmt));
            self.lines.push(lines);
        }
    }

    /// Names of an import at module level go when they are not used any more, unless what the import
    /// does would be missed.
    fn import(&mut self, stmt: &Stmt) {
        let aliases = match stmt {
            Stmt::Import(import) => &import.names,
            Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name.as_str() == "__future__") => {
                return;
            }
            Stmt::ImportFrom(import) => &import.names,
            _ => return,
        };
        let unread = |alias: &ast::Alias| alias.name.as_str() != "*" && self.is_unused(bound_name(alias), None);
        // Beside a name that stays, the module is imported all the same.
        let some_stay = matches!(stmt, Stmt::ImportFrom(_)) && !aliases.iter().all(unread);
        let missed = |alias: &ast::Alias| match stmt {
            Stmt::ImportFrom(import) if is_module(self.project, self.module, import, alias) => {
                !self.is_bound_by_package(import, alias) && self.part_has_effects(import, stmt, alias)
                    || !some_stay && self.has_effects(stmt, alias)
            }
            Stmt::ImportFrom(_) => !some_stay && self.has_effects(stmt, alias),
            _ => self.has_effects(stmt, alias),
        };
        let only_runs = |alias: &ast::Alias| !within(python::span(alias), &self.gone) && unread(alias) && missed(alias);
        if (aliases.len() == 1 || matches!(stmt, Stmt::ImportFrom(_))) && aliases.iter().all(only_runs) {
            self.mark(stmt);
            return;
        }
        // The edits we were given may have taken names from it already, and with them their commas.
        if aliases.iter().any(|alias| within(python::span(alias), &self.given)) {
            return;
        }
        let gone: Vec<bool> = aliases
            .iter()
            .map(|alias| within(python::span(alias), &self.gone) || unread(alias) && !missed(alias))
            .collect();
        if gone.iter().all(|gone| *gone) {
            if let Some(lines) = self.own_lines(stmt) {
                self.parts.retain(|part| !python::span(stmt).contains(*part));
                self.gone.push(python::span(stmt));
                self.lines.push(lines);
            }
        } else if gone.contains(&true)
            && !is_marked(self.module.slice(python::span(stmt)))
            && self.own_lines(stmt).is_some()
        {
            let spans = remaining(self.module, aliases, &gone);
            if !spans.is_empty() {
                self.parts.retain(|part| !python::span(stmt).contains(*part));
                self.parts.extend(spans);
                for alias in aliases.iter().zip(&gone).filter_map(|(alias, gone)| gone.then_some(alias)) {
                    if !within(python::span(alias), &self.gone) {
                        self.gone.push(python::span(alias));
                    }
                }
            }
        }
    }

    /// Says of an import that stays for what it does that it does, so that no tool takes it away.
    fn mark(&mut self, stmt: &Stmt) {
        let end = python::span(stmt).end;
        let text = &self.module.source.text;
        let rest = &text[end..self.module.source.lines().line_end(text, end)];
        if rest.trim().is_empty() && !self.marks.contains(&end) && self.own_lines(stmt).is_some() {
            self.marks.push(end);
        }
    }

    /// Whether a global name was read in what goes, and is needed by nothing that stays.
    fn is_unused(&self, name: &str, own: Option<&Stmt>) -> bool {
        let mut gone = self.gone.clone();
        // `PORT = os.getenv("PORT")` speaks of itself.
        gone.extend(own.map(python::span));
        let bound = self.names.binds.iter().filter(|bind| bind.name == name).count();
        bound == 1
            && self.was_read(name)
            && !self.names.mentioned_outside(name, &gone)
            && !self.taken.has(name)
            && !self.around.apps.contains(name)
            && !self.unparsed().has(name)
    }

    fn unparsed(&self) -> &Taken {
        self.unparsed.get_or_init(|| {
            let path = self.module.path();
            let stem = match path.name() {
                "__init__.py" => path.dir().rsplit('/').next().unwrap_or_default(),
                _ => path.stem(),
            };
            let others = || self.project.files.iter().filter(|it| it.is_python() && self.project.by_path(it).is_none());
            let near = |it: &&ProjectPath| it.as_str().starts_with(path.dir());
            let everywhere = others().take(MANY + 1).count() <= MANY;
            let mut taken = Taken::default();
            for other in others().filter(|it| everywhere || near(it)) {
                let Ok(Some(bytes)) = self.tree.read(other) else { continue };
                if memchr::memmem::find(&bytes, stem.as_bytes()).is_some() {
                    taken.read(&String::from_utf8_lossy(&bytes), stem);
                }
            }
            taken
        })
    }

    /// Whether the local name that a statement binds was read in what goes, and stands nowhere else.
    fn is_unused_in(&self, function: Span, stmt: &Stmt, name: &str) -> bool {
        let own = python::span(stmt);
        let mut gone: Vec<Span> = self.gone.iter().copied().filter(|span| function.contains(*span)).collect();
        gone.push(own);
        gone.sort();
        let mut at = function.start;
        let mut rest = String::new();
        for span in gone {
            rest.push_str(self.module.slice(Span::new(at, span.start.max(at))));
            rest.push(' ');
            at = at.max(span.end);
        }
        rest.push_str(self.module.slice(Span::new(at, function.end)));
        // On its left side the name must not be read, as in `x = x or 1`.
        self.was_read(name) && !has_word(&rest, name) && !self.names.anywhere_in(name, own)
    }

    /// Whether Flask may read a name of the module as a setting.
    fn may_be_setting(&self, name: &str) -> bool {
        name.chars().all(|it| !it.is_lowercase())
            && *self.is_settings.get_or_init(|| is_settings(self.project, self.module))
    }

    fn was_read(&self, name: &str) -> bool {
        self.gone.iter().any(|span| self.names.anywhere_in(name, *span))
            && !self.put.iter().any(|text| has_word(text, name))
    }

    /// The lines of a statement that has them for itself, and no mark that says to leave it.
    fn own_lines(&self, stmt: &Stmt) -> Option<Span> {
        let lines = removal::own_lines(&self.module.source.text, stmt)?;
        (!is_marked(self.module.slice(lines))).then_some(lines)
    }

    /// Whether a package binds a name itself that one of its modules has too: what is imported then is
    /// what the name stands for, and the module only where the package imports it.
    fn is_bound_by_package(&self, import: &ast::StmtImportFrom, alias: &ast::Alias) -> bool {
        let from = import.module.as_ref().map_or("", |name| name.as_str());
        let Import::Module(package) = self.project.resolve(self.module.path(), import.level, from) else {
            return false;
        };
        let binds = |stmt: &Stmt| match stmt {
            Stmt::Assign(assign) => {
                assign.targets.iter().any(|target| matches!(target, Expr::Name(name) if name.id == alias.name.id))
            }
            Stmt::ImportFrom(import) => import.names.iter().any(|it| bound_name(it) == alias.name.as_str()),
            _ => false,
        };
        self.project.module(package).syntax.body().iter().any(binds)
    }

    /// Whether importing a module of the project may do more than bind names, and no new file does
    /// it. What is outside the project is taken to be imported for its names.
    fn has_effects(&self, stmt: &Stmt, alias: &ast::Alias) -> bool {
        let (project, path) = (self.project, self.module.path());
        let (level, dotted) = match stmt {
            Stmt::Import(_) => (0, alias.name.as_str()),
            Stmt::ImportFrom(import) => (import.level, import.module.as_ref().map_or("", |name| name.as_str())),
            _ => return true,
        };
        if level == 0 && !in_project(project, path.dir(), dotted) {
            return false;
        }
        match (project.resolve(path, level, dotted), stmt) {
            (Import::Module(id), _) => self.is_missed(id, stmt),
            // A folder is nothing but what is imported from it.
            (Import::Opaque, Stmt::ImportFrom(import)) => self.part_has_effects(import, stmt, alias),
            (Import::Opaque, _) => true,
            (Import::External, _) => false,
        }
    }

    /// The same of a module that is imported as a part of its package.
    fn part_has_effects(&self, import: &ast::StmtImportFrom, stmt: &Stmt, alias: &ast::Alias) -> bool {
        let dotted = part(import, alias);
        match self.project.resolve(self.module.path(), import.level, &dotted) {
            Import::Module(id) => self.is_missed(id, stmt),
            _ => true,
        }
    }

    /// Whether what importing a module does would not be done without a statement.
    fn is_missed(&self, id: ModuleId, stmt: &Stmt) -> bool {
        let home = self.project.module(id);
        !self.taken.modules.contains(&id)
            && !home.syntax.body().iter().all(|stmt| only_binds(self.project, home, stmt))
            && !self.is_run_without(id, stmt)
    }

    /// Whether a module is run by the other imports, too.
    fn is_run_without(&self, id: ModuleId, stmt: &Stmt) -> bool {
        let stays = |other: &&Stmt| !std::ptr::eq(*other, stmt) && !within(python::span(*other), &self.gone);
        let others = top_level_imports(self.module.syntax.body()).filter(stays);
        run_with(self.project, self.module, others).contains(&id)
    }
}

/// The dotted name that a name has which may be a part of the package that it is imported from.
fn part(import: &ast::StmtImportFrom, alias: &ast::Alias) -> String {
    match import.module.as_ref() {
        Some(from) => format!("{from}.{}", alias.name),
        None => alias.name.to_string(),
    }
}

/// Whether a statement does nothing but bind names, when it is run at import.
fn only_binds(project: &Project, module: &Module, stmt: &Stmt) -> bool {
    let value = |value: &Expr| !matches!(value, Expr::Call(_)) || effects::is_harmless(value);
    let is_outside = |dotted: &str| !in_project(project, module.path().dir(), dotted);
    match stmt {
        Stmt::Import(import) => import.names.iter().all(|alias| is_outside(&alias.name)),
        Stmt::ImportFrom(import) => import.level == 0 && import.module.as_ref().is_some_and(|name| is_outside(name)),
        Stmt::Assign(assign) => value(&assign.value),
        Stmt::AnnAssign(assign) => assign.value.as_deref().is_none_or(value),
        Stmt::FunctionDef(def) => def.decorator_list.is_empty(),
        Stmt::ClassDef(def) => def.decorator_list.is_empty() && def.arguments.is_none(),
        Stmt::Expr(expr) => matches!(&*expr.value, Expr::StringLiteral(_)),
        Stmt::Pass(_) => true,
        _ => false,
    }
}

/// A comment that tells tools, and so us, to leave a line alone.
fn is_marked(text: &str) -> bool {
    ["noqa", "pylint:", "isort:", "type:"]
        .iter()
        .any(|mark| text.lines().filter_map(|line| line.split_once('#')).any(|(_, comment)| comment.contains(mark)))
}

fn is_main(stmt: &ast::StmtIf) -> bool {
    let Expr::Compare(compare) = &*stmt.test else { return false };
    matches!(&*compare.left, Expr::Name(name) if name.id.as_str() == "__name__")
}

/// Whether Flask may read the constants of a module as settings, by their names.
fn is_settings(project: &Project, module: &Module) -> bool {
    let path = module.path();
    let stem =
        if path.name() == "__init__.py" { path.dir().rsplit('/').next().unwrap_or_default() } else { path.stem() };
    project.iter().any(|(_, other)| {
        let text = &other.source.text;
        ["from_object", "from_pyfile"].iter().any(|method| has_word(text, method))
            && (other.path() == path || has_word(text, stem))
    })
}

/// Puts lines that go together with edits that take lines away beside them, so that the blank lines
/// around them are counted once.
fn joined(module: &Module, edits: Vec<Edit>, lines: Vec<Span>) -> Vec<Edit> {
    let text = &module.source.text;
    let index = module.source.lines();
    let mut pieces: Vec<Piece> =
        lines.into_iter().map(|span| Piece { span, edits: Vec::new(), leftover: true }).collect();
    let mut all = Vec::new();
    for edit in edits {
        match core(text, index, &edit) {
            Some(span) => pieces.push(Piece { span, edits: vec![edit], leftover: false }),
            None => all.push(edit),
        }
    }
    let mut pieces = grouped(text, pieces);
    for piece in pieces.iter_mut().filter(|piece| piece.leftover) {
        piece.span = with_comment(module, piece.span);
    }
    for piece in grouped(text, pieces) {
        if !piece.leftover {
            all.extend(piece.edits);
            continue;
        }
        let is_free = |span: &Span| !all.iter().any(|edit: &Edit| edit.span.overlaps(*span));
        // Where something new comes right below, it has counted the blank lines above it.
        let above = removal::blank_lines_before(text, piece.span.start);
        let wider = [removal::cut(text, piece.span), Span::new(piece.span.start - above, piece.span.end)];
        let span = wider.into_iter().find(is_free).unwrap_or(piece.span);
        all.push(Edit::delete(module.path(), span));
    }
    all
}

/// Whole lines that go together.
struct Piece {
    span: Span,
    /// The edits that take some of them away by themselves.
    edits: Vec<Edit>,
    /// Whether some of them are leftovers.
    leftover: bool,
}

/// Makes one of pieces with nothing but blank lines between them.
fn grouped(text: &str, mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by_key(|piece| piece.span);
    let mut groups: Vec<Piece> = Vec::new();
    for piece in pieces {
        match groups.last_mut().filter(|last| is_blank(text, last.span.end, piece.span.start)) {
            Some(last) => {
                last.span.end = last.span.end.max(piece.span.end);
                last.edits.extend(piece.edits);
                last.leftover |= piece.leftover;
            }
            None => groups.push(piece),
        }
    }
    groups
}

/// Words of a comment that speaks of what goes.
const WORDS: &[&str] = &["debug", "host", "port", "run", "server", "develop", "local", "ssl", "tls", "certificate"];

/// Lines with a comment of one line above that speaks of them, when nothing below can be meant as well.
fn with_comment(module: &Module, lines: Span) -> Span {
    let text = &module.source.text;
    let index = module.source.lines();
    let line = |start: usize| Span::new(start, index.line_end(text, start.min(text.len())));
    let next = module.slice(line(lines.end)).trim();
    if !(next.is_empty() || next.starts_with('#')) || lines.start == 0 {
        return lines;
    }
    let above = line(index.line_start(lines.start - 1));
    let comment = module.slice(above).trim();
    let further = above.start > 0 && module.slice(line(index.line_start(above.start - 1))).trim().starts_with('#');
    let removed = module.slice(lines).to_lowercase();
    let words = comment.trim_start_matches('#').to_lowercase();
    let words: Vec<&str> =
        words.split(|it: char| !it.is_alphanumeric() && it != '_').filter(|word| !word.is_empty()).collect();
    let named = words.iter().any(|word| WORDS.contains(word) || word.len() > 3 && has_word(&removed, word));
    let tells = words.iter().any(|word| matches!(*word, "todo" | "fixme" | "xxx" | "hack" | "note"));
    // A few words without any of these can be the heading of more than what goes.
    let speaks = !tells && (named || words.len() > 3);
    let is_meant = comment.starts_with('#') && speaks && !further && above.start > 0;
    if is_meant { Span::new(above.start, lines.end) } else { lines }
}

fn is_blank(text: &str, from: usize, to: usize) -> bool {
    from >= to || text[from..to].trim().is_empty()
}

/// The lines with text on them that an edit takes away, when it takes away whole lines.
fn core(text: &str, index: &LineIndex, edit: &Edit) -> Option<Span> {
    let Span { start, end } = edit.span;
    let taken = &text[start..end];
    let at_start = start == index.line_start(start) || taken.starts_with(['\n', '\r']);
    let at_end = end == text.len() || taken.ends_with('\n');
    if !edit.text.is_empty() || !at_start || !at_end || taken.trim().is_empty() {
        return None;
    }
    let first = start + (taken.len() - taken.trim_start().len());
    let last = start + taken.trim_end().len();
    Some(Span::new(index.line_start(first), index.line_end(text, last - 1)))
}

/// The spans of some names of an import, each with one comma.
fn remaining(module: &Module, aliases: &[ast::Alias], gone: &[bool]) -> Vec<Span> {
    let mut spans = Vec::new();
    let last_kept = gone.iter().rposition(|gone| !gone).unwrap_or_default();
    for (index, alias) in aliases.iter().enumerate().filter(|(index, _)| gone[*index]) {
        let span = python::span(alias);
        if index < last_kept {
            // With what separates it from the next name.
            spans.push(Span::new(span.start, python::span(&aliases[index + 1]).start));
        } else {
            spans.push(Span::new(python::span(&aliases[index - 1]).end, span.end));
        }
    }
    // A comment between the names would be cut in two.
    let comment = |span: Span| {
        module.syntax.tokens(&module.source.text, span).iter().any(|token| token.kind() == TokenKind::Comment)
    };
    if spans.iter().any(|span| comment(*span)) { Vec::new() } else { spans }
}

/// What other files need of a module.
#[derive(Default)]
struct Taken {
    /// Whether they may need any name of it.
    all: bool,
    names: BTreeSet<String>,
    /// Texts of modules that have the module by a name, and may reach for anything in it.
    texts: Vec<String>,
    /// The modules of the project that new files import.
    modules: BTreeSet<ModuleId>,
}

impl Taken {
    fn by_others(project: &Project, id: ModuleId, created: &[Created]) -> Self {
        let mut taken = Self::default();
        for other in project.importers(id) {
            for (stmt, target) in imported(project, other) {
                if target == id {
                    taken.take(stmt, || other.source.text.clone());
                }
            }
            // `from shop import web` has the module itself.
            let by_package = import_statements(other).into_iter().any(|stmt| match stmt {
                Stmt::ImportFrom(import) => import.names.iter().any(|alias| {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    let dotted =
                        if from.is_empty() { alias.name.to_string() } else { format!("{from}.{}", alias.name) };
                    project.resolve(other.path(), import.level, &dotted) == Import::Module(id)
                }),
                _ => false,
            });
            if by_package {
                taken.texts.push(other.source.text.clone());
            }
        }
        for file in created {
            for stmt in file.syntax.body() {
                let (level, dotted): (u32, Vec<&str>) = match stmt {
                    Stmt::Import(import) => (0, import.names.iter().map(|alias| alias.name.as_str()).collect()),
                    Stmt::ImportFrom(import) => {
                        (import.level, vec![import.module.as_ref().map_or("", |name| name.as_str())])
                    }
                    _ => continue,
                };
                if let Stmt::ImportFrom(import) = stmt {
                    let parts =
                        import.names.iter().map(|alias| project.resolve(&file.path, level, &part(import, alias)));
                    taken.modules.extend(parts.filter_map(|found| match found {
                        Import::Module(id) => Some(id),
                        _ => None,
                    }));
                }
                for dotted in dotted {
                    if let Import::Module(target) = project.resolve(&file.path, level, dotted) {
                        taken.modules.insert(target);
                        if target == id {
                            taken.take(stmt, String::new);
                        }
                    }
                }
            }
        }
        taken
    }

    /// Adds what a file needs of a module of this name.
    fn read(&mut self, text: &str, stem: &str) {
        let names_it = |line: &str| line.contains("import") && has_word(line, stem);
        if !text.lines().any(names_it) {
            return;
        }
        let Ok(syntax) = python::parse(text) else {
            self.texts.push(text.to_owned());
            return;
        };
        let is_it = |dotted: &str| dotted.rsplit('.').next() == Some(stem);
        for stmt in all_imports(syntax.body()) {
            match stmt {
                Stmt::ImportFrom(import) => {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    if is_it(from) || import.level > 0 && from.is_empty() {
                        self.take(stmt, || text.to_owned());
                    }
                    if import.names.iter().any(|alias| alias.name.as_str() == stem) {
                        self.texts.push(text.to_owned());
                    }
                }
                Stmt::Import(import) if import.names.iter().any(|alias| is_it(&alias.name)) => {
                    self.texts.push(text.to_owned());
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, stmt: &Stmt, text: impl Fn() -> String) {
        match stmt {
            Stmt::ImportFrom(import) => {
                self.all |= import.names.iter().any(|alias| alias.name.as_str() == "*");
                self.names.extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            // `import app` may be followed by any `app.name`.
            _ => self.texts.push(text()),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name) || self.texts.iter().any(|text| has_word(text, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit;

    /// What is left of `app.py` when every line that holds `run(` goes from it.
    fn left(files: &[(&str, &str)]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        for (path, text) in files {
            tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
        }
        let project = Project::load(&tree);
        let path = ProjectPath::new("app.py");
        let id = project.by_path(&path).unwrap();
        let module = project.module(id);
        let text = &module.source.text;
        let found = text.match_indices("run(").map(|(at, _)| {
            let index = module.source.lines();
            Edit::delete(&path, Span::new(index.line_start(at), index.line_end(text, at)))
        });
        let apps = BTreeMap::from([(id, BTreeSet::from(["app".to_owned()]))]);
        let edits = complete_file(&tree, &project, &apps, &path, found.collect(), &[]);
        let again = complete_file(&tree, &project, &apps, &path, edits.clone(), &[]);
        assert_eq!(again, edits, "what is complete stays as it is");
        let left = edit::apply(text, "\n", &edits.iter().collect::<Vec<_>>()).unwrap();
        left.replace(FLASK, "")
    }

    /// Only files that name Flask are parsed.
    const FLASK: &str = "import flask\n";

    fn one(text: &str) -> String {
        left(&[("app.py", &format!("{text}{FLASK}"))])
    }

    #[test]
    fn what_only_the_removed_code_used_goes() {
        for (before, after) in [
            ("import os\nimport sys\nrun(os.name)\nsys.exit()\n", "import sys\nsys.exit()\n"),
            ("from os import getenv, path\nrun(getenv)\npath.join()\n", "from os import path\npath.join()\n"),
            ("import os\n\nPORT = int(os.getenv('PORT', 1))\nrun(PORT)\nx()\n", "x()\n"),
            ("a()\n\n# the port\nPORT = 1\n\nb()\nrun(PORT)\n", "a()\n\nb()\n"),
            ("a()\n\n\nHOST: str = ''\nPORT = 1\n\n\ndef b(): ...\nrun(HOST, PORT)\n", "a()\n\n\ndef b(): ...\n"),
            ("def f():\n    import os\n    port = os.name\n    run(port)\n    g()\n", "def f():\n    g()\n"),
        ] {
            assert_eq!(one(before), after, "{before}");
        }
    }

    #[test]
    fn what_something_else_may_need_stays() {
        for text in [
            // Read elsewhere, by name or as text.
            "import os\nos.name\n",
            "import os\ndef f():\n    return os.name\n",
            "import os\n__all__ = ['os']\n",
            "import os\nglobals()['os']\n",
            // Marked, chosen, or for the type checker.
            "import os  # noqa: F401\n",
            "try:\n    import os\nexcept ImportError:\n    os = None\n",
            "if x:\n    os = 1\nelse:\n    os = 2\n",
            "if TYPE_CHECKING:\n    import os\n",
            // A value that takes work to get, or that changes.
            "os = connect()\n",
            "os = []\nos.append(1)\n",
            "os = 1\nos = 2\n",
            "os = 1\ndel os\n",
            // The app.
            "app = x.y\n",
            // A setting that Flask finds by its name.
            "OS = 1\nos = 1\ng.from_object(__name__)\n",
        ] {
            let name = if text.starts_with("app") { "app" } else { "os" };
            let extra = if text.starts_with("OS") { "run(OS)\n" } else { "" };
            let before = format!("{text}{extra}run({name})\n");
            let kept = one(&before);
            let expected = if text.starts_with("OS") { "OS = 1\ng.from_object(__name__)\n" } else { text };
            assert_eq!(kept, expected, "{before}");
        }
        // Never used, before or after.
        assert_eq!(one("import os\nimport re\nrun(os)\n"), "import re\n");
    }

    #[test]
    fn what_other_modules_need_stays() {
        let app = "import jobs\nimport plain\nLIMIT = 1\nSIZE = 2\nWIDTH = 3\nrun(jobs, plain, LIMIT, SIZE, WIDTH)\n";
        let files = [
            ("app.py", &*format!("{app}{FLASK}")),
            ("one.py", "from app import LIMIT\n"),
            ("two.py", "import app\nprint(app.SIZE)\n"),
            ("jobs.py", "start()\n"),
            ("plain.py", "VALUE = 1\n"),
        ];
        assert_eq!(left(&files), "import jobs  # noqa: F401\nLIMIT = 1\nSIZE = 2\n");
    }

    #[test]
    fn what_another_import_runs_is_not_missed() {
        let package = format!("from shop.parts import one\n{FLASK}");
        let parts = format!("one = make()\nother = make()\n{FLASK}");
        for (files, wanted) in [
            (
                [
                    (
                        "app.py",
                        &*format!("from shop import app\nfrom shop.parts import other\nrun(other)\napp.get()\n{FLASK}"),
                    ),
                    ("shop/__init__.py", &*package),
                    ("shop/parts.py", &*parts),
                ],
                "from shop import app\napp.get()\n",
            ),
            // Here nothing else does.
            (
                [
                    (
                        "app.py",
                        &*format!("from shop import app\nfrom shop.parts import other\nrun(other)\napp.get()\n{FLASK}"),
                    ),
                    ("shop/__init__.py", FLASK),
                    ("shop/parts.py", &*parts),
                ],
                "from shop import app\nfrom shop.parts import other  # noqa: F401\napp.get()\n",
            ),
        ] {
            assert_eq!(left(&files), wanted);
        }
    }

    #[test]
    fn what_a_package_binds_is_no_module_though_one_has_its_name() {
        let app = format!("from shop import app, jobs, web\nrun(web.host, jobs)\napp.get()\n{FLASK}");
        let package = format!("from shop.web import Web\nweb = Web()\n{FLASK}");
        let files = [
            ("app.py", &*app),
            ("shop/__init__.py", &*package),
            ("shop/web.py", "import flask\nstart()\n"),
            ("shop/jobs.py", "import flask\nstart()\n"),
        ];
        assert_eq!(left(&files), "from shop import app, jobs\napp.get()\n");
    }
}
