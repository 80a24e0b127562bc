//! The Python modules of a project, and which one an import means.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::disk::{self, Disk, Names};
use super::marks::Marks;
use super::naming::{NamingLine, Sort};
use super::reach::{self, Glance};
use crate::source::{ProjectPath, Source, Span, Tree, Unread, in_parallel, is_in};
use crate::syntax::names::prefixes;
use crate::syntax::python::{self, Expr, Stmt, Syntax, Visitor};

/// Larger files are data and hold no settings, in bytes.
const MAX_SETTINGS: u64 = 256 << 10;
/// Files of one name that are looked at where the folder is not known.
const MAX_NAMESAKES: usize = 8;

/// A module of the project, by its place in [`Project::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) usize);

/// A file of Python code, or of settings that Python code reads, read and parsed.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file's text.
    pub(crate) source: Source,
    /// Its tree; an empty one where it is no Python.
    pub(crate) syntax: Syntax,
    /// Whether it is no Python: JSON, TOML, YAML or INI.
    pub(crate) is_data: bool,
}

impl Module {
    /// The file.
    pub(crate) fn path(&self) -> &ProjectPath {
        &self.source.path
    }

    /// The text of a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.source.slice(span)
    }
}

/// A parsed file, and the names of what it imports, as level and dotted name.
#[derive(Debug)]
pub(super) struct Parsed {
    module: Module,
    imports: BTreeSet<(u32, String)>,
}

/// The files of a project, with those Python modules parsed that can have to do with Flask.
#[derive(Debug)]
pub(crate) struct Project {
    /// Every file, sorted.
    pub(crate) files: Arc<Vec<ProjectPath>>,
    /// The parsed modules, sorted by path.
    modules: Vec<Arc<Parsed>>,
    /// What could not be read or parsed, sorted.
    pub(crate) unread: Vec<Unread>,
    by_path: BTreeMap<ProjectPath, ModuleId>,
    /// By module: the modules that import it, or something in its package.
    importers: Vec<Vec<ModuleId>>,
    /// By module: the modules that it imports.
    imports: Vec<Vec<ModuleId>>,
    names: Arc<Names>,
    disk: Arc<Disk>,
}

/// What an absolute import stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Import {
    /// A module of the project.
    Module(ModuleId),
    /// A folder of the project without `__init__.py`, or a module that could not be read.
    Opaque,
    /// Not in the project: the standard library or an installed package.
    External,
}

impl Project {
    /// Reads the project in `tree`: lists its files and parses the modules that can matter, and
    /// the modules of the project that those import.
    pub(crate) fn load(tree: &Tree) -> Self {
        let disk = Disk::of(tree);
        let is_changed = tree.changed().next().is_some();
        let files = match is_changed {
            true => Arc::new(tree.with_changes(disk.files.iter().cloned())),
            false => Arc::clone(&disk.files),
        };
        let names = Names::in_tree(tree, &disk, &files);
        let mut loader = Loader {
            tree,
            disk: &disk,
            names: &names,
            parsed: BTreeMap::new(),
            imported: BTreeMap::new(),
            by_name: BTreeMap::new(),
            failed: BTreeSet::new(),
            unread: disk.unread.clone(),
        };
        for path in files.iter().filter(|path| is_settings(path.name())) {
            loader.by_name.entry(path.name().to_owned()).or_default().push(path.clone());
        }
        loader.load_reached(is_changed);
        loader.load_imported();
        let Loader { parsed, imported, mut unread, .. } = loader;
        unread.sort();
        let by_path: BTreeMap<ProjectPath, ModuleId> = parsed.keys().cloned().zip((0..).map(ModuleId)).collect();
        let mut importers: Vec<Vec<ModuleId>> = vec![Vec::new(); by_path.len()];
        let mut imports = importers.clone();
        for (from, targets) in imported {
            for target in targets {
                if let (Some(from), Some(target)) = (by_path.get(&from), by_path.get(&target)) {
                    importers[target.0].push(*from);
                    imports[from.0].push(*target);
                }
            }
        }
        Self { files, modules: parsed.into_values().collect(), unread, by_path, importers, imports, names, disk }
    }

