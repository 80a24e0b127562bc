//! The move into `wsgi.py`: for each start-up call, what moves, what stays and what is called.
//!
//! Calls are first sketched module by module ([`sketch`]): how the module is imported, what its
//! launcher does before the server starts, what becomes of the launcher. Then the sketches of one
//! folder are put together, because a folder has one `wsgi.py`.

mod alias;
mod app;
mod asks;
mod commands;
mod compose;
mod connexion;
mod desk;
mod discover;
mod embedded;
mod ending;
mod excerpt;
mod functions;
mod guard;
mod hidden;
mod import_time;
mod imported;
mod launcher;
mod mentions;
mod methods;
mod parted;
mod platform;
mod prepared;
mod record;
mod runner;
mod script;
mod shapes;
mod sketch;
mod target;
mod told;
mod words;
mod work;
mod wsgi;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Applicability, FileEdit, Fix};
use crate::leftovers;
use crate::project::{AppObject, AsyncMode, Facts, ModuleId, Place, Project, Server, Setting};
use crate::source::{ProjectPath, Tree, in_parallel};
use crate::syntax::names::has_word;
use crate::syntax::python;
use desk::Desk;
use script::Script;
use sketch::{Refusal, Sketch};

pub(crate) use commands::{commands, instead};
pub(crate) use desk::{certificate, is_one_by_one};
pub(crate) use discover::{Discovery, Found, discover, named};
pub(crate) use hidden::{Hidden, hidden};
pub(crate) use told::Called;

/// What a person chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Which app of several: `module:name`.
    pub(crate) app: Option<String>,
}

/// The plan for one start-up call, or for several that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    /// The start-up calls it is for, as indexes into [`Facts::serves`]; the first is reported.
    pub(crate) serves: Vec<usize>,
    /// The start-up calls that tell how the app is to be served: those, and those of its scripts that stay.
    pub(crate) told: Vec<usize>,
    /// What to do.
    pub(crate) outcome: Outcome,
    /// What a person should know about it, each at a place.
    pub(crate) notes: Vec<Note>,
    /// How the app was told, and wants, to be served.
    pub(crate) served: Served,
    /// Documentation that tells people to run a script that is moved.
    pub(crate) documented: Vec<Documented>,
}

/// A line of documentation that tells people to run a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Documented {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The script.
    pub(crate) script: ProjectPath,
    /// The command, where it can become one of `flask` because the script is to start nothing any more.
    pub(crate) called: Option<Called>,
}

/// How an app was told, and wants, to be served.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Served {
    /// The `host` argument.
    pub(crate) host: Option<Setting>,
    /// The `port` argument.
    pub(crate) port: Option<Setting>,
    /// Why it wants to be served by one worker process, if it does.
    pub(crate) one_worker: Option<String>,
    /// Whether it keeps something in its process that several would each have: a scheduler, a database in memory.
    pub(crate) is_single: bool,
    /// Whether it was answered one request after the other.
    pub(crate) one_by_one: bool,
    /// Whether it keeps connections open, each of which holds a thread.
    pub(crate) stays_open: bool,
    /// What it waits with, where its Flask-SocketIO or it itself has a way of its own.
    pub(crate) waits_with: Option<AsyncMode>,
    /// Whether it serves TLS itself, and with which certificate and key where the code says so.
    pub(crate) tls: Option<Certificate>,
}

/// The files of a certificate, as they are told to a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// Its path and that of its key, where both are written in the code.
    pub(crate) files: Option<(String, String)>,
}

/// What becomes of a start-up call.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It can be moved.
    Move {
        /// The edits and files.
        fix: Fix,
        /// How a WSGI server is told to serve the result.
        target: Target,
    },
    /// The app is already served from here, and the call may stay as it is.
    Done {
        /// How a WSGI server is told to serve it.
        target: Target,
    },
    /// A person has to do it.
    Manual {
        /// Why, without a final period.
        reason: String,
        /// What to do, without a final period.
        hint: String,
    },
}

