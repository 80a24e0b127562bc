//! An app that only a function or a method makes, where nothing that can be imported leads to it.

use super::is_production;
use crate::project::{Module, Project, top_level_imports};
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// An app that no server can be told to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Where it is, without a final period.
    pub(crate) place: String,
    /// What to do about it, without a final period.
    pub(crate) hint: String,
}

/// Modules that serve an app in production from within a program, and what people call them.
const SERVERS: &[(&str, &str)] = &[
    ("waitress", "Waitress"),
    ("gunicorn", "Gunicorn"),
    ("cheroot", "Cheroot"),
    ("cherrypy", "CherryPy"),
    ("gevent.pywsgi", "gevent"),
    ("eventlet.wsgi", "eventlet"),
    ("tornado.wsgi", "Tornado"),
    ("hypercorn", "Hypercorn"),
    ("uvicorn", "Uvicorn"),
];

/// Looks for the app that the most is done with, nearest to the project folder.
pub(crate) fn hidden(project: &Project) -> Option<Hidden> {
    let modules = project.iter().filter(|(_, module)| is_production(module.path()));
    let (module, made) = modules
        .filter_map(|(_, module)| Some((module, makes(module)?)))
        // An app that routes are put on is the one that is meant.
        .min_by_key(|(module, made)| (!made.is_filled, module.path().as_str().matches('/').count()))?;
    let line = module.source.lines().line(made.at);
    let place = format!("a Flask app is made in `{}`, line {line}, within {}", module.path(), made.within);
    let text = &module.source.text;
    let server = SERVERS.iter().find(|(name, _)| {
        has_word(text, name)
            && top_level_imports(module.syntax.body()).any(|stmt| match stmt {
                Stmt::Import(import) => import.names.iter().any(|alias| alias.name.starts_with(name)),
                Stmt::ImportFrom(import) => import.module.as_ref().is_some_and(|from| from.starts_with(name)),
                _ => false,
            })
    });
    let hint = match server {
        _ if let Some(entry) = entry(project) => {
            format!("if `{entry}` is it, choose that: `--app {entry}`")
        }
        Some((_, server)) => format!(
            "the code serves it with {server} itself, which is a server for production; for another one, let a \
             function that needs no arguments give it back, and call that in a `wsgi.py`"
        ),
        None => "let a function that needs no arguments give it back, and call that in a `wsgi.py`: \
                 `app = create_app()`"
            .to_owned(),
    };
    Some(Hidden { place, hint })
}

/// What a server would be told of a `wsgi` that binds the result of a call as its app, nearest to the
/// project folder.
fn entry(project: &Project) -> Option<String> {
    let bound = |module: &Module| {
        let names = ["app", "application"];
        module.syntax.body().iter().find_map(|stmt| match stmt {
            Stmt::Assign(assign) if assign.value.is_call_expr() => assign.targets.iter().find_map(|target| {
                let name = target.as_name_expr()?.id.as_str();
                names.into_iter().find(|known| *known == name)
            }),
            _ => None,
        })
    };
    let is_entry = |path: &str| {
        ["wsgi.py", "wsgi/__init__.py"].iter().any(|end| path == *end || path.ends_with(&format!("/{end}")))
    };
    let modules = project.iter().map(|(_, module)| module).filter(|module| is_entry(module.path().as_str()));
    let found =
        modules.filter(|module| is_production(module.path())).filter_map(|module| Some((module, bound(module)?)));
    let (_, name) = found.min_by_key(|(module, _)| module.path().as_str().matches('/').count())?;
    Some(format!("wsgi:{name}"))
}

/// Where an app is made.
struct Made {
    at: usize,
    /// The function or method, as messages name it.
    within: String,
    /// Whether that gives it routes or settings.
    is_filled: bool,
}

/// The first app that a function or a method of a module makes.
fn makes(module: &Module) -> Option<Made> {
    let is_flask = |stmt: &Stmt| match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| alias.name.as_str() == "flask"),
        Stmt::ImportFrom(import) => import.module.as_ref().is_some_and(|from| from.as_str() == "flask"),
        _ => false,
    };
    if !top_level_imports(module.syntax.body()).any(is_flask) {
        return None;
    }
    let text = |def: &ast::StmtFunctionDef| module.slice(python::span(def));
    let filled = |def: &ast::StmtFunctionDef| {
        ["register_blueprint", "route", "config", "errorhandler", "add_url_rule"]
            .iter()
            .any(|it| has_word(text(def), it))
    };
    module.syntax.body().iter().find_map(|stmt| match stmt {
        Stmt::FunctionDef(def) => constructor(def).map(|at| Made {
            at,
            within: format!("the function `{}`", def.name),
            is_filled: filled(def),
        }),
        Stmt::ClassDef(class) => class.body.iter().find_map(|stmt| match stmt {
            Stmt::FunctionDef(def) => constructor(def).map(|at| Made {
                at,
                within: format!("the method `{}` of `{}`", def.name, class.name),
                is_filled: filled(def),
            }),
            _ => None,
        }),
        _ => None,
    })
}

/// Where a function calls `Flask(…)`.
fn constructor(def: &ast::StmtFunctionDef) -> Option<usize> {
    struct Finder(Option<usize>);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr {
                let named = match &*call.func {
                    Expr::Name(name) => name.id.as_str() == "Flask",
                    Expr::Attribute(attribute) => attribute.attr.as_str() == "Flask",
                    _ => false,
                };
                if named {
                    self.0.get_or_insert(python::span(expr).start);
                }
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(None);
    finder.visit_body(&def.body);
    finder.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{ProjectPath, Tree};

    fn found(text: &str) -> Option<Hidden> {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.write(ProjectPath::new("web/server.py"), text.as_bytes().to_vec());
        hidden(&Project::load(&tree))
    }

    #[test]
    fn an_app_in_a_method_is_told_with_what_serves_it() {
        let app =
            "from flask import Flask\n{}\n\nclass Server:\n    def make(self, port):\n        app = Flask(__name__)\n";
        let plain = found(&app.replace("{}", "")).unwrap();
        assert_eq!(plain.place, "a Flask app is made in `web/server.py`, line 6, within the method `make` of `Server`");
        assert!(plain.hint.starts_with("let a function"), "{}", plain.hint);
        let served = found(&app.replace("{}", "from waitress.server import create_server")).unwrap();
        assert!(served.hint.contains("with Waitress itself"), "{}", served.hint);
    }

    #[test]
    fn what_is_no_app_is_not_told() {
        for text in [
            "from flask import Blueprint\n\ndef f():\n    return Blueprint('a', __name__)\n",
            "from bottle import Flask\n\ndef f():\n    return Flask('a')  # flask\n",
            "from flask import Flask\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_wsgi_that_binds_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        let app = "from flask import Flask\n\ndef create_app(a, b):\n    app = Flask(__name__)\n    return wrap(app)\n";
        tree.write(ProjectPath::new("shop/__init__.py"), app.as_bytes().to_vec());
        tree.write(
            ProjectPath::new("wsgi/__init__.py"),
            b"from shop import create_app\napp = create_app(1, 2)\n".to_vec(),
        );
        assert_eq!(hidden(&Project::load(&tree)).unwrap().hint, "if `wsgi:app` is it, choose that: `--app wsgi:app`");
    }
}
