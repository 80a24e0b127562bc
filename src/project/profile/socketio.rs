//! What Flask-SocketIO waits with, which decides the class of worker that serves it.

use super::super::Project;
use super::super::dependencies::Dependencies;
use super::{AsyncMode, Desk};
use crate::source::Tree;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// What the code says; else what Flask-SocketIO finds installed, in its own order
/// ([deployment](https://flask-socketio.readthedocs.io/en/latest/deployment.html)).
pub(super) fn mode(tree: &Tree, project: &Project, desk: &Desk<'_>) -> AsyncMode {
    let mut look = Look::default();
    for id in &desk.modules {
        let module = desk.project.module(*id);
        // Walking every expression has its price.
        if ["async_mode", "eventlet", "gevent"].iter().any(|word| module.source.text.contains(word)) {
            look.visit_body(module.syntax.body());
        }
    }
    let said = look.said.or(look.imported);
    if let Some(mode @ (AsyncMode::Threading | AsyncMode::Eventlet | AsyncMode::Uwsgi)) = said {
        return mode;
    }
    let dependencies = Dependencies::gather(tree, project, &mut Vec::new());
    let installed = |package: &str| dependencies.names(package, desk.served.dir);
    if said.is_none() && installed("eventlet") {
        return AsyncMode::Eventlet;
    }
    // Where it is installed, Flask-SocketIO counts on it, and a plain gevent worker has it not.
    let has_websocket = ["gevent-websocket", "gevent_websocket", "geventwebsocket"].into_iter().any(installed);
    match (said.is_some() || installed("gevent"), has_websocket) {
        (_, true) => AsyncMode::GeventWebsocket,
        (true, false) => AsyncMode::Gevent,
        (false, false) => AsyncMode::Threading,
    }
}

#[derive(Default)]
struct Look {
    /// The first `async_mode=` that is a text.
    said: Option<AsyncMode>,
    /// What the code imports, to patch the standard library or to wait with.
    imported: Option<AsyncMode>,
}

impl Look {
    fn import(&mut self, module: &str) {
        let mode = match module.split('.').next() {
            Some("eventlet") => AsyncMode::Eventlet,
            Some("gevent") => AsyncMode::Gevent,
            _ => return,
        };
        self.imported.get_or_insert(mode);
    }
}

impl<'a> Visitor<'a> for Look {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(alias.name.as_str())),
            Stmt::ImportFrom(ast::StmtImportFrom { module: Some(module), level: 0, .. }) => {
                self.import(module.as_str());
            }
            _ => {}
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && let Some(keyword) =
                call.arguments.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|name| name == "async_mode"))
            && let Expr::StringLiteral(text) = &keyword.value
        {
            let mode = match text.value.to_str() {
                "threading" => Some(AsyncMode::Threading),
                "eventlet" => Some(AsyncMode::Eventlet),
                "gevent" => Some(AsyncMode::Gevent),
                "gevent_uwsgi" => Some(AsyncMode::Uwsgi),
                _ => None,
            };
            self.said = self.said.or(mode);
        }
        python::visitor::walk_expr(self, expr);
    }
}