    /// The module of an id.
    pub(crate) fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0].module
    }

    /// All modules with their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ModuleId, &Module)> {
        self.modules.iter().enumerate().map(|(index, parsed)| (ModuleId(index), &parsed.module))
    }

    /// The parsed module of a file.
    pub(crate) fn by_path(&self, path: &ProjectPath) -> Option<ModuleId> {
        self.by_path.get(path).copied()
    }

    /// The modules that import a module, by its name or by that of what is in it.
    pub(crate) fn importers(&self, id: ModuleId) -> impl Iterator<Item = &Module> {
        self.importers[id.0].iter().map(|importer| self.module(*importer))
    }

    /// These modules and all that they import, directly or not; `more` are imports besides those of statements.
    pub(crate) fn reached(&self, from: &[ModuleId], more: &[(ModuleId, ModuleId)]) -> BTreeSet<ModuleId> {
        let mut reached: BTreeSet<ModuleId> = from.iter().copied().collect();
        let mut newest = from.to_vec();
        while let Some(id) = newest.pop() {
            let named = more.iter().filter(|(importer, _)| *importer == id).map(|(_, target)| target);
            newest.extend(self.imports[id.0].iter().chain(named).filter(|target| reached.insert(**target)));
        }
        reached
    }

    /// For each module a number that it shares with those it is connected to by imports, the smallest
    /// index among them. A tree may hold many programs that have nothing to do with each other.
    pub(crate) fn islands(&self) -> Vec<usize> {
        let mut islands: Vec<usize> = (0..self.modules.len()).collect();
        let top = |islands: &[usize], mut at: usize| {
            while islands[at] != at {
                at = islands[at];
            }
            at
        };
        for (target, importers) in self.importers.iter().enumerate() {
            for importer in importers {
                let (one, other) = (top(&islands, target), top(&islands, importer.0));
                islands[one.max(other)] = one.min(other);
            }
        }
        (0..islands.len()).map(|at| top(&islands, at)).collect()
    }

    /// Whether the project has a file at this path.
    pub(crate) fn has_file(&self, path: &ProjectPath) -> bool {
        self.files.binary_search(path).is_ok()
    }

    /// Whether a folder holds a file of the project, directly or deeper.
    pub(crate) fn has_dir(&self, dir: &str) -> bool {
        self.names.is_folder(dir)
    }

    /// The bytes of a file around the code; nothing where it does not matter.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn text(&self, tree: &Tree, path: &ProjectPath) -> Result<Option<Cow<'_, [u8]>>, Unread> {
        disk::text(tree, &self.disk, path)
    }

    /// The lines of the project's files that may name a script; none of a file that cannot be read.
    pub(crate) fn naming_lines<'a>(
        &'a self,
        tree: &'a Tree,
    ) -> impl Iterator<Item = (&'a ProjectPath, Sort, Cow<'a, [NamingLine]>)> {
        disk::naming_lines(tree, &self.disk)
    }

    /// The modules that an import statement in the file `from` runs: those that it names, and the packages
    /// that they are in.
    pub(super) fn run_by(&self, from: &ProjectPath, stmt: &Stmt) -> impl Iterator<Item = ModuleId> {
        let mut imports = Imports::default();
        imports.add(stmt);
        let paths = located(&self.names, from, &imports.names);
        paths.into_iter().filter_map(|path| self.by_path(&path))
    }

    /// What `import dotted` (level 0) or `from ...dotted` (level from 1) in the file `from` means.
    pub(crate) fn resolve(&self, from: &ProjectPath, level: u32, dotted: &str) -> Import {
        match Finder::new(&self.names, from).locate(level, dotted) {
            Located::File(path) => self.by_path(&path).map_or(Import::Opaque, Import::Module),
            Located::Folder => Import::Opaque,
            Located::Nowhere => Import::External,
        }
    }
}

/// Where an import leads.
#[derive(Debug, PartialEq, Eq)]
enum Located {
    File(ProjectPath),
    /// A folder without `__init__.py`: a namespace package.
    Folder,
    Nowhere,
}

/// Finds the files of imports the way Python would, without running it: relative imports from the
/// folder of the importing file; absolute ones from the folders that can be on `sys.path`.
struct Finder<'a> {
    names: &'a Names,
    from: &'a ProjectPath,
    /// The folders from which absolute imports may be found, most likely first; made when they are needed.
    roots: Vec<&'a str>,
    path: String,
}

impl<'a> Finder<'a> {
    fn new(names: &'a Names, from: &'a ProjectPath) -> Self {
        Self { names, from, roots: Vec::new(), path: String::new() }
    }

