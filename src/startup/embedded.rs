//! Servers that the code makes itself, of gevent, Tornado and others, around the app as it is.

use super::app::App;
use super::sketch::{Planner, Refusal};
use super::work::called;
use crate::project::Serve;
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Expr, Visitor, visitor};

/// What makes such a server, or the container that it serves.
const MAKES: &[&str] = &["WSGIServer", "WSGIContainer", "make_server", "server"];

impl<'p> Planner<'p> {
    /// The app of a server that is given nothing but the app, by a name that importing the module
    /// binds to it. `None` where the server is given anything else.
    ///
    /// # Errors
    /// The server does more for the app than a WSGI server would.
    pub(super) fn embedded(&self, serve: &Serve<'p>) -> Result<Option<App<'p>>, Box<Refusal>> {
        let text = &self.module.source.text;
        if has_word(text, "handler_class") {
            return Err(Refusal::new(
                "the server is given a handler of its own, which is often one for WebSocket",
                "make a `wsgi.py` that binds the app to the name `app`, and serve it with a Gunicorn worker that does \
                 the same, such as `gunicorn -k geventwebsocket.gunicorn.workers.GeventWebSocketWorker wsgi:app`",
            ));
        }
        if ["RequestHandler", "FallbackHandler", "WebSocketHandler"].iter().any(|word| has_word(text, word)) {
            return Ok(None);
        }
        let Some(app) = &serve.app else { return Ok(None) };
        let names = self.desk.facts.apps.get(&self.id).into_iter().flatten();
        let known: Vec<&str> =
            names.filter(|name| name.on_import && name.app.made == app.made).map(|name| name.name.as_str()).collect();
        struct Finder<'f> {
            known: Vec<&'f str>,
            found: Option<(&'f Expr, &'f str)>,
        }
        impl<'a> Visitor<'a> for Finder<'a> {
            fn visit_expr(&mut self, expr: &'a Expr) {
                if let Expr::Call(call) = expr
                    && MAKES.contains(&called(call))
                {
                    let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                    for value in call.arguments.args.iter().chain(keywords) {
                        if let Expr::Name(name) = value
                            && self.known.contains(&name.id.as_str())
                        {
                            self.found = self.found.or(Some((value, name.id.as_str())));
                        }
                    }
                }
                visitor::walk_expr(self, expr);
            }
        }
        let mut finder = Finder { known, found: None };
        finder.visit_body(self.module.syntax.body());
        Ok(finder.found.map(|(expr, name)| App { expr, span: python::span(expr), name: Some(name), suffix: "".into() }))
    }
}
