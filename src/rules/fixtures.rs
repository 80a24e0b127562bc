//! Small projects in memory, for the tests of rules about the files around the code.

use crate::edit::{Applicability, Edit, apply};
use crate::finding::{Finding, Severity};
use crate::project::{
    Argument, Around, Const, Facts, Known, ModuleId, Passed, Place, Project, Serve, Server, Setting, Truth, When,
};
use crate::source::{ProjectPath, Source, Tree};
use crate::startup::Move;
use crate::syntax::nodes;
use crate::syntax::python::{self, Expr, Visitor, ast};

use super::Context;

type Check = fn(Context<'_>) -> Vec<Finding>;

/// A project of these files.
pub(super) fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::open(dir.path()).unwrap();
    for (path, text) in files {
        tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
    }
    (dir, tree)
}

/// What is gathered from these files.
pub(super) fn gather(files: &[(&str, &str)]) -> (tempfile::TempDir, Around) {
    let (dir, tree) = tree(files);
    let around = Around::gather(&tree, &Project::load(&tree));
    (dir, around)
}

/// What a rule finds in these files.
pub(super) fn check_all(files: &[(&str, &str)], check: Check) -> Vec<Finding> {
    let (_dir, tree) = tree(files);
    check_tree(&tree, check, &|_| Vec::new())
}

/// What a rule finds, with the start-up calls read from literal `….run(…)` calls and the moves
/// planned by `plan`.
pub(super) fn check_tree(tree: &Tree, check: Check, plan: &dyn Fn(&Facts<'_>) -> Vec<Move>) -> Vec<Finding> {
    let project = Project::load(tree);
    let facts = literal_facts(&project);
    let around = Around::gather(tree, &project);
    let moves = plan(&facts);
    let all: Vec<&super::Rule> = super::RULES.iter().collect();
    check(Context {
        tree,
        project: &project,
        facts: &facts,
        around: &around,
        switches: &[],
        moves: &moves,
        rules: &all,
    })
}

/// What a file is once a rule's fixes are applied, as often as they change something. Every change
/// of a structured file must leave all else in it as it was.
pub(super) fn fixed(files: &[(&str, &str)], check: Check, path: &str) -> String {
    let (_dir, mut tree) = tree(files);
    let path = ProjectPath::new(path);
    for _ in 0..5 {
        let before = scalars(&tree, &path);
        let findings = check_tree(&tree, check, &|_| Vec::new());
        if !step(&mut tree, &findings) {
            break;
        }
        if let (Some(before), Some(after)) = (before, scalars(&tree, &path)) {
            let added: Vec<&String> = after.iter().filter(|scalar| !before.contains(scalar)).collect();
            let gone: Vec<&String> = before.iter().filter(|scalar| !after.contains(scalar)).collect();
            let meant = |scalar: &&String| {
                ["DEBUG", "FLASK_ENV", "flask run", "--debug", "gunicorn"].iter().any(|mark| scalar.contains(mark))
            };
            assert!(added.len() <= gone.len() + 1 && added.iter().chain(&gone).all(meant), "{added:?} {gone:?}");
        }
    }
    String::from_utf8(tree.read(&path).unwrap().unwrap_or_default()).unwrap()
}

/// Every value of a YAML, JSON or TOML file with the keys that lead to it; the name beside a value of
/// a Kubernetes entry counts as its key.
fn scalars(tree: &Tree, path: &ProjectPath) -> Option<Vec<String>> {
    let text = String::from_utf8(tree.read(path).unwrap()?).unwrap();
    let nodes = match path.name().rsplit_once('.').map_or("", |(_, extension)| extension) {
        "yml" | "yaml" => nodes::yaml(&text).unwrap(),
        "json" => nodes::json(&text).unwrap(),
        "toml" => nodes::toml(&text).unwrap(),
        _ => return None,
    };
    let said = |id| {
        let name =
            nodes.node(id).parent.and_then(|parent| nodes.get(parent, "name").or_else(|| nodes.get(parent, "key")));
        let name = name.and_then(|name| nodes.text(name)).unwrap_or_default();
        nodes.text(id).map(|text| format!("{} {name} {text}", nodes.path(id).join(".")))
    };
    Some(nodes.iter().filter_map(|(id, _)| said(id)).collect())
}

/// Applies the fixes that do not overlap; true when there was one.
pub(super) fn step(tree: &mut Tree, findings: &[Finding]) -> bool {
    let mut edits: Vec<&Edit> = Vec::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        assert_ne!(fix.applicability, Applicability::Manual);
        if fix.edits.iter().all(|new| !edits.iter().any(|old| old.path == new.path && old.span.overlaps(new.span))) {
            edits.extend(&fix.edits);
        }
    }
    let mut paths: Vec<&ProjectPath> = edits.iter().map(|edit| &edit.path).collect();
    paths.sort();
    paths.dedup();
    for path in &paths {
        let bytes = tree.read(path).unwrap().unwrap();
        let source = Source::decode_text((*path).clone(), &bytes).unwrap();
        let own: Vec<&Edit> = edits.iter().copied().filter(|edit| edit.path == **path).collect();
        let text = apply(&source.text, source.newline(), &own).unwrap();
        tree.write((*path).clone(), source.encode(&text).unwrap());
    }
    !paths.is_empty()
}

/// Whether all findings are notes.
pub(super) fn notes(findings: &[Finding]) -> bool {
    !findings.is_empty() && findings.iter().all(|finding| finding.severity == Severity::Note)
}

/// Start-up calls as they are written: `name.run(host="…", port=…)`.
fn literal_facts(project: &Project) -> Facts<'_> {
    let mut facts = Facts::default();
    for (id, module) in project.iter() {
        let mut calls = Calls { id, facts: &mut facts };
        calls.visit_body(module.syntax.body());
    }
    facts
}

struct Calls<'f, 'p> {
    id: ModuleId,
    facts: &'f mut Facts<'p>,
}

impl<'p> Visitor<'p> for Calls<'_, 'p> {
    fn visit_expr(&mut self, expr: &'p Expr) {
        if let Expr::Call(call) = expr
            && matches!(call.func.as_ref(), Expr::Attribute(attribute) if attribute.attr.as_str() == "run")
        {
            let arguments = call.arguments.keywords.iter().filter_map(|keyword| argument(self.id, keyword)).collect();
            self.facts.serves.push(Serve {
                module: self.id,
                call,
                server: Server::FlaskRun,
                app: None,
                arguments,
                open: false,
                when: When::Default,
            });
        }
        python::visitor::walk_expr(self, expr);
    }
}

fn argument(module: ModuleId, keyword: &ast::Keyword) -> Option<Argument> {
    let known = match &keyword.value {
        Expr::StringLiteral(string) => Known::Constant(Const::Str(string.value.to_str().to_owned())),
        Expr::NumberLiteral(number) => match &number.value {
            ast::Number::Int(int) => Known::Constant(Const::Int(int.as_i64()?)),
            _ => Known::Unknown,
        },
        Expr::BooleanLiteral(literal) => Known::Constant(Const::Bool(literal.value)),
        // `int(os.environ.get("PORT", 5000))` and the like.
        Expr::Call(_) => Known::Environment { variable: "PORT".to_owned(), default: Some(Const::Int(5000)) },
        _ => Known::Unknown,
    };
    let place = Place { module, span: python::span(keyword) };
    Some(Argument {
        name: keyword.arg.as_ref()?.to_string(),
        setting: Setting { known, truth: Truth::Unknown, origin: None, hangs_on: None },
        passed: Passed::Keyword,
        place,
        value: Place { module, span: python::span(&keyword.value) },
    })
}
