//! Start-up calls in methods: where the guard makes the object, `wsgi.py` makes it and serves its app.

use super::app::App;
use super::ending::behind;
use super::guard;
use super::launcher::{cut_at, leaves_of};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::work;
use crate::edit::Applicability;
use crate::project::Serve;
use crate::source::Span;
use crate::syntax::effects;
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Expr, Stmt, ast};

impl<'p> Planner<'p> {
    /// The call is in a method of a class. Where the guard makes the object and calls the method,
    /// `wsgi.py` makes the object and serves its app.
    pub(super) fn method(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        class: &'p ast::StmtClassDef,
        def: &'p ast::StmtFunctionDef,
    ) -> Result<Sketch, Box<Refusal>> {
        let why = "the call is in a method of a class";
        let by_hand = |planner: &Self| planner.by_hand(why, app);
        // `self.app.run()`, behind nothing but what feeds the call.
        let Expr::Attribute(attribute) = app.expr else { return Err(by_hand(self)) };
        let Expr::Name(receiver) = &*attribute.value else { return Err(by_hand(self)) };
        let is_self = def.parameters.iter().next().is_some_and(|it| it.name().as_str() == receiver.id.as_str());
        let call = python::span(serve.call);
        let prior = def.body.iter().filter(|stmt| python::span(*stmt).start < call.start);
        let harmless = prior.into_iter().all(|stmt| {
            guard::is_inert(stmt) || work::for_terminal(stmt) || self.names_only(stmt) || is_start(stmt, call)
        });
        let set_up = class.body.iter().any(|stmt| {
            matches!(stmt, Stmt::FunctionDef(init) if init.name.as_str() == "__init__"
                && sets(init, &attribute.attr, self.module))
        });
        if !is_self || !harmless || !set_up || !app.suffix.is_empty() {
            return Err(by_hand(self));
        }
        // The one statement of the guard that calls the method.
        let blocks = self.module.syntax.body().iter().filter_map(|stmt| match stmt {
            Stmt::If(guard) if guard::is_guard(guard) && guard.elif_else_clauses.is_empty() => Some(guard),
            _ => None,
        });
        let [guard] = blocks.collect::<Vec<_>>()[..] else { return Err(by_hand(self)) };
        let found = guard.body.iter().enumerate().find_map(|(at, stmt)| match stmt {
            Stmt::Expr(expr) => match &*expr.value {
                Expr::Call(it) => match &*it.func {
                    Expr::Attribute(method) if method.attr.as_str() == def.name.as_str() => Some((at, &*method.value)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let Some((at, object)) = found else { return Err(by_hand(self)) };
        // Either a name that is made from the class once, or the call of the class itself.
        let made = match object {
            Expr::Name(name) => self.made_from(name.id.as_str(), &class.name),
            Expr::Call(it) => matches!(&*it.func, Expr::Name(name) if name.id.as_str() == class.name.as_str()),
            _ => false,
        };
        if !made {
            return Err(by_hand(self));
        }
        let stand_in =
            App { expr: object, span: python::span(object), name: None, suffix: format!(".{}", attribute.attr).into() };
        let launcher = cut_at(&guard.body, at);
        let before = {
            let call = python::span(&guard.body[at]);
            work::sort(self.desk.project, self.module, &self.names, &launcher.before, call, stand_in.span)
        };
        self.check_work(&before)?;
        let way = self.way(serve)?;
        let applicability = if self.every_worker(serve, &before) { Applicability::Unsafe } else { Applicability::Safe };
        let wsgi =
            self.statements(&stand_in, &before, python::span(guard), &way).map_err(|why| self.by_hand(&why, app))?;
        let mut after = Vec::new();
        behind(&guard.body, &[python::span(&guard.body[at])], &mut after);
        self.after(serve, (&launcher.before, &before), &after, python::span(guard), true);
        self.finish(app, way, &wsgi, Script::Keep, true, applicability)
    }

    /// Whether a statement only gives local names values that take no work.
    fn names_only(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Assign(assign) => {
                assign.targets.iter().all(|target| matches!(target, Expr::Name(_)))
                    && effects::is_harmless(&assign.value)
            }
            _ => false,
        }
    }

    /// Whether a global name is bound once, to a new object of a class of the module.
    fn made_from(&self, name: &str, class: &str) -> bool {
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        let mut leaves = Vec::new();
        leaves_of(self.module.syntax.body(), &mut leaves);
        let made = leaves.into_iter().any(|stmt| match stmt {
            Stmt::Assign(assign) => {
                matches!(&assign.targets[..], [Expr::Name(target)] if target.id.as_str() == name)
                    && matches!(&*assign.value, Expr::Call(call)
                        if matches!(&*call.func, Expr::Name(made) if made.id.as_str() == class))
            }
            _ => false,
        });
        binds == 1 && made
    }
}

/// Whether a statement holds the start-up call.
fn is_start(stmt: &Stmt, call: Span) -> bool {
    python::span(stmt).contains(call)
}

/// Whether a method gives `self.name` a value, whatever it does besides.
fn sets(init: &ast::StmtFunctionDef, name: &str, module: &crate::project::Module) -> bool {
    init.body.iter().any(|stmt| match stmt {
        Stmt::Assign(assign) => assign.targets.iter().any(|target| {
            matches!(target, Expr::Attribute(attribute) if attribute.attr.as_str() == name)
                && has_word(module.slice(python::span(&*assign.value)), "Flask")
        }),
        _ => false,
    })
}