    fn locate(&mut self, level: u32, dotted: &str) -> Located {
        if level > 0 {
            let mut dir = self.from.dir();
            for _ in 1..level {
                if dir.is_empty() {
                    return Located::Nowhere;
                }
                dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            return self.below(dir, dotted);
        }
        let top = dotted.split('.').next().unwrap_or(dotted);
        if !self.names.is_top(top) {
            return Located::Nowhere;
        }
        if self.roots.is_empty() {
            self.roots = self.roots();
        }
        let mut namespace = Located::Nowhere;
        for at in 0..self.roots.len() {
            if !self.names.is_top_in(self.roots[at], top) || self.is_namesake(self.roots[at], top) {
                continue;
            }
            match self.below(self.roots[at], dotted) {
                Located::Nowhere => {}
                found @ Located::File(_) => return found,
                // Python prefers a real module further along the path to a folder without `__init__.py`.
                Located::Folder => namespace = Located::Folder,
            }
        }
        namespace
    }

    /// Whether a folder only has the name of a framework, and the importing file lies in it: a service that is
    /// kept in `flask/` imports Flask itself.
    fn is_namesake(&self, root: &str, top: &str) -> bool {
        matches!(top, "flask" | "dash" | "connexion" | "apiflask")
            && is_in(self.from.dir(), ProjectPath::in_dir(root, top).as_str())
    }

    /// A script finds what is beside it; a module of a package finds what is beside its outermost package.
    fn roots(&mut self) -> Vec<&'a str> {
        let (mut plain, mut packages) = (Vec::new(), Vec::new());
        let mut dir = self.from.dir();
        loop {
            // Folders with `__init__.py` come last: their modules are only found so when run as scripts.
            if self.below(dir, "") == Located::Nowhere {
                plain.push(dir)
            } else {
                packages.push(dir)
            }
            if dir.is_empty() {
                break;
            }
            dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        plain.push("src");
        plain.extend(packages);
        plain
    }

    /// The file of `dotted` when `root` is on `sys.path`. A package wins over a module of its name.
    fn below(&mut self, root: &str, dotted: &str) -> Located {
        self.path.clear();
        self.path.push_str(root);
        if !root.is_empty() && !dotted.is_empty() {
            self.path.push('/');
        }
        self.path.extend(dotted.chars().map(|it| if it == '.' { '/' } else { it }));
        let end = self.path.len();
        self.path.push_str(if end == 0 { "__init__.py" } else { "/__init__.py" });
        if self.names.is_module(&self.path) {
            return Located::File(ProjectPath::new(self.path.as_str()));
        }
        if dotted.is_empty() {
            return Located::Nowhere;
        }
        self.path.truncate(end);
        let is_folder = self.names.is_folder(&self.path);
        self.path.push_str(".py");
        if self.names.is_module(&self.path) {
            return Located::File(ProjectPath::new(self.path.as_str()));
        }
        if is_folder { Located::Folder } else { Located::Nowhere }
    }
}

/// Reads and parses what [`Project::load`] needs.
struct Loader<'a> {
    tree: &'a Tree,
    disk: &'a Disk,
    names: &'a Names,
    parsed: BTreeMap<ProjectPath, Arc<Parsed>>,
    /// The files of the project that each parsed module imports.
    imported: BTreeMap<ProjectPath, BTreeSet<ProjectPath>>,
    /// The files that may hold settings, by their names without folders.
    by_name: BTreeMap<String, Vec<ProjectPath>>,
    failed: BTreeSet<ProjectPath>,
    unread: Vec<Unread>,
}

