//! Composing `wsgi.py`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::project::{Project, in_project, is_stdlib};
use crate::render::{Library, RenderError};
use crate::source::Span;
use crate::syntax::names::is_identifier;
use crate::syntax::python::{self, TokenKind};

/// The widest line a formatter on its defaults leaves alone.
const WIDEST: usize = 88;

/// What a `wsgi.py` consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wsgi {
    /// `import a`, `import a as b`.
    modules: BTreeSet<(String, Option<String>)>,
    /// `from a import b as c`.
    members: BTreeMap<String, BTreeSet<(String, Option<String>)>>,
    /// Members of a module whose name `import` cannot spell, with the names they get.
    by_text: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Modules of which members are imported for what that does.
    quiet: BTreeSet<String>,
    /// Imports that are there for what they do, not for a name, in order, each with whether it comes
    /// before the project's other imports.
    effects: Vec<(String, bool)>,
    /// The statements below the imports.
    pub(super) body: Vec<String>,
    /// Whether the body uses or binds `app`, so that no tool takes its import for a leftover.
    pub(super) uses_app: bool,
}

#[derive(Serialize)]
struct Data {
    imports: Vec<Vec<String>>,
    exports: Vec<&'static str>,
    body: String,
}

impl Wsgi {
    /// Adds `import module as name`.
    pub(super) fn import(&mut self, module: &str, name: Option<&str>) {
        self.modules.insert((module.to_owned(), name.map(str::to_owned)));
    }

    /// Adds `from module import member as name`.
    pub(super) fn import_from(&mut self, module: &str, member: &str, name: Option<&str>) {
        let name = name.filter(|name| *name != member).map(str::to_owned);
        self.members.entry(module.to_owned()).or_default().insert((member.to_owned(), name));
    }

    /// Adds the import of a member of a module whose name `import` cannot spell: `import_module` can.
    pub(super) fn import_by_text(&mut self, module: &str, member: &str, name: Option<&str>) {
        self.import("importlib", None);
        let name = name.unwrap_or(member);
        self.uses_app |= name == "app";
        self.by_text.entry(module.to_owned()).or_default().insert((member.to_owned(), name.to_owned()));
    }

    /// The statements that do such imports.
    fn imports_by_text(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (module, members) in &self.by_text {
            let load = format!("importlib.import_module(\"{module}\")");
            if let [(member, name)] = &members.iter().collect::<Vec<_>>()[..] {
                lines.push(format!("{name} = {load}.{member}"));
                continue;
            }
            let last = module.rsplit('.').next().unwrap_or(module);
            let plain: String = last.chars().map(|it| if it.is_alphanumeric() { it } else { '_' }).collect();
            let holder = if is_identifier(&plain) { plain } else { format!("module_{plain}") };
            lines.push(format!("{holder} = {load}"));
            lines.extend(members.iter().map(|(member, name)| format!("{name} = {holder}.{member}")));
        }
        lines
    }

    /// Adds `from module import part` for a part of an imported package that nothing uses by name.
    pub(super) fn import_part(&mut self, module: &str, part: &str) {
        self.import_from(module, part, None);
        self.quiet.insert(module.to_owned());
    }

    /// Whether a module is imported by name, or something from it.
    pub(super) fn imports(&self, module: &str) -> bool {
        self.members.contains_key(module) || self.modules.iter().any(|(known, _)| known == module)
    }

    /// Adds an import line that nothing uses by name. What it does may need what other imports of
    /// the project do, so that it keeps its place `before` or behind them.
    pub(super) fn import_for_effect(&mut self, line: String, before: bool) {
        if !self.effects.iter().any(|(known, _)| *known == line) {
            self.effects.push((line, before));
        }
    }

