//! Objects that keep collections, and the methods that change these.

use std::collections::BTreeSet;

use super::{CHANGES, is_harmless};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// How far calls of an object's own methods are followed.
const DEPTH: usize = 4;

/// Whether the objects of a class keep a collection under a name.
pub(super) fn keeps(class: &ast::StmtClassDef, attribute: &str) -> bool {
    let mut kept = Kept::default();
    kept.visit_body(&class.body);
    kept.names.contains(attribute)
}

/// Whether a method changes what an object of the class keeps.
pub(super) fn changes(class: &ast::StmtClassDef, method: &str) -> bool {
    changes_within(class, method, 0)
}

fn changes_within(class: &ast::StmtClassDef, method: &str, depth: usize) -> bool {
    let find = |stmt: &&Stmt| matches!(stmt, Stmt::FunctionDef(def) if def.name.as_str() == method);
    let Some(Stmt::FunctionDef(def)) = class.body.iter().find(find) else { return false };
    let Some(own) = def.parameters.iter().next() else { return false };
    let mut changed = Changed { own: own.name().as_str(), ..Changed::default() };
    changed.visit_body(&def.body);
    let put = changed.put.difference(&changed.looked_for);
    changed.names.iter().chain(put).any(|name| !is_harmless(name) && keeps(class, name))
        || (depth < DEPTH && changed.calls.iter().any(|method| changes_within(class, method, depth + 1)))
}

/// Finds the names of the collections that the objects of a class keep.
#[derive(Default)]
struct Kept<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> Visitor<'a> for Kept<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let (targets, value) = match stmt {
            Stmt::Assign(assign) => (&assign.targets[..], Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_ref()),
            _ => (&[][..], None),
        };
        if value.is_some_and(|value| super::is_collection(value)) {
            self.names.extend(targets.iter().filter_map(|target| match target {
                Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
                Expr::Name(name) => Some(name.id.as_str()),
                _ => None,
            }));
        }
        python::visitor::walk_stmt(self, stmt);
    }
}

/// Finds what a method does with the attributes of its object.
#[derive(Default)]
struct Changed<'a> {
    /// What the method calls its object.
    own: &'a str,
    /// Attributes that it changes.
    names: BTreeSet<&'a str>,
    /// Attributes that it puts something into under a key.
    put: BTreeSet<&'a str>,
    /// Attributes that it asks whether they lack a key: what is put there then is made once and kept, and
    /// each process may make its own.
    looked_for: BTreeSet<&'a str>,
    /// Methods of the same object.
    calls: BTreeSet<&'a str>,
}

impl<'a> Changed<'a> {
    /// The attribute of the object that an expression is, or is in.
    fn attribute(&self, mut expr: &'a Expr) -> Option<&'a str> {
        while let Expr::Subscript(inner) = expr {
            expr = &inner.value;
        }
        let attribute = expr.as_attribute_expr()?;
        let owner = attribute.value.as_name_expr()?;
        (owner.id.as_str() == self.own).then_some(attribute.attr.as_str())
    }
}

impl<'a> Visitor<'a> for Changed<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let targets = match stmt {
            Stmt::Assign(assign) => &assign.targets[..],
            Stmt::AugAssign(assign) => std::slice::from_ref(&*assign.target),
            Stmt::Delete(delete) => &delete.targets[..],
            _ => &[],
        };
        for target in targets {
            match target {
                Expr::Subscript(_) => self.put.extend(self.attribute(target)),
                Expr::Attribute(_) if stmt.is_aug_assign_stmt() => self.names.extend(self.attribute(target)),
                _ => {}
            }
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) if let Expr::Attribute(method) = &*call.func => match self.attribute(&method.value) {
                Some(name) if CHANGES.contains(&method.attr.as_str()) && method.attr.as_str() != "setdefault" => {
                    self.names.insert(name);
                }
                _ => self.calls.extend(self.attribute(&call.func)),
            },
            Expr::Compare(compare) if matches!(&*compare.ops, [ast::CmpOp::NotIn]) => {
                let collection = compare.comparators.first().and_then(|it| self.attribute(it));
                self.looked_for.extend(collection);
            }
            _ => {}
        }
        python::visitor::walk_expr(self, expr);
    }
}