/// How a WSGI server is told what to serve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The folder to start the server in, relative to the project; `""` for the project folder.
    pub(crate) dir: String,
    /// The module: `wsgi`.
    pub(crate) module: String,
    /// The name in it: `app`.
    pub(crate) name: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// What a launcher does before it starts the server, which a WSGI server would skip.
    InGuard,
    /// What follows the start-up call, and is done by `wsgi.py` when its process ends.
    AfterRun,
    /// What follows the start-up call, and is left to a person.
    Undone,
    /// What follows the launcher in the module, so that importing the module does it before the app is served.
    Behind,
    /// The app has another name than `app`.
    OtherName,
    /// The script cannot be imported, because something else has its import name.
    ShadowedModule,
    /// A factory is told to use a development configuration.
    DevelopmentConfig,
    /// Something runs in every worker that used to run once.
    EveryWorker,
    /// What the module is called decides what it does.
    NameTest,
    /// Something waits for a variable that only the development server's reloader sets.
    ReloaderTest,
    /// Something asks the development server to stop itself.
    Shutdown,
    /// Importing a module does what a server cannot have it do.
    AtImport,
    /// A file that starts the script, so that it has to stay.
    Launcher,
}

/// Something a person should know about a move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Where.
    pub(crate) place: Place,
    /// What it is about.
    pub(crate) about: About,
    /// What, without a final period.
    pub(crate) message: String,
}

/// Plans the move of every start-up call in the project. Calls in tests and in documentation are
/// not planned, nor are production servers that the code starts itself.
pub(crate) fn plan(tree: &Tree, project: &Project, facts: &Facts<'_>, options: &Options) -> Vec<Move> {
    let modules = starting(project, facts);
    if modules.is_empty() {
        return Vec::new();
    }
    let desk = Desk::new(tree, project, facts);
    let mut moves = Vec::new();
    let mut folders: BTreeMap<String, Vec<Sketch>> = BTreeMap::new();
    let modules: Vec<(ModuleId, Vec<usize>)> = modules.into_iter().collect();
    let sketches = in_parallel(&modules, |(module, serves)| sketch::sketch(&desk, *module, serves));
    for ((module, serves), sketch) in modules.into_iter().zip(sketches) {
        match sketch {
            Ok(sketch) => folders.entry(sketch.dir.clone()).or_default().push(sketch),
            Err(refusal) => {
                // Where a `wsgi.py` has the app already, what kept us from making one is settled, and a
                // script that no server need import may do at import what it likes.
                let app = facts.serves[serves[0]].app.as_ref();
                let unsettled = |about: About| {
                    matches!(about, About::NameTest | About::ReloaderTest | About::Shutdown | About::DevelopmentConfig)
                };
                let is_settled = app.is_some() && !refusal.notes.iter().any(|note| unsettled(note.about));
                let dirs = target::and_above(project.module(module).path().dir());
                let served = dirs.filter(|_| is_settled).find_map(|dir| desk.exposed(dir, app));
                // Nor is one needed where a server has it from the module, and the module does nothing more for it.
                let does_work = refusal.notes.iter().any(|note| note.about == About::InGuard);
                let served = served.or_else(|| desk.loaded(module, app).filter(|_| is_settled && !does_work));
                moves.push(match served {
                    Some(target) => {
                        let notes = refusal.notes.into_iter().filter(|note| note.about == About::Behind);
                        let notes = notes.filter(|_| imports(project, &target, module)).collect();
                        Move { notes, ..done(&desk, serves, target) }
                    }
                    None => manual(&desk, serves, *refusal),
                });
            }
        }
    }
    for (dir, sketches) in folders {
        moves.extend(folder(&desk, &dir, sketches, options));
    }
    moves.sort_by_key(|planned| planned.serves.first().copied());
    keep_what_was_told(&desk, &mut moves);
    let apps = leftovers::apps(facts);
    for planned in &mut moves {
        if let Outcome::Move { fix, .. } = &mut planned.outcome {
            leftovers::complete(tree, project, &apps, fix);
            let of_call = |index: &usize| {
                let serve = &facts.serves[*index];
                let script = project.module(serve.module).path();
                let call = python::span(serve.call);
                let is_gone = fix
                    .edits
                    .iter()
                    .any(|edit| edit.path == *script && edit.span.contains(call) && !edit.text.contains("__main__"));
                let documented = desk.documented(script).into_iter();
                documented.map(move |it| Documented { called: it.called.filter(|_| is_gone), ..it })
            };
            planned.documented = planned.serves.iter().flat_map(of_call).collect();
            planned.documented.sort();
            planned.documented.dedup();
        }
    }
    moves
}