    /// The text of the file, started in the folder `dir`.
    ///
    /// # Errors
    /// The template is not as it should be.
    pub(super) fn text(&self, project: &Project, dir: &str) -> Result<String, RenderError> {
        let mut sections: [Vec<String>; 3] = Default::default();
        let section = |module: &str| {
            let top = module.split('.').next().unwrap_or_default();
            if in_project(project, dir, module) {
                2
            } else if is_stdlib(top) {
                0
            } else {
                1
            }
        };
        let effects = |before: bool| {
            let lines = self.effects.iter().filter(move |(_, first)| *first == before);
            lines.map(|(line, _)| format!("{line}  # noqa: F401"))
        };
        for (module, name) in &self.modules {
            let alias = name.as_ref().map_or(String::new(), |name| format!(" as {name}"));
            sections[section(module)].push(format!("import {module}{alias}"));
        }
        sections.iter_mut().for_each(|lines| lines.sort_by_cached_key(|line| in_order(line)));
        let mut members: [Vec<String>; 3] = Default::default();
        let mut froms: Vec<_> = self.members.iter().collect();
        froms.sort_by_cached_key(|(module, _)| in_order(module));
        for (module, names) in froms {
            members[section(module)].extend(from_import(module, names, self.quiet.contains(module)));
        }
        for (lines, members) in sections.iter_mut().zip(members) {
            lines.extend(members);
        }
        sections[2].splice(0..0, effects(true));
        let late: Vec<String> = effects(false).collect();
        let ordered: Vec<&str> = sections[2].iter().chain(&late).map(String::as_str).collect();
        let mut imports: Vec<Vec<String>> = sections.to_vec();
        if ordered.iter().all(|line| line.starts_with("from ")) && ordered.is_sorted_by_key(|line| in_order(line)) {
            imports[2].extend(late);
        } else {
            // No tool may sort them in front of what they need.
            imports.push(late.iter().map(|line| format!("{line}  # isort: skip")).collect());
        }
        let data = Data {
            imports: imports.into_iter().filter(|lines| !lines.is_empty()).collect(),
            exports: if self.uses_app { Vec::new() } else { vec!["app"] },
            body: spaced_comments(double_quoted(&join(&[self.imports_by_text(), self.body.clone()].concat()))),
        };
        let library = Library::default();
        let manifest = library.manifest("wsgi")?;
        let file = manifest.files.iter().find(|file| file.path == "wsgi.py").ok_or_else(|| RenderError {
            template: "wsgi/template.toml".to_owned(),
            line: None,
            message: "it renders no `wsgi.py`".to_owned(),
        })?;
        library.render("wsgi", &file.template, file.format, &data)
    }
}

/// By what import sorters order names: letters before their case.
fn in_order(name: &str) -> (String, String) {
    (name.to_lowercase(), name.to_owned())
}

/// Constants come first among the members of a module, then classes, then the rest.
fn kind_in_order(member: &str) -> u8 {
    let is_upper = |letter: char| !letter.is_lowercase();
    match member.chars().next() {
        Some(_) if member.chars().count() > 1 && member.chars().all(is_upper) => 0,
        Some(first) if first.is_uppercase() => 1,
        _ => 2,
    }
}

/// One import, wrapped as formatters wrap it when it is too wide. A member that gets another name
/// has a line of its own, as import sorters put it. `quiet` imports have members that nothing uses.
fn from_import(module: &str, members: &BTreeSet<(String, Option<String>)>, quiet: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut members: Vec<&(String, Option<String>)> = members.iter().collect();
    members.sort_by_cached_key(|(member, _)| (kind_in_order(member), in_order(member)));
    let plain: Vec<&str> =
        members.iter().filter(|(_, name)| name.is_none()).map(|(member, _)| member.as_str()).collect();
    if !plain.is_empty() {
        let line = format!("from {module} import {}", plain.join(", "));
        let mark = if quiet { "  # noqa: F401" } else { "" };
        lines.push(if line.chars().count() > WIDEST {
            let members: String = plain.iter().map(|member| format!("    {member},\n")).collect();
            format!("from {module} import ({mark}\n{members})")
        } else {
            format!("{line}{mark}")
        });
    }
    for (member, name) in members {
        if let Some(name) = name {
            lines.push(format!("from {module} import {member} as {name}"));
        }
    }
    lines
}

/// Code with the quotes of its docstring, and of formatters on their defaults, where that takes nothing
/// but other quotes.
fn double_quoted(code: &str) -> String {
    let Ok(syntax) = python::parse(code) else { return code.to_owned() };
    let mut text = code.to_owned();
    // Where the f-strings begin that are not at their end, one in the other.
    let mut open: Vec<usize> = Vec::new();
    for token in syntax.tokens(code, Span::new(0, code.len())) {
        let whole = match token.kind() {
            TokenKind::FStringStart => {
                open.push(python::span(token).start);
                continue;
            }
            TokenKind::FStringEnd => match (open.pop(), open.is_empty()) {
                (Some(start), true) => Span::new(start, python::span(token).end),
                _ => continue,
            },
            TokenKind::String if open.is_empty() => python::span(token),
            _ => continue,
        };
        let literal = whole.of(code);
        let prefix = literal.find('\'').filter(|at| literal[..*at].bytes().all(|byte| byte.is_ascii_alphabetic()));
        let Some(inner) = prefix.and_then(|at| literal.get(at + 1..literal.len() - 1)) else { continue };
        if !inner.contains(['\'', '"', '\\']) {
            text.replace_range(whole.end - 1..whole.end, "\"");
            let first = whole.end - inner.len() - 2;
            text.replace_range(first..first + 1, "\"");
        }
    }
    text
}

