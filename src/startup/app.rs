//! What a start-up call serves.

use std::borrow::Cow;

use super::connexion;
use super::guard::{self};
use super::launcher::leaves_of;
use super::sketch::{Planner, Refusal};
use super::work;
use crate::project::{Import, Module, Serve, Server};
use crate::source::Span;
use crate::syntax::names::bound_name;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// What the app is, as the start-up call names it.
pub(super) struct App<'p> {
    /// The expression.
    pub(super) expr: &'p Expr,
    /// Its span, parentheses not included.
    pub(super) span: Span,
    /// The name, when it is one.
    pub(super) name: Option<&'p str>,
    /// What has to follow the expression: `.server` for Dash.
    pub(super) suffix: Cow<'static, str>,
}

/// Whether two start-up calls run what is written the same way.
pub(super) fn same_receiver(module: &Module, one: &ast::ExprCall, other: &ast::ExprCall) -> bool {
    module.slice(python::span(&*one.func)) == module.slice(python::span(&*other.func))
}

/// The arguments of a call as far as they speak for themselves, else where the call is.
pub(super) fn told(module: &Module, call: &ast::ExprCall) -> String {
    struct Named(bool);
    impl<'a> Visitor<'a> for Named {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.0 |= matches!(expr, Expr::Name(_) | Expr::Call(_) | Expr::Starred(_));
            visitor::walk_expr(self, expr);
        }
    }
    let mut named = Named(false);
    named.visit_arguments(&call.arguments);
    if named.0 {
        return format!("{}:{}", module.path(), python::span(call).start);
    }
    module.slice(python::span(&call.arguments)).split_whitespace().collect()
}

/// Whether an attribute is a method that starts a server.
pub(super) fn is_start(attribute: &ast::ExprAttribute) -> bool {
    matches!(attribute.attr.as_str(), "run" | "run_server" | "run_simple")
}

impl<'p> Planner<'p> {
    /// Whether an expression is a name that stands for an app.
    pub(super) fn names_app(&self, expr: &Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let apps = self.desk.facts.apps.get(&self.id);
        apps.is_some_and(|apps| apps.iter().any(|app| app.name == name.id.as_str()))
    }

