//! What becomes of the module that starts the server.

use super::app::App;
use super::desk::certificate;
use super::excerpt::{blank_lines_above, normalized};
use super::guard::{self, Block};
use super::mentions::{By, Mention};
use super::sketch::{Planner, Refusal};
use super::target;
use super::told::Called;
use super::work;
use super::{About, Note};
use crate::edit::Edit;
use crate::project::{Place, Serve, Server};
use crate::source::{ProjectPath, Span, is_in};
use crate::syntax::python::{self, Stmt};
use crate::syntax::removal;

/// What becomes of the module that starts the server.
#[derive(Clone, Debug)]
pub(super) enum Script {
    /// It stays as it is.
    Keep,
    /// It loses its launcher.
    Edit(Vec<Edit>),
    /// It goes.
    Remove(ProjectPath),
}

impl<'p> Planner<'p> {
    /// Whether a server already loads the app from this module, so that it stays what it is.
    pub(super) fn is_loaded(&self) -> bool {
        let path = self.module.path();
        self.desk.mentions(path).iter().any(|mention| mention.by == By::Loader) || self.desk.is_found_by_name(path)
    }

    /// Whether something starts the script, so that its launcher has to stay. Notes what does.
    pub(super) fn keeps(&mut self, serve: &Serve<'p>) -> bool {
        let path = self.module.path();
        let place = Place { module: self.id, span: python::span(serve.call) };
        let mentions = self.desk.mentions(path);
        let by = |by: By| mentions.iter().find(move |mention| mention.by == by);
        if let Some(mention) = by(By::Launcher) {
            let message = format!("`{}`, line {}, starts `{path}`, so it can still be run", mention.path, mention.line);
            let note = Note { place, about: About::Launcher, message };
            if !self.lasting.contains(&note) {
                self.lasting.push(note);
            }
            return true;
        }
        // Documentation would tell people to run what does nothing any more.
        let lasts = |mention: &&Mention| mention.by == By::Docs && !self.becomes_flask(serve, mention);
        if let Some(mention) = mentions.iter().find(lasts) {
            let message = format!(
                "`{}`, line {}, tells people to run `{path}`, so it can still be run",
                mention.path, mention.line
            );
            let note = Note { place, about: About::Launcher, message };
            if !self.lasting.contains(&note) {
                self.lasting.push(note);
            }
            return true;
        }
        path.name() == "__main__.py"
    }

    /// Whether a command of documentation can become one of `flask` that does the same.
    fn becomes_flask(&self, serve: &Serve<'p>, mention: &Mention) -> bool {
        let path = self.module.path();
        // A `wsgi.py` is served from where it is.
        let dir = match path.name() {
            "wsgi.py" => Some(path.dir().to_owned()),
            _ => target::way(self.desk.tree, self.desk.project, self.id).ok().map(|way| way.dir),
        };
        let is_below = |called: &Called| dir.is_some_and(|dir| is_in(&dir, &called.from));
        serve.server == Server::FlaskRun
            && certificate(serve).is_none()
            && self.desk.text(&mention.path).is_some()
            && mention.called.as_ref().is_some_and(is_below)
    }

    /// The edits that remove a guard.
    pub(super) fn without(&self, block: &Block<'p>, app: &App<'p>) -> Vec<Edit> {
        self.cut_out(guard::block_lines(self.module, block.guard), app)
    }

    /// The edits that remove some lines, and a banner above them.
    pub(super) fn cut_out(&self, lines: Span, app: &App<'p>) -> Vec<Edit> {
        let path = self.module.path();
        let lines = guard::with_banner(self.module, lines);
        vec![match self.export(lines, app) {
            Some(export) => Edit::replace(path, lines, export),
            None => Edit::delete(path, removal::cut(&self.module.source.text, lines)),
        }]
    }

    /// What says that the module passes the app on, when nothing else in it would use its import any
    /// more: tools take that for a leftover.
    pub(super) fn export(&self, lines: Span, app: &App<'p>) -> Option<String> {
        let name = app.name?;
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        // A `wsgi.py` that has it by another name passes it on as `app`.
        let renamed = self.module.path().name() == "wsgi.py" && name != "app";
        let left_over = binds == 1
            && !renamed
            && work::import_of(self.module, name).is_some()
            && !self.names.mentioned_outside(name, &[lines])
            && !self.has_star_import()
            && self.names.is_free("__all__");
        let removed = self.module.slice(lines);
        let quote = if removed.contains('\'') && !removed.contains('"') { '\'' } else { '"' };
        let end = if removed.ends_with(['\n', '\r']) { "\n" } else { "" };
        left_over.then(|| format!("__all__ = [{quote}{name}{quote}]{end}"))
    }

    /// What becomes of a module with the call among its statements.
    pub(super) fn without_call(
        &mut self,
        serve: &Serve<'p>,
        index: usize,
        app: &App<'p>,
    ) -> Result<Script, Box<Refusal>> {
        let stmt = &self.module.syntax.body()[index];
        let path = self.module.path();
        let Some(lines) = removal::own_lines(&self.module.source.text, stmt) else {
            return Err(Refusal::new("the call shares its line with other code", "give it a line of its own"));
        };
        if self.keeps(serve) {
            if self.has_long_string(lines) {
                return Err(Refusal::new(
                    "the module starts the server whenever it is imported",
                    "put the call under `if __name__ == \"__main__\":`",
                ));
            }
            let code = normalized(self.module.slice(python::span(stmt))).replace('\n', "\n    ");
            // Two blank lines are wanted behind a definition, and nowhere else.
            let definition =
                index > 0 && matches!(self.module.syntax.body()[index - 1], Stmt::FunctionDef(_) | Stmt::ClassDef(_));
            let above = blank_lines_above(&self.module.source.text, lines.start).unwrap_or(2);
            let gap = if definition { "\n".repeat(2_usize.saturating_sub(above)) } else { String::new() };
            let guarded = format!("{gap}if __name__ == \"__main__\":\n    {code}");
            return Ok(Script::Edit(vec![Edit::replace(path, python::span(stmt), guarded)]));
        }
        Ok(Script::Edit(self.cut_out(lines, app)))
    }
}