/// Code with the spaces around its comments that formatters put there.
fn spaced_comments(mut code: String) -> String {
    let Ok(syntax) = python::parse(&code) else { return code };
    let comments: Vec<Span> = syntax.comments(&code).collect();
    for comment in comments.into_iter().rev() {
        let filled = comment.start + comment.of(&code).trim_end().len();
        code.replace_range(filled..comment.end, "");
        let comment = Span::new(comment.start, filled);
        if comment.of(&code)[1..].starts_with(|next: char| !matches!(next, '#' | '!' | ':') && !next.is_whitespace()) {
            code.insert(comment.start + 1, ' ');
        }
        let start = code[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
        let stmt = code[start..comment.start].trim_end();
        if !stmt.is_empty() {
            code.replace_range(start + stmt.len()..comment.start, "  ");
        }
    }
    code
}

/// Puts statements under each other, with two blank lines around definitions.
fn join(body: &[String]) -> String {
    let mut text = String::new();
    let defines = |stmt: &str| {
        let line = stmt.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        ["def ", "async def ", "class ", "@"].iter().any(|word| line.starts_with(word))
    };
    for (index, stmt) in body.iter().enumerate() {
        let above = stmt.starts_with('\n');
        let stmt = stmt.trim();
        if defines(stmt) {
            // The template puts one blank line above the first statement.
            text.push_str(if index == 0 { "\n" } else { "\n\n" });
        } else if index > 0 && defines(body[index - 1].trim()) {
            text.push_str("\n\n");
        } else if index > 0 && above {
            text.push('\n');
        }
        text.push_str(stmt);
        if index + 1 < body.len() {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{double_quoted, from_import, in_order, spaced_comments};

    #[test]
    fn quotes_are_those_of_the_rest_of_the_file() {
        for (before, after) in [
            ("app = create_app('dev')\n", "app = create_app(\"dev\")\n"),
            ("print('it\\'s', rb'x', f'{a}', '')\n", "print('it\\'s', rb\"x\", f\"{a}\", \"\")\n"),
            // What is quoted within stays as it is.
            ("print('a \"b\"', f'{a[\"x\"]}', \"it's\")\n", "print('a \"b\"', f'{a[\"x\"]}', \"it's\")\n"),
            ("x = '''a\nb'''\n", "x = '''a\nb'''\n"),
            ("x = f'{f'{y}'}', 'z'\n", "x = f'{f'{y}'}', \"z\"\n"),
            ("app = a['b']\n# it's\n", "app = a[\"b\"]\n# it's\n"),
        ] {
            assert_eq!(double_quoted(before), after);
        }
    }

    #[test]
    fn imports_are_in_the_order_of_import_sorters() {
        let mut modules = ["flask_CPU.CPU", "shop", "flask_arduino", "Flask_x"];
        modules.sort_by_cached_key(|module| in_order(module));
        assert_eq!(modules, ["flask_arduino", "flask_CPU.CPU", "Flask_x", "shop"]);
        let members = ["app", "Shop", "DB", "db", "Api", "b"].map(|member| (member.to_owned(), None));
        assert_eq!(from_import("shop", &members.into(), false), ["from shop import DB, Api, Shop, app, b, db"]);
    }

    #[test]
    fn comments_are_spaced_as_formatters_do() {
        for (before, after) in [
            ("#start it\nrun() #once\n", "# start it\nrun()  # once\n"),
            ("run()#now\nprint('#no')\n#\n", "run()  # now\nprint('#no')\n#\n"),
            ("# once \t\nrun()  # now  \n", "# once\nrun()  # now\n"),
            (
                "#!x\n#: y\n#### z\nif a:\n    #b\n    c()     # d\n",
                "#!x\n#: y\n#### z\nif a:\n    # b\n    c()  # d\n",
            ),
        ] {
            assert_eq!(spaced_comments(before.to_owned()), after);
        }
    }
}
