//! What `wsgi.py` imports, and how it imports it.

use super::app::App;
use super::sketch::Planner;
use super::target::{self, Way};
use super::work;
use super::wsgi::Wsgi;
use crate::project::{in_project, is_stdlib, top_level_imports};
use crate::source::Span;
use crate::syntax::names::bound_name;
use crate::syntax::python::{self, Stmt, ast};

impl<'p> Planner<'p> {
    /// Adds the import of a name that the module binds: as the module imports it, else from the module.
    pub(super) fn import_name(
        &self,
        name: &str,
        alias: Option<&str>,
        way: &Way,
        wsgi: &mut Wsgi,
    ) -> Result<(), String> {
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        // `import logging` and `import logging.config` bind one name to one module.
        let parts: Vec<&ast::Alias> = top_level_imports(self.module.syntax.body())
            .filter_map(|stmt| match stmt {
                Stmt::Import(import) => Some(&import.names),
                _ => None,
            })
            .flatten()
            .filter(|it| it.asname.is_none() && it.name.split('.').next() == Some(name))
            .collect();
        if binds > 1 && parts.len() == binds && alias.is_none() {
            parts.iter().for_each(|it| wsgi.import(&it.name, None));
            return Ok(());
        }
        match work::import_of(self.module, name).filter(|_| binds == 1 && alias.is_none()) {
            Some(Stmt::Import(import)) => {
                for it in import.names.iter().filter(|it| bound_name(it) == name) {
                    self.import_module(it, wsgi);
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

    /// Adds the import of a module as an `import` has it; `import a.b as b` of one from outside as linters want it
    /// in a new file.
    fn import_module(&self, alias: &ast::Alias, wsgi: &mut Wsgi) {
        let name = alias.asname.as_ref().map(|name| name.as_str());
        match alias.name.rsplit_once('.') {
            Some((package, last))
                if name == Some(last) && !in_project(self.desk.project, self.module.path().dir(), &alias.name) =>
            {
                wsgi.import_from(package, last, None);
            }
            _ => wsgi.import(&alias.name, name),
        }
    }

    /// Adds the import of a name from the module that starts the app.
    pub(super) fn import_own(&self, name: &str, alias: Option<&str>, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        if way.plain {
            wsgi.import_from(&way.dotted, name, alias);
            return Ok(());
        }
        if way.dotted.contains(['"', '\\']) {
            return Err("the file name holds a quote".to_owned());
        }
        wsgi.import_by_text(&way.dotted, name, alias);
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

    /// Takes an import of the guard to the top of `wsgi.py`. One whose names nothing reads but the start-up call
    /// is there for what it does.
    pub(super) fn hoist(&self, stmt: &Stmt, app: &App<'p>, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.import_module(alias, wsgi);
                }
            }
            Stmt::ImportFrom(import) => {
                let from = target::absolute(self.module, &way.dir, import)
                    .ok_or("the `__main__` guard imports from above the folder of `wsgi.py`")?;
                let plain = import.names.iter().all(|alias| alias.asname.is_none() && alias.name.as_str() != "*");
                if plain
                    && in_project(self.desk.project, self.module.path().dir(), &from)
                    && import.names.iter().all(|alias| self.is_only_told(&alias.name, app))
                {
                    let names: Vec<&str> = import.names.iter().map(|alias| alias.name.as_str()).collect();
                    wsgi.import_for_effect(format!("from {from} import {}", names.join(", ")), false);
                    return Ok(());
                }
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

    /// Whether nothing reads a name but a start-up call, to be told something.
    fn is_only_told(&self, name: &str, app: &App<'p>) -> bool {
        let calls = self.desk.facts.serves.iter().filter(|serve| serve.module == self.id);
        let calls: Vec<Span> = calls.map(|serve| python::span(serve.call)).collect();
        let told = |at: Span| calls.iter().any(|call| call.contains(at)) && !app.span.contains(at);
        self.names.reads.iter().filter(|read| read.name == name).all(|read| told(read.span))
    }
}
