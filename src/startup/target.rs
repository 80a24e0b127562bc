//! Where `wsgi.py` goes and by which name it imports a module.

use super::import_time;
use crate::project::{Module, ModuleId, Project, in_project, is_served_by, is_stdlib, top_level_imports};
use crate::source::{ProjectPath, Tree};
use crate::syntax::names::is_identifier;
use crate::syntax::python::{Expr, Stmt, Visitor, ast, visitor};

/// How a module is imported from the folder that the server is started in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The folder, relative to the project; `""` for the project folder.
    pub(super) dir: String,
    /// The dotted name: `shop.app`. With dashes or spaces it only works through `importlib`.
    pub(super) dotted: String,
    /// Whether `import` can spell the name.
    pub(super) plain: bool,
}

/// Why a module cannot be imported by any name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A package of the same name is beside it and wins.
    Shadowed {
        /// The package: `app`.
        package: String,
    },
    /// Any other reason.
    Other {
        /// Why.
        reason: String,
        /// What to do.
        hint: String,
    },
}

/// Where the server is started for a script, and how the script is imported there.
pub(super) fn way(tree: &Tree, project: &Project, id: ModuleId) -> Result<Way, Obstacle> {
    let module = project.module(id);
    let path = module.path();
    let Some(mut dir) = root(tree, project, module) else {
        return Err(Obstacle::Other {
            reason: format!("`{path}` imports relative to a package that starts above the project folder"),
            hint: "run flaskship on the folder that holds the package".to_owned(),
        });
    };
    if dir == path.dir()
        && let Some((from, file)) = started_in(tree, project, id, &dir)
    {
        let place = if from.is_empty() { "the project folder".to_owned() } else { format!("`{from}`") };
        if !is_importable(project, id, &from)
            || !path.as_str()[from.len()..]
                .trim_start_matches('/')
                .split('/')
                .all(|part| is_identifier(part.trim_end_matches(".py")))
        {
            return Err(Obstacle::Other {
                reason: format!("`{file}` is found from {place}, and what `{path}` imports from its own folder"),
                hint: format!(
                    "let the code open `{file}` relative to its own file, or start the server in {place} with the \
                     folder of the script on the Python path"
                ),
            });
        }
        dir = from;
    }
    if let Some(above) = away_from_stdlib(tree, project, id, &dir) {
        dir = above;
    }
    let mut parts: Vec<&str> = Vec::new();
    let inner = path.as_str().strip_prefix(dir.as_str()).unwrap_or(path.as_str()).trim_start_matches('/');
    parts.extend(inner.split('/'));
    let file = parts.pop().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if stem != "__init__" {
        parts.push(stem);
    }
    let Some(top) = parts.first().copied() else {
        return Err(Obstacle::Other {
            reason: format!("`{path}` makes the project folder itself a package"),
            hint: "run flaskship on the folder above it".to_owned(),
        });
    };
    if !file.ends_with(".py") || parts.iter().any(|part| part.contains('.')) {
        return Err(Obstacle::Other {
            reason: format!("`{path}` has a name that Python cannot import"),
            hint: "rename it to a Python name such as `main.py`".to_owned(),
        });
    }
    if parts.len() == 1 && stem != "__init__" && project.has_file(&path.beside(&format!("{stem}/__init__.py"))) {
        return Err(Obstacle::Shadowed { package: stem.to_owned() });
    }
    if top == "wsgi" {
        return Err(Obstacle::Other {
            reason: format!("`{path}` would be shadowed by the new `wsgi.py`, which has the same import name"),
            hint: "rename one of them, or serve the app under its own name".to_owned(),
        });
    }
    if is_stdlib(top) {
        let found = if UNUSED.contains(&top) {
            "which `waitress-serve` finds first, though Gunicorn does not"
        } else {
            "which a server has loaded already"
        };
        return Err(Obstacle::Other {
            reason: format!("`{path}` has the import name of a module of Python itself, `{top}`, {found}"),
            hint: "rename it to a name of its own, such as `main.py`".to_owned(),
        });
    }
    if is_served_by(top) || (parts.len() == 1 && stem != "__init__" && imports(module, top)) {
        return Err(Obstacle::Other {
            reason: format!("`{path}` has the import name of another module, `{top}`, which would be found instead"),
            hint: "rename it to a name of its own, such as `main.py`".to_owned(),
        });
    }
    let plain = parts.iter().all(|part| is_identifier(part));
    Ok(Way { dir, dotted: parts.join("."), plain })
}

