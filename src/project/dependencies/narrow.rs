//! A package that is there already, and of which only older versions will do.

use super::{Addition, Answer, Dependencies, Format, List, before, parts, related, split};
use crate::source::Span;
use crate::syntax::{nodes, requirements};

/// A package among those that a file lists.
struct Asked {
    /// What it may be, without spaces: `>=20`.
    specifier: String,
    /// The place behind that, or what stands for any version.
    end: Span,
}

impl Dependencies {
    /// How to keep a package below a version, `gunicorn<26`, where the project names it and allows more;
    /// `None` where it does not.
    pub(crate) fn narrow(&self, package: &str, dir: &str) -> Option<Addition> {
        let (name, bound) = split(package);
        let version = parts(bound.strip_prefix('<')?)?;
        let ours = self.lists.iter().filter(|list| related(list.path.dir(), dir));
        ours.filter_map(|list| Some((list, asked(list, name)?))).find_map(|(list, asked)| {
            let path = list.path.clone();
            match (before(&asked.specifier, &version), &list.closed) {
                (Answer::Yes, _) => None,
                (Answer::No, _) => {
                    Some(Addition::Manual { path, reason: format!("it asks for `{name}{}`", asked.specifier) })
                }
                (Answer::Unknown, Some(reason)) => Some(Addition::Manual { path, reason: reason.clone() }),
                (Answer::Unknown, None) => {
                    let comma = if asked.specifier.is_empty() { "" } else { "," };
                    Some(Addition::Insert { path, span: asked.end, text: format!("{comma}{bound}") })
                }
            }
        })
    }
}

/// What a file asks of a package, where its form is one that can be changed.
fn asked(list: &List, name: &str) -> Option<Asked> {
    match list.format {
        Format::Requirements => {
            let one = requirements::parse(&list.text).list.into_iter().find(|one| one.name == name)?;
            let end = one.span.start + behind(one.span.of(&list.text));
            Some(Asked { specifier: one.specifier, end: Span::empty(end) })
        }
        Format::Project => {
            let tree = nodes::toml(&list.text).ok()?;
            let all = tree.at(tree.roots().next()?, &["project", "dependencies"])?;
            tree.children(all).iter().find_map(|id| {
                let (found, specifier) = requirements::requirement(tree.text(*id)?)?;
                let span = tree.node(*id).span;
                // Between its quotes.
                let inner = Span::new(span.start + 1, span.end - 1);
                let end = inner.start + behind(inner.of(&list.text));
                (found == name).then_some(Asked { specifier, end: Span::empty(end) })
            })
        }
        Format::Poetry => entry(list, &["tool", "poetry", "dependencies"], name),
        Format::Pipfile => entry(list, &["packages"], name),
        Format::SetupCfg | Format::Environment => None,
    }
}

/// An entry of a table of packages.
fn entry(list: &List, table: &[&str], name: &str) -> Option<Asked> {
    let tree = nodes::toml(&list.text).ok()?;
    let table = tree.at(tree.roots().next()?, table)?;
    let package =
        *tree.children(table).iter().find(|id| tree.key(**id).is_some_and(|key| requirements::normal(key) == name))?;
    let value = tree.text(package).map(|_| package).or_else(|| tree.get(package, "version"))?;
    let specifier = tree.text(value)?.replace(' ', "");
    let span = tree.node(value).span;
    let inner = Span::new(span.start + 1, span.end - 1);
    Some(match specifier.as_str() {
        "*" => Asked { specifier: String::new(), end: inner },
        _ => Asked { specifier, end: Span::empty(inner.end) },
    })
}

/// How far a requirement goes before its marker, its options or a bracket, without spaces at the end.
fn behind(requirement: &str) -> usize {
    let end = [";", "#", " --", ")"].iter().filter_map(|end| requirement.find(end)).min();
    requirement[..end.unwrap_or(requirement.len())].trim_end().len()
}