impl Loader<'_> {
    /// Parses the files whose bytes say that they may matter.
    fn load_reached(&mut self, is_changed: bool) {
        let disk = self.disk;
        let mut glances: BTreeMap<&ProjectPath, Cow<'_, Glance>> = BTreeMap::new();
        let nothing = Glance::default();
        let mut seen: Vec<(&ProjectPath, Cow<'_, Glance>)> = Vec::new();
        for (path, glance) in disk.python().filter(|(path, _)| !is_changed || !self.tree.is_changed(path)) {
            match glance {
                Ok(glance) => seen.push((path, Cow::Borrowed(glance))),
                Err(unread) => {
                    self.fail(unread.clone());
                    seen.push((path, Cow::Owned(nothing.clone())));
                }
            }
        }
        if is_changed {
            for (path, bytes) in self.tree.changed().filter(|(path, _)| path.is_python()) {
                if let Some(bytes) = bytes {
                    glances.insert(path, Cow::Owned(Glance::at(bytes, &Marks::of(bytes))));
                }
            }
            seen.extend(glances);
            seen.sort_by_key(|(path, _)| *path);
        }
        let (paths, glances): (Vec<&ProjectPath>, Vec<&Glance>) =
            seen.iter().map(|(path, glance)| (*path, &**glance)).unzip();
        let names = self.names;
        let reached = reach::reach(&paths, &glances, |indexes| {
            in_parallel(indexes, |index| located(names, paths[*index], &glances[*index].imports()))
        });
        let wanted =
            reached.iter().map(|index| paths[*index].clone()).filter(|path| !self.failed.contains(path)).collect();
        self.take_all(wanted);
    }

    /// Parses what the parsed modules import and read their settings from, and what that imports.
    fn load_imported(&mut self) {
        let mut newest: BTreeSet<ProjectPath> = self.parsed.keys().cloned().collect();
        while !newest.is_empty() {
            let mut wanted = BTreeSet::new();
            for path in &newest {
                wanted.extend(self.imported.get(path).into_iter().flatten().cloned());
                wanted.extend(self.settings_of(path));
            }
            wanted.retain(|path| !self.parsed.contains_key(path) && !self.failed.contains(path));
            self.take_all(wanted.iter().cloned().collect());
            newest = wanted.into_iter().filter(|path| self.parsed.contains_key(path)).collect();
        }
    }

    /// The Python files that a module reads settings from, to be parsed. Files of settings that are no
    /// Python, or only may be, are taken at once.
    fn settings_of(&mut self, path: &ProjectPath) -> Vec<ProjectPath> {
        let Some(parsed) = self.parsed.get(path) else { return Vec::new() };
        let named = SettingsFiles::of(&parsed.module);
        let found = |name: &String| settings_file(&|at| self.tree.exists(at), path, name);
        let mut python: Vec<ProjectPath> = named.python.iter().filter_map(found).collect();
        python.extend(located(self.names, path, &named.modules));
        let mut likely: BTreeSet<ProjectPath> = named.likely.iter().filter_map(found).collect();
        // A path that is put together names at least the file.
        let by_name = named.likely.iter().filter_map(|name| self.by_name.get(name.rsplit('/').next()?));
        likely.extend(by_name.flat_map(|paths| paths.iter().take(MAX_NAMESAKES)).cloned());
        for path in likely {
            if !self.parsed.contains_key(&path)
                && !python.contains(&path)
                && let Some(module) = self.settings(&path, named.reads_python)
            {
                self.parsed.insert(path, Arc::new(Parsed { module, imports: BTreeSet::new() }));
            }
        }
        python
    }

    /// A file that may hold settings; `None` where it does not, or cannot be read.
    fn settings(&self, path: &ProjectPath, may_be_python: bool) -> Option<Module> {
        if path.is_python() {
            return None;
        }
        let size = std::fs::metadata(path.to_fs(self.tree.root())).map_or(0, |metadata| metadata.len());
        if size > MAX_SETTINGS {
            return None;
        }
        let source = Source::decode(path.clone(), &self.tree.read(path).ok()??).ok()?;
        let end = path.name().rsplit_once('.').map(|(_, end)| end);
        let is_data = matches!(end, Some("json" | "toml" | "yaml" | "yml"));
        if may_be_python
            && !is_data
            && let Ok(syntax) = python::parse(&source.text)
        {
            return Some(Module { source, syntax, is_data: false });
        }
        Some(Module { source, syntax: Syntax::empty(), is_data: true })
    }

    /// Reads and parses files, or takes them as they were parsed before.
    fn take_all(&mut self, paths: Vec<ProjectPath>) {
        let (tree, disk, names) = (self.tree, self.disk, self.names);
        let modules = in_parallel(&paths, |path| {
            let parse = || parse(path, &disk::python_bytes(tree, path)?);
            let parsed = if tree.is_changed(path) { parse().map(Arc::new) } else { disk.parsed(path, parse) }?;
            let imported = located(names, path, &parsed.imports);
            Ok((parsed, imported))
        });
        for (path, module) in paths.into_iter().zip(modules) {
            match module {
                Ok((module, imported)) => {
                    self.parsed.insert(path.clone(), module);
                    self.imported.insert(path, imported);
                }
                Err(unread) => self.fail(unread),
            }
        }
    }

    fn fail(&mut self, unread: Unread) {
        self.failed.insert(unread.path.clone());
        self.unread.push(unread);
    }
}

