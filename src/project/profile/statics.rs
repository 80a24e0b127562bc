//! Static files that a proxy can serve in the app's place.

use super::{Desk, StaticFolder};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// The folders of static files, by URL.
pub(super) fn statics(desk: &Desk<'_>) -> Vec<StaticFolder> {
    if guards_every_request(desk) {
        return Vec::new();
    }
    let mut found: Vec<StaticFolder> = desk
        .facts
        .needs
        .statics
        .iter()
        .filter(|route| desk.modules.contains(&route.place.module))
        // Below `/` are the app's own pages too; a folder that is no longer there was Flask's default.
        .filter(|route| !route.url.is_empty() && (route.named || desk.project.has_dir(&route.dir)))
        // The project folder itself holds the code.
        .filter(|route| !route.dir.is_empty() && !route.dir.starts_with(".."))
        .map(|route| StaticFolder { url: route.url.clone(), dir: route.dir.clone() })
        .collect();
    found.sort();
    found.dedup_by(|one, two| one.url == two.url);
    found
}

/// Whether a function that Flask calls before every request may refuse it, static files included: a
/// proxy would serve them to everybody.
fn guards_every_request(desk: &Desk<'_>) -> bool {
    desk.modules.iter().any(|id| {
        let module = desk.project.module(*id);
        if !module.source.text.contains("before_request") {
            return false;
        }
        let mut guards = Guards { found: false };
        guards.visit_body(module.syntax.body());
        guards.found
    })
}

struct Guards {
    found: bool,
}

impl<'a> Visitor<'a> for Guards {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::FunctionDef(def) = stmt
            && def.decorator_list.iter().any(|decorator| is_before_request(&decorator.expression))
        {
            let mut body = Body::default();
            body.visit_body(&def.body);
            // One that speaks of static files or of logging in lets them through, most likely.
            self.found |= body.refuses && !body.spares;
        }
        python::visitor::walk_stmt(self, stmt);
    }
}

/// `@app.before_request`, for all requests; a blueprint's is only for its own.
fn is_before_request(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute)
        if matches!(attribute.attr.as_str(), "before_request" | "before_app_request")
            && matches!(&*attribute.value, Expr::Name(name) if name.id.contains("app") || attribute.attr.as_str() == "before_app_request"))
}

/// What a function that is called before requests does.
#[derive(Default)]
struct Body {
    refuses: bool,
    spares: bool,
}

impl<'a> Visitor<'a> for Body {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Return(returns) = stmt {
            let refuses = |value: &Expr| match value {
                Expr::Call(call) => is_refusal(call),
                Expr::Tuple(tuple) => tuple.elts.iter().any(|part| {
                    matches!(part, Expr::NumberLiteral(literal)
                        if matches!(&literal.value, ast::Number::Int(code) if matches!(code.as_i64(), Some(401 | 403))))
                }),
                _ => false,
            };
            self.refuses |= returns.value.as_deref().is_some_and(refuses);
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let name = name_of(&call.func);
                self.refuses |= name == "abort" || name == "unauthorized";
            }
            Expr::StringLiteral(literal) => self.spares |= literal.value.to_str().contains("static"),
            Expr::Attribute(attribute) => self.spares |= matches!(attribute.attr.as_str(), "endpoint" | "blueprint"),
            _ => {}
        }
        python::visitor::walk_expr(self, expr);
    }
}

/// Whether what a call gives sends the client away. A redirect to HTTPS or to another host does not
/// depend on who asks.
fn is_refusal(call: &ast::ExprCall) -> bool {
    let to_login = call.arguments.args.iter().any(|argument| match argument {
        Expr::Call(inner) => name_of(&inner.func) == "url_for",
        Expr::StringLiteral(literal) => literal.value.to_str().starts_with('/'),
        _ => false,
    });
    match name_of(&call.func) {
        "redirect" => to_login,
        "unauthorized" | "authenticate" => true,
        _ => false,
    }
}

fn name_of(function: &Expr) -> &str {
    match function {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}