/// Modules of the standard library that neither Gunicorn nor Waitress imports before the app, nor Flask. Gunicorn
/// puts the folder of the app in front of the standard library; `waitress-serve` puts it behind.
const UNUSED: &[&str] = &[
    "antigravity",
    "cgi",
    "chunk",
    "cmd",
    "code",
    "colorsys",
    "curses",
    "doctest",
    "filecmp",
    "fileinput",
    "ftplib",
    "imaplib",
    "mailbox",
    "nntplib",
    "pdb",
    "pipes",
    "poplib",
    "profile",
    "pstats",
    "pydoc",
    "sched",
    "shelve",
    "smtpd",
    "statistics",
    "tabnanny",
    "telnetlib",
    "test",
    "this",
    "timeit",
    "tkinter",
    "trace",
    "turtle",
    "venv",
    "wave",
];

/// The folder above that of a script with the import name of a module of the standard library, where the script
/// has another name from there, `pages.test`, and finds all that it needs.
fn away_from_stdlib(tree: &Tree, project: &Project, id: ModuleId, dir: &str) -> Option<String> {
    let module = project.module(id);
    let path = module.path();
    let folder = path.dir().rsplit('/').next().unwrap_or_default();
    let is_named = dir == path.dir() && is_stdlib(path.stem()) && path.name() != "__init__.py";
    let is_free = is_identifier(folder) && is_identifier(path.stem()) && !is_stdlib(folder) && !is_served_by(folder);
    let above = parent(dir);
    let opens_beside = || files_opened(module).iter().any(|file| is_there(tree, project, dir, file));
    // A folder has one `wsgi.py`, and what is started there has the first claim to it.
    let is_taken = || project.iter().any(|(_, it)| it.path().dir() == above && it.source.text.contains(".run("));
    (is_named && is_free && !is_taken() && is_importable(project, id, above) && !opens_beside())
        .then(|| above.to_owned())
}

/// Whether a folder has a file that code names, or a folder of that name.
fn is_there(tree: &Tree, project: &Project, folder: &str, file: &str) -> bool {
    let path = ProjectPath::in_dir(folder, file.trim_start_matches("./"));
    tree.exists(&path) || project.has_dir(path.as_str().trim_end_matches('/'))
}

/// Whether all that a module leads to of the project is found from a folder.
fn is_importable(project: &Project, id: ModuleId, dir: &str) -> bool {
    import_time::reached(project, id, false).into_iter().all(|id| {
        let module = project.module(id);
        let mut ours = absolute_imports(module).filter(|name| in_project(project, module.path().dir(), name));
        ours.all(|name| found_below(project, dir, name))
    })
}

/// How a module is imported where a server loads it already by a dotted name, `shop.web`, from a folder
/// above its own.
pub(super) fn loaded(project: &Project, id: ModuleId, dotted: &str, way: &Way) -> Option<Way> {
    let path = project.module(id).path();
    let dir = path.as_str().strip_suffix(".py")?.strip_suffix(&dotted.replace('.', "/"))?;
    let dir = dir.strip_suffix('/').unwrap_or(dir);
    let top = dotted.split('.').next().unwrap_or_default();
    let is_free = top != "wsgi" && !is_stdlib(top) && !is_served_by(top) && dotted.split('.').all(is_identifier);
    let further = is_above(dir, &way.dir) && dir != way.dir;
    (is_free && further && is_importable(project, id, dir)).then(|| Way {
        dir: dir.to_owned(),
        dotted: dotted.to_owned(),
        plain: true,
    })
}

