//! What the app believes of forwarded headers by itself.

use super::super::facts::When;
use super::super::needs::DeedKind;
use super::{Desk, ProxyFix};
use crate::syntax::python::{self, Expr, Stmt, ast};

/// What its `ProxyFix` is told. What is done only when the environment asks for it is not done by default.
pub(super) fn proxy_fix(desk: &Desk<'_>) -> Option<ProxyFix> {
    let deed = desk.deeds(DeedKind::ProxyFix).find(|deed| deed.when == When::Default)?;
    let mut found = ProxyFix { place: desk.at(deed.place), x_for: Some(1), x_proto: Some(1) };
    let text = desk.project.module(deed.place.module).slice(deed.place.span);
    let syntax = python::parse(text).ok();
    let call = syntax.as_ref().and_then(|syntax| match syntax.body() {
        [Stmt::Expr(statement)] => statement.value.as_call_expr(),
        _ => None,
    });
    if let Some(call) = call {
        found.x_for = number(&call.arguments, "x_for", 1);
        found.x_proto = number(&call.arguments, "x_proto", 2);
    }
    Some(found)
}

/// How many proxies a header is trusted of: 1 where nothing is said, nothing where that is computed.
fn number(arguments: &ast::Arguments, name: &str, position: usize) -> Option<u32> {
    // `**options` may hold anything.
    if arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
        return None;
    }
    match arguments.find_argument_value(name, position) {
        Some(Expr::NumberLiteral(ast::ExprNumberLiteral { value: ast::Number::Int(number), .. })) => {
            number.as_u8().map(u32::from)
        }
        Some(_) => None,
        None => Some(1),
    }
}
