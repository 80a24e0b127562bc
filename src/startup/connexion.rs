//! Which Connexion a project has: version 2 wraps a Flask app that any WSGI server can serve,
//! version 3 is an ASGI app around it.

use super::desk::Desk;
use crate::project::Module;
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Expr, Visitor, ast, visitor};

/// Whether the Connexion of a module is older than version 3, as the project's dependencies and
/// what the code tells it show. `None` when nothing does, or not everything shows the same.
pub(super) fn is_wsgi(desk: &Desk<'_>, module: &Module) -> Option<bool> {
    let mut told: Vec<bool> = Vec::new();
    for path in desk.project.files.iter() {
        let name = path.name().to_ascii_lowercase();
        let lists = name.contains("requirements") && !name.ends_with(".py")
            || path.dir().rsplit('/').next() == Some("requirements")
            || matches!(name.as_str(), "setup.py" | "setup.cfg" | "pyproject.toml" | "pipfile");
        if lists && let Some(text) = desk.text(path) {
            told.extend(text.lines().filter_map(listed));
        }
    }
    if told.is_empty() {
        return told_as_before(module).then_some(true);
    }
    let first = told[0];
    told.iter().all(|it| *it == first).then_some(first)
}

/// What a line of a list of dependencies shows: Connexion before version 3 or from it on.
fn listed(line: &str) -> Option<bool> {
    let line = line.to_ascii_lowercase();
    let line = line.split('#').next().unwrap_or_default();
    let rest = ["connexion", "flask"].iter().find_map(|package| {
        let at = line.find(package).filter(|_| has_word(line, package))?;
        Some((*package, &line[at + package.len()..]))
    });
    let (package, rest) = rest?;
    if package == "connexion" && rest.starts_with("-") {
        return None;
    }
    let limits = limits(rest);
    let lowest = |operators: &[&str]| {
        limits
            .iter()
            .filter(|(operator, _)| operators.contains(&operator.as_str()))
            .map(|(_, version)| version.clone())
            .max()
    };
    match package {
        "connexion" => {
            if lowest(&["==", "~=", "^", ">=", ">"]).is_some_and(|version| version >= vec![3]) {
                return Some(false);
            }
            let fixed = lowest(&["==", "~=", "^"]).is_some_and(|version| version < vec![3]);
            let below =
                limits.iter().any(|(operator, version)| matches!(operator.as_str(), "<" | "<=") && *version <= vec![3]);
            (fixed || below).then_some(true)
        }
        // Connexion 3 needs Flask 2.2.
        _ => lowest(&["==", "~="]).is_some_and(|version| version < vec![2, 2]).then_some(true),
    }
}

/// The version limits in what follows the name of a package: `[swagger-ui]>=2.6,<3`.
fn limits(text: &str) -> Vec<(String, Vec<u32>)> {
    let mut limits = Vec::new();
    // Markers speak of Python's version.
    let text = text.split(';').next().unwrap_or_default();
    let operators = |it: char| "=<>~^!".contains(it);
    let mut rest = text;
    while let Some(at) = rest.find(operators) {
        let tail = &rest[at..];
        let length = tail.len() - tail.trim_start_matches(operators).len();
        let (operator, tail) = tail.split_at(length);
        let tail = tail.trim_start_matches([' ', '"', '\'']);
        let number: String = tail.chars().take_while(|it| it.is_ascii_digit() || *it == '.').collect();
        let version: Vec<u32> = number.split('.').map_while(|part| part.parse().ok()).collect();
        if !version.is_empty() {
            // `connexion = "2.14.2"` is how Poetry fixes one, `= "^2.14"` a range.
            let operator = if operator == "=" { "==" } else { operator };
            limits.push((operator.to_owned(), version));
        }
        rest = tail;
    }
    limits
}

/// Whether the code tells Connexion what version 3 does not take.
fn told_as_before(module: &Module) -> bool {
    struct Finder(bool);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr {
                let name = match &*call.func {
                    Expr::Attribute(it) => it.attr.as_str(),
                    Expr::Name(it) => it.id.as_str(),
                    _ => "",
                };
                let has = |wanted: &[&str]| {
                    call.arguments.keywords.iter().any(|keyword: &ast::Keyword| {
                        keyword.arg.as_ref().is_some_and(|arg| wanted.contains(&arg.as_str()))
                    })
                };
                self.0 |= match name {
                    "App" | "FlaskApp" => has(&["debug", "server", "port", "host"]),
                    "run" => has(&["debug", "server"]),
                    _ => false,
                };
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(false);
    finder.visit_body(module.syntax.body());
    // Flask 2.3, which came before Connexion 3, no longer has it.
    finder.0 || module.syntax.body().iter().any(|stmt| module.slice(python::span(stmt)).contains(".app.json_encoder ="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_dependencies_tells_the_version() {
        for (line, is_before) in [
            ("connexion==2.14.2", Some(true)),
            ("connexion[swagger-ui]>=2.6,<3", Some(true)),
            ("    \"connexion ~= 2.0\",", Some(true)),
            ("connexion = \"^2.14\"", Some(true)),
            ("connexion = \"2.14.2\"", Some(true)),
            ("connexion = {version = \"^3.0\", extras = [\"flask\"]}", Some(false)),
            ("connexion[flask]==3.0.5", Some(false)),
            ("connexion >= 2.6.0; python_version>=\"3.6\"", None),
            ("connexion", None),
            ("flask==1.1.2", Some(true)),
            ("flask==2.3.0", None),
            ("flask-cors==3.0.10", None),
            ("# connexion==2.0", None),
        ] {
            assert_eq!(listed(line), is_before, "{line}");
        }
    }
}