/// The files of the project that imports in a file mean.
fn located(names: &Names, from: &ProjectPath, imports: &BTreeSet<(u32, String)>) -> BTreeSet<ProjectPath> {
    let mut finder = Finder::new(names, from);
    let mut found = BTreeSet::new();
    for (level, dotted) in imports {
        // `import a.b.c` runs `a`, then `a.b`, then `a.b.c`; `from . import a` runs the package, too.
        let itself = (*level > 0 && !dotted.is_empty()).then_some("");
        for name in itself.into_iter().chain(prefixes(dotted)) {
            if let Located::File(path) = finder.locate(*level, name) {
                found.insert(path);
            }
        }
    }
    found.remove(from);
    found
}

/// The imports of a module, as level and dotted name; `from a import b` may mean the module `a.b`.
#[derive(Default)]
struct Imports {
    names: BTreeSet<(u32, String)>,
}

impl Imports {
    /// Takes up a statement, where it is an import.
    fn add(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Import(import) => {
                self.names.extend(import.names.iter().map(|alias| (0, alias.name.to_string())));
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |name| name.as_str());
                for alias in &import.names {
                    let name = if alias.name.as_str() == "*" {
                        module.to_owned()
                    } else if module.is_empty() {
                        alias.name.to_string()
                    } else {
                        format!("{module}.{}", alias.name)
                    };
                    self.names.insert((import.level, name));
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Imports {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.add(stmt),
            _ => python::visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// The names of the files that a module reads settings from.
#[derive(Default)]
struct SettingsFiles {
    /// With `from_pyfile`: Python, whatever they are called.
    python: Vec<String>,
    /// With `from_object`, by the dotted name of a module or of what is in it.
    modules: BTreeSet<(u32, String)>,
    /// Other names of files that may be read: as data, or by a path that is put together.
    likely: BTreeSet<String>,
    /// Whether some of these may be Python for `from_pyfile`.
    reads_python: bool,
}

impl SettingsFiles {
    fn of(module: &Module) -> Self {
        let mut files = Self::default();
        // Most modules read none, and walking every expression has its price.
        let text = &module.source.text;
        if ["from_pyfile", "from_file", "from_object", "json", "onfigParser", "yaml", "toml"]
            .iter()
            .any(|mark| text.contains(mark))
        {
            files.reads_python = text.contains("from_pyfile");
            files.visit_body(module.syntax.body());
        }
        files
    }
}

impl<'a> Visitor<'a> for SettingsFiles {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call)
                if let Expr::Attribute(function) = &*call.func
                    && let Some(Expr::StringLiteral(name)) = call.arguments.args.first() =>
            {
                let name = name.value.to_str();
                match function.attr.as_str() {
                    "from_pyfile" => self.python.push(name.to_owned()),
                    "from_object" => drop(self.modules.insert((0, name.replace(':', ".")))),
                    _ => {}
                }
            }
            Expr::StringLiteral(name) if is_settings(name.value.to_str()) => {
                self.likely.insert(name.value.to_str().to_owned());
            }
            _ => {}
        }
        python::visitor::walk_expr(self, expr);
    }
}

/// Whether a name is like those of files of settings.
fn is_settings(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end);
    matches!(end, Some("cfg" | "conf" | "config" | "ini" | "json" | "settings" | "toml" | "yaml" | "yml"))
}

/// The file that a name given to `from_pyfile` or `from_file` in a module means: Flask looks in the
/// folder of the app or in its instance folder, which is known for most apps but not for all.
pub(crate) fn settings_file(
    exists: &dyn Fn(&ProjectPath) -> bool,
    from: &ProjectPath,
    name: &str,
) -> Option<ProjectPath> {
    if name.starts_with('/') {
        return None;
    }
    let dir = from.dir();
    let parent = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
    let instance = |dir: &str| ProjectPath::in_dir(dir, "instance").as_str().to_owned();
    [dir.to_owned(), instance(dir), instance(parent), parent.to_owned(), String::new(), instance("")]
        .iter()
        .filter_map(|dir| ProjectPath::from_dir(dir, name))
        .find(|path| exists(path))
}

/// Decodes and parses a file.
fn parse(path: &ProjectPath, bytes: &[u8]) -> Result<Parsed, Unread> {
    let source = Source::decode(path.clone(), bytes)?;
    match python::parse(&source.text) {
        Ok(syntax) => {
            let mut imports = Imports::default();
            imports.visit_body(syntax.body());
            Ok(Parsed { module: Module { source, syntax, is_data: false }, imports: imports.names })
        }
        Err(error) => {
            let line = source.line_column(error.at).line;
            Err(Unread { path: path.clone(), line: Some(line), message: python::explain(&source.text, &error) })
        }
    }
}
