//! What Flask-SocketIO, or the app itself, waits with, which decides the class of worker that serves it.

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

/// What an app waits with that makes the standard library wait so too: `monkey.patch_all()` of gevent,
/// `eventlet.monkey_patch()`. Threads of a worker would never wake up again.
pub(super) fn patched(desk: &Desk<'_>) -> Option<AsyncMode> {
    let mut patches = Patches(None);
    for id in &desk.modules {
        let module = desk.project.module(*id);
        if ["patch_all", "monkey_patch"].iter().any(|word| module.source.text.contains(word)) {
            patches.visit_body(module.syntax.body());
        }
    }
    patches.0
}

struct Patches(Option<AsyncMode>);

impl<'a> Visitor<'a> for Patches {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let name = match &*call.func {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => "",
            };
            let mode = match name {
                "patch_all" => Some(AsyncMode::Gevent),
                "monkey_patch" => Some(AsyncMode::Eventlet),
                _ => None,
            };
            self.0 = self.0.or(mode);
        }
        python::visitor::walk_expr(self, expr);
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