/// Where pages of an app that a `wsgi.py` exposes stop the server, or mean to, with what to know of each.
pub(crate) fn shutdowns(project: &Project, facts: &Facts<'_>) -> Vec<(Place, &'static str)> {
    let exposes = |id: &&ModuleId| project.module(**id).path().name() == "wsgi.py";
    let found = facts.apps.keys().filter(exposes).flat_map(|id| import_time::shutdowns(project, *id));
    let mut found: Vec<_> = found.map(|shutdown| (shutdown.place, shutdown.message())).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The start-up calls to plan for, by module.
fn starting(project: &Project, facts: &Facts<'_>) -> BTreeMap<ModuleId, Vec<usize>> {
    let mut modules: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, serve) in facts.serves.iter().enumerate() {
        // `Server(use_debugger=True)` of Flask-Script says how `manager.run()` is to start it.
        let is_told = serve.server == Server::FlaskScript && !guard::calls_method(serve.call, "run");
        if serve.server != Server::Production && !is_told && is_production(project.module(serve.module).path()) {
            modules.entry(serve.module).or_default().push(index);
        }
    }
    modules
}

/// What can be chosen by `module:name`: the apps that start-up calls serve, and all that modules bind
/// when they are imported.
pub(crate) fn choices(tree: &Tree, project: &Project, facts: &Facts<'_>) -> BTreeSet<String> {
    let desk = Desk::new(tree, project, facts);
    let sketches = starting(project, facts);
    let sketches = sketches.into_iter().filter_map(|(module, serves)| sketch::sketch(&desk, module, &serves).ok());
    let mut found: BTreeSet<String> = sketches.map(|sketch| sketch.flag).collect();
    for (id, names) in &facts.apps {
        let path = project.module(*id).path();
        let module = path.as_str().trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        for known in names.iter().filter(|known| known.on_import && is_production(path)) {
            let name = format!("{module}:{}", known.name);
            if !found.iter().any(|flag| names_same(flag, &name)) {
                found.insert(name);
            }
        }
    }
    found
}