    /// The app that a start-up call serves.
    pub(super) fn app(&self, serve: &Serve<'p>) -> Result<App<'p>, Box<Refusal>> {
        let call = serve.call;
        let receiver = match &*call.func {
            Expr::Attribute(attribute) if is_start(attribute) => match call.arguments.args.first() {
                // `Flask.run(app)`
                Some(first) if !self.names_app(&attribute.value) && self.names_app(first) => Some(first),
                _ => Some(&*attribute.value),
            },
            // `executor.submit(app.run)`
            Expr::Attribute(_) => call.arguments.args.iter().find_map(|argument| match argument {
                Expr::Attribute(attribute) if is_start(attribute) => Some(&*attribute.value),
                _ => None,
            }),
            _ => None,
        };
        // `Thread(target=app.run)`: the call that has the arguments is not the one that names the app.
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        let runs = values.filter(|_| !guard::calls_method(call, "run")).find_map(|value| match value {
            Expr::Attribute(method) if method.attr.as_str() == "run" => Some(&*method.value),
            _ => None,
        });
        let argument = |position: usize, names: &[&str]| {
            call.arguments.args.get(position).filter(|arg| !arg.is_starred_expr()).or_else(|| {
                call.arguments
                    .keywords
                    .iter()
                    .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| names.contains(&arg.as_str())))
                    .map(|keyword| &keyword.value)
            })
        };
        let (expr, suffix) = match serve.server {
            Server::FlaskRun => (runs.or(receiver), ""),
            Server::SocketIo => (argument(0, &["app"]), ""),
            Server::RunSimple => (argument(2, &["application"]), ""),
            Server::Dash => (receiver, ".server"),
            Server::FlaskScript => (receiver.and_then(|receiver| self.managed(receiver)), ""),
            Server::Connexion => match connexion::is_wsgi(self.desk, self.module) {
                Some(true) => (receiver, ".app"),
                Some(false) => {
                    return Err(Refusal::new(
                        "Connexion 3 is an ASGI app, which no WSGI server can serve",
                        format!(
                            "serve `{}` with `gunicorn -k uvicorn.workers.UvicornWorker`, and start no server in the code",
                            self.asgi_target(receiver)
                        ),
                    ));
                }
                None => {
                    return Err(Refusal::new(
                        "a Connexion app is served in another way in each of its versions, and the project does not say which it uses",
                        "for Connexion 2, make a `wsgi.py` with `app = <the Connexion app>.app`; for Connexion 3, use an ASGI server; \
                         or pin its version, and run flaskship again",
                    ));
                }
            },
            Server::Embedded if let Some(app) = self.embedded(serve)? => return Ok(app),
            Server::Embedded | Server::Production => {
                return Err(Refusal::new(
                    "the code starts a server of its own",
                    "let the code only make the app, and start a WSGI server on `wsgi:app`",
                ));
            }
        };
        let expr = expr.ok_or_else(|| {
            Refusal::new(
                "the call does not name the app it serves",
                "make a `wsgi.py` that binds the app to the name `app`, and start no server there",
            )
        })?;
        let name = match expr {
            Expr::Name(name) if suffix.is_empty() => Some(name.id.as_str()),
            _ => None,
        };
        Ok(App { expr, span: python::span(expr), name, suffix: suffix.into() })
    }

    /// How an ASGI server is told what to serve: `server:app`.
    pub(super) fn asgi_target(&self, receiver: Option<&Expr>) -> String {
        let module = self.module.path().as_str().trim_end_matches(".py").replace('/', ".");
        let name = receiver.map_or("app", |expr| self.module.slice(python::span(expr)));
        format!("{module}:{name}")
    }

    /// The app that a Flask-Script manager was made with.
    pub(super) fn managed(&self, manager: &Expr) -> Option<&'p Expr> {
        let Expr::Name(manager) = manager else { return None };
        self.module.syntax.body().iter().find_map(|stmt| {
            let Stmt::Assign(assign) = stmt else { return None };
            let [Expr::Name(target)] = &assign.targets[..] else { return None };
            let Expr::Call(call) = &*assign.value else { return None };
            let app = call.arguments.args.first()?;
            // `Manager(create_app)` makes the app from the options of each command.
            let known = self.desk.facts.apps.get(&self.id).into_iter().flatten();
            let is_app =
                matches!(app, Expr::Name(name) if known.into_iter().any(|known| known.name == name.id.as_str()));
            (target.id == manager.id && is_app).then_some(app)
        })
    }

    /// What tells the call that makes the app from other calls of the same factory: its arguments,
    /// when they say what they are, else its place.
    pub(super) fn variant(&self, app: &App<'p>) -> Option<String> {
        if let Expr::Call(call) = app.expr {
            return Some(told(self.module, call));
        }
        let project = self.desk.project;
        let (mut id, mut name) = (self.id, app.name?.to_owned());
        // Through as many modules as anyone may pass a name on.
        for _ in 0..8 {
            let module = project.module(id);
            let Some(Stmt::ImportFrom(import)) = work::import_of(module, &name) else { break };
            let alias = import.names.iter().find(|alias| bound_name(alias) == name)?;
            let from = import.module.as_ref().map_or("", |name| name.as_str());
            let Import::Module(next) = project.resolve(module.path(), import.level, from) else { return None };
            (id, name) = (next, alias.name.to_string());
        }
        let module = project.module(id);
        let mut leaves = Vec::new();
        for stmt in module.syntax.body() {
            match stmt {
                Stmt::FunctionDef(def) if id == self.id => leaves_of(&def.body, &mut leaves),
                _ => leaves_of(std::slice::from_ref(stmt), &mut leaves),
            }
        }
        leaves.into_iter().find_map(|stmt| match stmt {
            Stmt::Assign(assign) => match (&assign.targets[..], &*assign.value) {
                ([Expr::Name(target)], Expr::Call(call)) if target.id.as_str() == name => Some(told(module, call)),
                _ => None,
            },
            _ => None,
        })
    }
}
