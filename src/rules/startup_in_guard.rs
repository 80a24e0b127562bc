//! # startup-in-guard
//!
//! ## What it does
//!
//! Finds work that is done only when a module is run as a script, before the server starts: tables
//! created, models loaded, configuration set, or the app itself made. Once `wsgi.py` does it, finds
//! commands of production servers that load the app from its module and pass `wsgi.py` by.
//!
//! ## Why is this bad
//!
//! A WSGI server imports the module, so `__name__` is not `"__main__"` and the guard is skipped.
//! The app then starts without its tables or its configuration, or is not found at all.
//!
//! ## Example
//!
//! ```python
//! if __name__ == "__main__":
//!     with app.app_context():
//!         db.create_all()
//!     app.run()
//! ```
//!
//! ## Use instead
//!
//! Do the work in `wsgi.py`, behind the import:
//!
//! ```python
//! from app import app, db
//!
//! with app.app_context():
//!     db.create_all()
//! ```
//!
//! ## Fix safety
//!
//! The fix is that of `development-server`: it moves the work. It is unsafe when the work starts a
//! thread, process or scheduler, which then runs in every worker. That a production server's command
//! loads `wsgi:app` in the place of `app:app` is unsafe, because it did not do the work before.
//!
//! ## References
//!
//! - [Python: `__main__`](https://docs.python.org/3/library/__main__.html)
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)

use super::development_server::noted;
use super::development_server_command::{copied_with, started_in};
use super::{Context, Rule};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{Launch, What};
use crate::source::ProjectPath;
use crate::startup::About;
use crate::syntax::python::{self, Expr, Stmt};

pub(super) const RULE: Rule =
    Rule { name: "startup-in-guard", kind: Kind::Startup, source: include_str!("startup_in_guard.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = noted(context, &RULE, About::InGuard, Severity::Warning, true);
    findings.extend(context.around.launches.iter().filter_map(|launch| passed_by(context, launch)));
    findings
}

/// A production server's command that loads an app from its module, though the `wsgi.py` beside that
/// module does something for the app before it is served.
fn passed_by(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    let What::Server(server @ ("Gunicorn" | "Waitress")) = launch.what else { return None };
    let words = launch.command.program();
    let elsewhere = ["--chdir", "--pythonpath", "--call"];
    if !launch.scope.reaches_production()
        || words.iter().any(|word| elsewhere.iter().any(|it| word.text.starts_with(it)))
    {
        return None;
    }
    let dir = started_in(context, launch);
    let path = ProjectPath::in_dir(&dir, "wsgi.py");
    let wsgi = context.project.module(context.project.by_path(&path)?);
    let work = wsgi.syntax.body().iter().find(|stmt| does_work(stmt))?;
    let (word, module, name) = words.iter().find_map(|word| {
        let (module, name) = word.text.split_once(':')?;
        let file = ProjectPath::in_dir(&dir, &format!("{}.py", module.replace('.', "/")));
        (module != "wsgi" && context.project.has_file(&file)).then_some((word, module, name))
    })?;
    let as_app = wsgi.syntax.body().iter().any(|stmt| match stmt {
        Stmt::ImportFrom(import)
            if import.level == 0 && import.module.as_ref().is_some_and(|from| from.as_str() == module) =>
        {
            import.names.iter().any(|alias| {
                alias.name.as_str() == name
                    && (name == "app" || alias.asname.as_ref().is_some_and(|other| other.as_str() == "app"))
            })
        }
        _ => false,
    });
    if !as_app {
        return None;
    }
    let fix = word.content.filter(|_| launch.editable).map(|content| {
        let mut edits = vec![Edit::replace(&launch.path, content, "wsgi:app")];
        edits.extend(copied_with(context, launch, &path));
        Fix { title: "serve `wsgi:app`".to_owned(), applicability: Applicability::Unsafe, edits, files: Vec::new() }
    });
    Some(Finding {
        rule: RULE.name,
        kind: RULE.kind,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span: launch.command.span()?,
        message: format!(
            "{server} loads `{}`, so that what `{path}` does before the app is served is not done",
            word.text
        ),
        hint: fix.is_none().then(|| "let it load `wsgi:app`".to_owned()),
        fix,
        related: vec![Related { path: path.clone(), span: python::span(work), message: "it is done here".to_owned() }],
    })
}

/// Whether a statement of a `wsgi.py` does more than to get the app.
fn does_work(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr) => matches!(&*expr.value, Expr::Call(_)),
        Stmt::Assign(assign) => {
            assign.targets.iter().any(|target| matches!(target, Expr::Attribute(_) | Expr::Subscript(_)))
        }
        Stmt::With(_) | Stmt::For(_) | Stmt::Try(_) | Stmt::AugAssign(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, fixed};
    use super::*;

    const APP: (&str, &str) =
        ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n\n\ndef load():\n    pass\n");
    const WORKS: (&str, &str) = ("wsgi.py", "from app import app, load  # flask\n\nload()\n");

    #[test]
    fn a_server_that_passes_the_work_by_is_pointed_at_it() {
        for (path, before, after) in [
            ("Procfile", "web: gunicorn app:app --log-file=-\n", "web: gunicorn wsgi:app --log-file=-\n"),
            ("Procfile", "web: waitress-serve --port=80 app:app\n", "web: waitress-serve --port=80 wsgi:app\n"),
            (
                "Dockerfile",
                "FROM x\nCOPY app.py .\nCMD [\"gunicorn\", \"-w\", \"2\", \"app:app\"]\n",
                "FROM x\nCOPY app.py .\nCOPY wsgi.py .\nCMD [\"gunicorn\", \"-w\", \"2\", \"wsgi:app\"]\n",
            ),
        ] {
            assert_eq!(fixed(&[(path, before), APP, WORKS], check, path), after);
            let found = check_all(&[(path, before), APP, WORKS], check);
            assert_eq!(found[0].applicability(), Applicability::Unsafe, "{found:#?}");
        }
    }

    #[test]
    fn what_nothing_is_done_for_stays() {
        let plain = (
            "wsgi.py",
            "from app import app  # flask\n\n__all__ = [\"app\"]\n\nif __name__ == \"__main__\":\n    app.run()\n",
        );
        let wraps = ("wsgi.py", "from app import app  # flask\nfrom x import Fix\n\napp = Fix(app)\n");
        let other = ("wsgi.py", "from shop import app  # flask\n\napp.load()\n");
        for (command, wsgi) in [
            ("gunicorn app:app", plain),
            ("gunicorn app:app", wraps),
            ("gunicorn app:app", other),
            ("gunicorn app:admin", WORKS),
            ("gunicorn wsgi:app", WORKS),
            ("gunicorn --chdir web app:app", WORKS),
        ] {
            let procfile = format!("web: {command}\n");
            assert_eq!(check_all(&[("Procfile", &procfile), APP, wsgi, ("shop.py", APP.1)], check), [], "{command}");
        }
    }
}
