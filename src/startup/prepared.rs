//! The work of a launcher as a function of its module, which `wsgi.py` calls.

use super::app::App;
use super::excerpt::{blank_lines_above, normalized};
use super::guard::{self, Block};
use super::launcher::leaves_of;
use super::sketch::{Planner, Refusal};
use super::target::Way;
use super::work::Before;
use super::wsgi::Wsgi;
use crate::edit::Edit;
use crate::project::Serve;
use crate::source::Span;
use crate::syntax::python::{self, Expr, Stmt};
use std::collections::BTreeSet;

impl<'p> Planner<'p> {
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
                // What the guard goes on with, where it stays.
                let works = |at: Span| before.work.iter().any(|stmt| python::span(*stmt).contains(at));
                let stays = keeps
                    && self
                        .names
                        .reads
                        .iter()
                        .any(|read| read.name == bound && guarded.contains(read.span) && !works(read.span));
                if elsewhere || stays {
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