/// How a module of a package is imported from beside the package, where all that it imports is found
/// from there too. A script of a package is another matter: it finds what is beside itself.
pub(super) fn in_package(project: &Project, module: &Module) -> Option<Way> {
    let path = module.path();
    project.has_file(&path.beside("__init__.py")).then_some(())?;
    let dir = outside_package(project, path.dir())?;
    let named = top_level_imports(module.syntax.body()).flat_map(|import| match import {
        Stmt::Import(import) => import.names.iter().map(|alias| alias.name.as_str()).collect(),
        Stmt::ImportFrom(import) if import.level == 0 => {
            import.module.as_ref().map(|name| name.as_str()).into_iter().collect::<Vec<_>>()
        }
        _ => Vec::new(),
    });
    let is_found = |name: &str| !in_project(project, path.dir(), name) || found_below(project, &dir, name);
    let all = named.collect::<Vec<_>>().into_iter().all(is_found);
    let inner = path.as_str().strip_prefix(dir.as_str())?.trim_start_matches('/').strip_suffix(".py")?;
    let dotted = inner.strip_suffix("/__init__").unwrap_or(inner).replace('/', ".");
    let top = dotted.split('.').next().unwrap_or_default();
    let plain = dotted.split('.').all(is_identifier);
    let is_free = top != "wsgi" && !is_stdlib(top) && !is_served_by(top);
    (all && plain && is_free).then_some(Way { dir, dotted, plain })
}

/// The folder that has to be on `sys.path` for a module: that of the script, unless its imports
/// only work from further up. `None` when they reach above the project.
pub(super) fn root(tree: &Tree, project: &Project, module: &Module) -> Option<String> {
    let path = module.path();
    let mut dir = path.dir().to_owned();
    if path.name() == "__init__.py" || path.name() == "__main__.py" {
        dir = outside_package(project, &dir)?;
    }
    let (mut relative, mut absolute) = (0, Vec::new());
    for import in top_level_imports(module.syntax.body()) {
        match import {
            Stmt::Import(import) => absolute.extend(import.names.iter().map(|alias| alias.name.as_str())),
            Stmt::ImportFrom(import) if import.level > 0 => relative = relative.max(import.level),
            Stmt::ImportFrom(import) => absolute.extend(import.module.as_ref().map(|name| name.as_str())),
            _ => {}
        }
    }
    if relative > 0 {
        // `from . import x` needs one package above the module, `from ..` two.
        let mut above = path.dir();
        for _ in 0..relative {
            if above.is_empty() {
                return None;
            }
            above = parent(above);
        }
        dir = outside_package(project, path.dir()).filter(|found| is_above(found, above)).unwrap_or(above.to_owned());
    }
    // The first folder upwards from which everything that is in the project is found.
    let ours: Vec<&str> = absolute.into_iter().filter(|name| in_project(project, path.dir(), name)).collect();
    let mut candidate = dir.as_str();
    loop {
        if ours.iter().all(|name| found_below(project, candidate, name)) {
            // An example of a library finds it installed, and stays where it is; a part of it does not.
            let own = path.as_str()[candidate.len()..].trim_start_matches('/').split('/').next();
            let part = outside_package(project, path.dir()).is_some_and(|outside| outside == candidate)
                && project.has_file(&path.beside("__init__.py"))
                && ours.iter().any(|name| name.split('.').next() == own);
            let stays = relative == 0 && candidate != dir && !part && is_installable(tree, candidate);
            return Some(if stays { dir } else { candidate.to_owned() });
        }
        if candidate.is_empty() {
            // Found from different places, or by a changed `sys.path`: as the script runs, it works.
            return Some(dir);
        }
        candidate = parent(candidate);
    }
}