/// Whether a choice is the one that a person wrote, who may have written the folder's name too.
fn names_same(flag: &str, wanted: &str) -> bool {
    wanted.strip_suffix(flag).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Adds the record of what the calls were told. All of it goes with the first move of its kind,
/// because there is one file, and fixes that each change it would have to wait for each other.
fn keep_what_was_told(desk: &Desk<'_>, moves: &mut [Move]) {
    for applicability in [Applicability::Safe, Applicability::Unsafe] {
        let is_one = |planned: &Move| matches!(&planned.outcome, Outcome::Move { fix, .. } if fix.applicability == applicability);
        let told = moves.iter().filter(|planned| is_one(planned)).filter_map(|planned| match &planned.outcome {
            Outcome::Move { target, .. } => Some(record::Told {
                target,
                serves: planned.told.clone(),
                one_worker: planned.served.one_worker.as_deref(),
            }),
            _ => None,
        });
        let recorded = record::record(desk, told);
        for planned in moves.iter_mut().filter(|planned| is_one(planned)) {
            match (&recorded, &mut planned.outcome) {
                (Ok(Some(record::Recorded::Edits(edits))), Outcome::Move { fix, .. }) => {
                    fix.edits.extend(edits.iter().cloned());
                }
                (Ok(Some(record::Recorded::Create(file))), Outcome::Move { fix, .. }) => fix.files.push(file.clone()),
                (Err(refusal), outcome) => {
                    *outcome = Outcome::Manual { reason: refusal.reason.clone(), hint: refusal.hint.clone() };
                    continue;
                }
                _ => {}
            }
            break;
        }
    }
}

/// Whether a file is part of what runs in production, by where it is.
fn is_production(path: &ProjectPath) -> bool {
    let name = path.name();
    let test = name.starts_with("test_") || name.ends_with("_test.py") || matches!(name, "conftest.py" | "tests.py");
    let folder = |part: &str| matches!(part, "tests" | "test" | "testing" | "docs" | "doc");
    !test && !path.dir().split('/').any(folder)
}

/// Whether loading a target imports a module.
fn imports(project: &Project, target: &Target, module: ModuleId) -> bool {
    let path = ProjectPath::in_dir(&target.dir, &format!("{}.py", target.module.replace('.', "/")));
    project.by_path(&path).is_none_or(|id| import_time::reached(project, id, false).contains(&module))
}

/// The plan for calls whose app a server can load already.
fn done(desk: &Desk<'_>, serves: Vec<usize>, target: Target) -> Move {
    let served = desk.served(&serves);
    let (outcome, told) = (Outcome::Done { target }, Vec::new());
    Move { serves, told, outcome, notes: Vec::new(), served, documented: Vec::new() }
}

fn manual(desk: &Desk<'_>, serves: Vec<usize>, refusal: Refusal) -> Move {
    let served = desk.served(&serves);
    let outcome = Outcome::Manual { reason: refusal.reason, hint: refusal.hint };
    Move { serves, told: Vec::new(), outcome, notes: refusal.notes, served, documented: Vec::new() }
}

/// Plans the one `wsgi.py` of a folder.
fn folder(desk: &Desk<'_>, dir: &str, sketches: Vec<Sketch>, options: &Options) -> Vec<Move> {
    let mut groups: Vec<(Option<AppObject>, Vec<Sketch>)> = Vec::new();
    for sketch in sketches {
        let same = |group: &[Sketch]| {
            let known = group.iter().filter_map(|other| other.variant.as_ref());
            sketch.variant.is_none() || known.into_iter().all(|variant| Some(variant) == sketch.variant.as_ref())
        };
        match groups.iter_mut().find(|(app, group)| app.is_some() && *app == sketch.app && same(group)) {
            Some((_, group)) => group.push(sketch),
            None => groups.push((sketch.app.clone(), vec![sketch])),
        }
    }
    // A manager that has an app of its own, for its commands, serves nobody beside a real one.
    if groups.iter().any(|(_, group)| group.iter().any(|sketch| sketch.rank != sketch::MANAGER)) {
        groups.retain(|(_, group)| group.iter().any(|sketch| sketch.rank != sketch::MANAGER));
    }
    if groups.len() == 1 {
        return groups.pop().map(|(_, group)| together(desk, dir, group)).unwrap_or_default();
    }
    let flags: Vec<String> =
        groups.iter().filter_map(|(_, group)| group.first()).map(|sketch| sketch.flag.clone()).collect();
    let chosen = options.app.as_ref().and_then(|wanted| flags.iter().position(|flag| names_same(flag, wanted)));
    // Those that are served already are not the ones to choose from.
    let served: Vec<Option<Target>> = groups
        .iter()
        .map(|(app, group)| desk.exposed(dir, app.as_ref()).or_else(|| loaded(desk, app.as_ref(), group)))
        .collect();
    let mut moves = Vec::new();
    for (index, (_, group)) in groups.into_iter().enumerate() {
        let serves = || group.iter().flat_map(|sketch| sketch.serves.clone()).collect();
        if chosen == Some(index) {
            moves.extend(together(desk, dir, group));
        } else if let Some(target) = &served[index] {
            let keeps = target.module != "wsgi" || group.iter().all(|sketch| matches!(sketch.script, Script::Keep));
            if keeps {
                moves.push(done(desk, serves(), target.clone()));
            } else {
                moves.extend(together(desk, dir, group));
            }
        } else {
            let place = if dir.is_empty() { "this folder".to_owned() } else { format!("`{dir}`") };
            let reason = format!("{place} holds {} apps, and one `wsgi.py` serves one", flags.len());
            let hint = match served.iter().flatten().next() {
                Some(Target { module, name, .. }) => format!(
                    "`{module}:{name}` is served already; to serve this one, choose it with `--app {}`, or move it to a folder of its own",
                    flags[index]
                ),
                None => {
                    let others: Vec<String> = flags.iter().map(|flag| format!("`--app {flag}`")).collect();
                    format!("choose one with {}, or move each app to a folder of its own", others.join(" or "))
                }
            };
            moves.push(manual(desk, serves(), Refusal { reason, hint, notes: Vec::new() }));
        }
    }
    moves
}

/// How a server is told today to load the app of modules that do nothing for it but to start it.
fn loaded(desk: &Desk<'_>, app: Option<&AppObject>, group: &[Sketch]) -> Option<Target> {
    let modules = group.iter().flat_map(|sketch| &sketch.serves).map(|index| desk.facts.serves[*index].module);
    let target = modules.into_iter().find_map(|module| desk.loaded(module, app));
    target.filter(|_| !group.iter().any(|sketch| sketch.does_work))
}

/// How a server is told today to load an app from another module than those that start it.
fn loaded_elsewhere(desk: &Desk<'_>, first: &Sketch, serves: &[usize]) -> Option<Target> {
    let starts: Vec<ModuleId> = serves.iter().map(|index| desk.facts.serves[*index].module).collect();
    desk.loaded_elsewhere(&starts, first.app.as_ref()?)
}

/// Plans the move of one app that one or several modules of a folder start.
fn together(desk: &Desk<'_>, dir: &str, mut group: Vec<Sketch>) -> Vec<Move> {
    // The module that does the most for the app is the one to import.
    group.sort_by_key(|sketch| sketch.rank);
    let serves: Vec<usize> = group.iter().flat_map(|sketch| sketch.serves.clone()).collect();
    let mut served = desk.served(&serves);
    served.one_worker = group.iter().find_map(|sketch| sketch.one_worker.clone());
    let path = ProjectPath::in_dir(dir, "wsgi.py");
    let exists = desk.tree.exists(&path);
    let first = &group[0];
    if !exists
        && first.own.is_none()
        && let Some(target) = loaded_elsewhere(desk, first, &serves)
    {
        // What is served there has what it needs, and what starts it here is for development.
        return vec![done(desk, serves, target)];
    }
    let mut fix =
        Fix { title: String::new(), applicability: Applicability::Safe, edits: Vec::new(), files: Vec::new() };
    let mut target = Target { dir: dir.to_owned(), module: "wsgi".to_owned(), name: "app".to_owned() };
    let mut notes = Vec::new();
    // Whether what the launchers do besides is known to be done by the `wsgi.py` that is there.
    let mut covered = true;
    if let Some(own) = &first.own {
        target = own.clone();
    } else if desk.project.has_file(&ProjectPath::in_dir(dir, "wsgi/__init__.py")) {
        let refusal = Refusal {
            reason: format!(
                "`import wsgi` finds the package `{}/`, not a `wsgi.py` beside it",
                ProjectPath::in_dir(dir, "wsgi")
            ),
            hint: "give the package another name, and run flaskship again".to_owned(),
            notes: group.iter().flat_map(|sketch| sketch.notes.clone()).collect(),
        };
        return vec![manual(desk, serves, refusal)];
    } else if !exists {
        fix.files.push(FileEdit::Create { path: path.clone(), text: first.text.clone() });
        notes.extend(group.iter().flat_map(|sketch| sketch.notes.clone()));
    } else if desk.text(&path).is_some_and(|text| text.replace("\r\n", "\n") == first.text) {
        // The `wsgi.py` of an earlier run.
        let undone = group.iter().flat_map(|sketch| &sketch.notes).filter(|note| note.about == About::Undone);
        notes.extend(undone.cloned());
    } else if let Some(found) = desk.exposed(dir, first.app.as_ref()) {
        target = found;
        covered = false;
    } else {
        let (reason, hint) = not_exposed(desk, dir, &path, first);
        let notes = group.iter().flat_map(|sketch| sketch.notes.clone()).collect();
        return vec![manual(desk, serves, Refusal { reason, hint, notes })];
    }
    let creates = !fix.files.is_empty();
    // A `wsgi.py` that gets the app elsewhere does not import these scripts.
    let elsewhere = !creates && (first.own.is_some() || !covered);
    for (index, sketch) in group.iter().enumerate() {
        // What another launcher of the same app does is not in this `wsgi.py`, so it stays.
        let settled = !sketch.does_work || (covered && index == 0);
        if creates {
            fix.applicability = fix.applicability.min(sketch.applicability);
        }
        match &sketch.script {
            Script::Edit(_) if elsewhere && sketch.only_for_wsgi => {}
            Script::Edit(edits) if settled => fix.edits.extend(edits.iter().cloned()),
            Script::Remove(path) if settled => fix.files.push(FileEdit::Remove { path: path.clone() }),
            _ => {}
        }
        notes.extend(sketch.lasting.iter().cloned());
    }
    let only_alias = fix.edits.is_empty() && fix.files.is_empty();
    let aliased = !creates && alias::add(desk, &target, &mut fix.edits);
    if aliased {
        target.name = "app".to_owned();
    }
    let mut moves = skipped(desk, &path, &group, elsewhere);
    let told = serves.clone();
    if fix.edits.is_empty() && fix.files.is_empty() {
        moves.push(Move { serves, told, outcome: Outcome::Done { target }, notes, served, documented: Vec::new() });
        return moves;
    }
    let by_hand: Vec<usize> = moves.iter().flat_map(|planned| planned.serves.clone()).collect();
    let mut serves: Vec<usize> = serves.into_iter().filter(|index| !by_hand.contains(index)).collect();
    if !creates && group.iter().any(|sketch| !matches!(sketch.script, Script::Keep)) {
        fix.applicability = group.iter().map(|sketch| sketch.applicability).min().unwrap_or(Applicability::Safe);
    }
    fix.title = if creates {
        let left = group.iter().find_map(|sketch| sketch.left);
        let left = left.map_or_else(String::new, |variable| format!(", without `{variable}`"));
        format!("serve the app from `{path}`{left}")
    } else if aliased && only_alias {
        format!("give the app the name `app` in `{path}`")
    } else {
        "remove the development server".to_owned()
    };
    notes.sort();
    notes.dedup();
    // Beside a `wsgi.py` that is there, a script that stays as it is is no part of the fix.
    if !creates && !only_alias {
        let module = |index: usize| desk.facts.serves[index].module;
        let touched = |index: usize| {
            let path = desk.project.module(module(index)).path();
            let removes = |file: &FileEdit| matches!(file, FileEdit::Remove { path: removed } if removed == path);
            fix.edits.iter().any(|edit| edit.path == *path) || fix.files.iter().any(removes)
        };
        let (edited, kept): (Vec<usize>, Vec<usize>) = serves.into_iter().partition(|index| touched(*index));
        serves = edited;
        let (own, others) =
            notes.into_iter().partition(|note| kept.iter().any(|index| module(*index) == note.place.module));
        notes = others;
        if !kept.is_empty() {
            moves.push(Move { notes: own, ..done(desk, kept, target.clone()) });
        }
    }
    moves.push(Move { serves, told, outcome: Outcome::Move { fix, target }, notes, served, documented: Vec::new() });
    moves
}

/// Why a `wsgi.py` that is there keeps an app from being served, and what a person does about it.
fn not_exposed(desk: &Desk<'_>, dir: &str, path: &ProjectPath, sketch: &Sketch) -> (String, String) {
    // Whatever is added would take the name from the app that has it.
    if let Some(Target { module, name, .. }) = desk.exposed(dir, None).filter(|_| sketch.app.is_some()) {
        return (
            format!("`{path}` serves another app"),
            format!(
                "leave it as it is where `{module}:{name}` is the app to serve, or move this one to a folder of its own"
            ),
        );
    }
    let lines = sketch.text.lines().filter(|line| !line.is_empty() && !line.starts_with(['"', '_']));
    let lines: Vec<String> = lines.map(|line| format!("`{line}`")).collect();
    let lines = lines.join(", ");
    let made = match &sketch.script {
        Script::Edit(edits) => edits.iter().find_map(|edit| {
            let (_, rest) = edit.text.split_once("def ")?;
            Some((edit.path.clone(), rest.split_once('(')?.0.to_owned()))
        }),
        _ => None,
    };
    let hint = match made {
        Some((script, name)) => format!(
            "put what `{script}` does before it starts the server into a function of it, `{name}`, and add to `{path}`: \
             {lines}"
        ),
        None => format!("add to `{path}`: {lines}"),
    };
    (format!("`{path}` exists and does not expose this app as `app`"), hint)
}

/// What is left to a person where a `wsgi.py` gets the app `elsewhere` than from a script that does
/// something for it: whether the app needs that is not ours to say.
fn skipped(desk: &Desk<'_>, path: &ProjectPath, group: &[Sketch], elsewhere: bool) -> Vec<Move> {
    let text = desk.text(path).unwrap_or_default();
    let does_so = |sketch: &Sketch| !sketch.calls.is_empty() && sketch.calls.iter().all(|name| has_word(&text, name));
    let skipped = group.iter().filter(|sketch| elsewhere && sketch.does_work && !does_so(sketch));
    skipped
        .map(|sketch| {
            let refusal = Refusal {
                reason: format!("`{path}` gets the app without what this script does for it"),
                hint: format!(
                    "do it in `{path}` too where the app needs it, and remove it here with the start-up call"
                ),
                notes: sketch
                    .notes
                    .iter()
                    .filter(|note| matches!(note.about, About::InGuard | About::AfterRun))
                    .cloned()
                    .collect(),
            };
            manual(desk, sketch.serves.clone(), refusal)
        })
        .collect()
}