/// The modules that a module imports by absolute names.
fn absolute_imports(module: &Module) -> impl Iterator<Item = &str> {
    top_level_imports(module.syntax.body()).flat_map(|import| match import {
        Stmt::Import(import) => import.names.iter().map(|alias| alias.name.as_str()).collect(),
        Stmt::ImportFrom(import) if import.level == 0 => {
            import.module.iter().map(|name| name.as_str()).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    })
}

/// The folder above its own that a script is started in, as the files that its code opens show, and
/// such a file. `None` when nothing shows that it is not the script's own.
fn started_in(tree: &Tree, project: &Project, id: ModuleId, dir: &str) -> Option<(String, String)> {
    let there = |folder: &str, file: &str| is_there(tree, project, folder, file);
    let mut opened = Vec::new();
    for id in import_time::reached(project, id, false) {
        // What a library of the project opens says nothing of where its examples are started.
        let module = project.module(id);
        if is_above(dir, module.path().dir()) {
            opened.extend(files_opened(module));
        }
    }
    if opened.iter().any(|file| there(dir, file)) {
        return None;
    }
    let mut above = dir;
    while !above.is_empty() {
        above = parent(above);
        if let Some(file) = opened.iter().find(|file| there(above, file)) {
            return Some((above.to_owned(), file.clone()));
        }
    }
    None
}

/// Functions whose first argument is a file, looked for from the working directory.
const OPENING: &[&str] = &[
    "open",
    "read_csv",
    "read_excel",
    "read_json",
    "read_pickle",
    "read_parquet",
    "load_model",
    "imread",
    "connect",
    "listdir",
    "isfile",
    "isdir",
    "exists",
    "Path",
    "loadtxt",
];

/// The files, relative to the working directory, that a module opens by literal names.
fn files_opened(module: &Module) -> Vec<String> {
    struct Finder(Vec<String>);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr
                && let Some(Expr::StringLiteral(text)) = call.arguments.args.first()
            {
                let name = match &*call.func {
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    Expr::Name(name) => name.id.as_str(),
                    _ => "",
                };
                let file = text.value.to_str();
                let relative = !file.starts_with(['/', '~', '.']) || file.starts_with("./");
                if OPENING.contains(&name) && relative && file.contains(['/', '.']) && !file.contains([':', '\\', '\n'])
                {
                    self.0.push(file.to_owned());
                }
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_body(module.syntax.body());
    finder.0
}

/// The absolute name of what a module imports relatively, as seen from the folder `dir`.
pub(super) fn absolute(module: &Module, dir: &str, import: &ast::StmtImportFrom) -> Option<String> {
    let name = import.module.as_ref().map_or("", |name| name.as_str());
    if import.level == 0 {
        return Some(name.to_owned());
    }
    let mut package = module.path().dir();
    for _ in 1..import.level {
        package = parent(package);
    }
    let inner = package.strip_prefix(dir)?.trim_start_matches('/');
    let parts: Vec<&str> = inner.split('/').chain(name.split('.')).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty() && parts.iter().all(|part| is_identifier(part))).then(|| parts.join("."))
}

/// Whether a folder is the source of a package that is installed to be used.
fn is_installable(tree: &Tree, dir: &str) -> bool {
    let text = |name: &str| tree.read(&ProjectPath::in_dir(dir, name)).ok().flatten();
    text("setup.py").is_some()
        || text("pyproject.toml").is_some_and(|text| memchr::memmem::find(&text, b"[build-system]").is_some())
}

fn found_below(project: &Project, dir: &str, dotted: &str) -> bool {
    let path = ProjectPath::in_dir(dir, &dotted.replace('.', "/"));
    project.has_file(&ProjectPath::new(format!("{path}.py")))
        || project.has_file(&ProjectPath::new(format!("{path}/__init__.py")))
        || project.has_dir(path.as_str())
}

/// The folder that the outermost package around `dir` is in; `None` when that is the project folder itself.
fn outside_package(project: &Project, dir: &str) -> Option<String> {
    let mut dir = dir;
    if dir.is_empty() {
        return None;
    }
    loop {
        let above = parent(dir);
        if above.is_empty() || !project.has_file(&ProjectPath::in_dir(above, "__init__.py")) {
            return Some(above.to_owned());
        }
        dir = above;
    }
}

fn is_above(above: &str, dir: &str) -> bool {
    above.is_empty() || above == dir || dir.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder and those above it, up to the project folder.
pub(super) fn and_above(dir: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir), |dir| (!dir.is_empty()).then(|| parent(dir)))
}

pub(super) fn parent(dir: &str) -> &str {
    dir.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether a module imports an external module of this name.
fn imports(module: &Module, top: &str) -> bool {
    top_level_imports(module.syntax.body()).any(|stmt| match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| alias.name.split('.').next() == Some(top)),
        Stmt::ImportFrom(import) => {
            import.level == 0
                && import.module.as_ref().is_some_and(|name| name.split('.').next() == Some(top))
                && module.path().name() != "__init__.py"
                && module.path().dir().rsplit('/').next() != Some(top)
        }
        _ => false,
    })
}
