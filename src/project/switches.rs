//! Variables set around the code that turn debug mode on because of what the code makes of them:
//! `DEBUG=1` beside `app.run(debug=os.getenv("DEBUG") == "1")`.
//!
//! What a variable means is for the code to say, so the code is asked: its facts are worked out once
//! more for a process that is given the variables of one block, and what is on then and was off
//! before is theirs. What turns it off again is found the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::around::Around;
use super::environment::{self, Effect, Standing, Variable};
use super::facts::{Argument, Const, Facts, Given, Known, Place, Serve, Server, Setting, Verdict, When};
use super::launch::What;
use super::scope::{self, Scope};
use super::{Answer, ModuleId, Project};
use crate::source::{ProjectPath, is_in, with_parents};

/// A variable that turns debug settings of the code on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// The variable, by its place in [`Around::variables`].
    pub(crate) variable: usize,
    /// The debug settings that it turns on.
    pub(crate) settings: Vec<Place>,
    /// Where the code reads it.
    pub(crate) read: Option<Place>,
    /// What takes its effect away, proven by another look at the code.
    pub(crate) remedy: Option<Remedy>,
    /// Whether nothing but a debug setting hangs on it.
    pub(crate) debug_only: bool,
}

/// What takes the effect of a variable away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another value.
    Value(String),
    /// Not to set it.
    Deletion,
}

/// A debug setting: where it is written, and the call that reads it from there.
type Key = (Place, Option<Place>);

/// What is on, and what cannot be told.
#[derive(Debug, Default)]
struct Lit {
    /// The settings that are on, with the expression of each value, and whether only a development
    /// server that the code starts is told.
    on: BTreeMap<Key, (Place, bool)>,
    unsure: BTreeSet<Key>,
    missing: BTreeSet<Place>,
}

/// The variables that turn on what the code makes of them.
pub(crate) fn switches(project: &Project, facts: &Facts<'_>, around: &Around) -> Vec<Switch> {
    // Asked for every variable and place: searching all files each time took a tenth of a run over 25,000.
    let programs = project.files.iter().filter(|file| is_program(file)).map(ProjectPath::dir).collect();
    let (before, islands): (Lit, Arc<[usize]>) = (lit(project, facts), project.islands().into());
    let dormant = dormant(facts).into_iter().map(|module: ModuleId| islands[module.0]).collect();
    let with_apps = facts.apps.keys().copied().chain(facts.serves.iter().map(|serve| serve.module));
    let apps =
        with_apps.map(|module| project.module(module).path()).filter(|path| !super::eval::is_test(path.as_str()));
    let apps = apps.map(ProjectPath::dir).collect();
    let mut looks = Looks { project, around, facts, before, islands, dormant, programs, apps };
    let mut blocks: BTreeMap<(&ProjectPath, usize, Scope, Standing), Vec<usize>> = BTreeMap::new();
    for (at, variable) in around.variables.iter().enumerate() {
        if looks.is_candidate(variable) {
            let block = (&variable.path, variable.block.start, variable.scope, variable.standing);
            blocks.entry(block).or_default().push(at);
        }
    }
    blocks.values().flat_map(|block| looks.block(block)).collect()
}

/// Looks at the code under one environment after the other.
struct Looks<'a> {
    project: &'a Project,
    around: &'a Around,
    facts: &'a Facts<'a>,
    /// What is on when nothing is given.
    before: Lit,
    islands: Arc<[usize]>,
    /// The islands in which something may be turned on that is off by default.
    dormant: BTreeSet<usize>,
    /// The folders that hold a program, and those with an app.
    programs: BTreeSet<&'a str>,
    apps: BTreeSet<&'a str>,
}

impl Looks<'_> {
    /// Whether the code may turn something on because of a variable.
    fn is_candidate(&self, variable: &Variable) -> bool {
        let by_itself = match environment::effect(&variable.name, &variable.value) {
            // Without an effect of its own, the code may still give it one.
            Some(Effect::OldDebug) => self.around.dependencies.flask_before_2_3().0 == Answer::Yes,
            effect => effect.is_some(),
        };
        !by_itself
            && variable.scope != Scope::Test
            && !matches!(variable.standing, Standing::Overridden | Standing::Request)
            && environment::resolve(&variable.value).is_some_and(|value| !value.is_empty())
            && !SYSTEM.contains(&variable.name.as_str())
            && !self.asking(variable).is_empty()
    }

    /// The places that ask for a variable and may be reached by it: those in the folder that it is set
    /// for. A folder with a program of its own says nothing about another's; one with none is there for
    /// the nearest app, or the nearest that asks.
    fn asking(&self, variable: &Variable) -> Vec<Place> {
        let Some(home) = &variable.home else { return Vec::new() };
        let from = (variable.name.clone(), Place::FIRST);
        let asked = self.facts.asked.range(from..).take_while(|(name, _)| *name == variable.name);
        let places: Vec<Place> = asked.map(|(_, place)| *place).filter(|place| !self.is_test(*place)).collect();
        for dir in with_parents(home) {
            let inside = |place: &Place| is_in(self.project.module(place.module).path().dir(), dir);
            let found: Vec<Place> = places.iter().copied().filter(inside).collect();
            let is_done = || self.programs.contains(home.as_str()) || self.apps.iter().any(|app| is_in(app, dir));
            if !found.is_empty() || is_done() {
                return found;
            }
        }
        Vec::new()
    }

    fn is_test(&self, place: Place) -> bool {
        super::eval::is_test(self.project.module(place.module).path().as_str())
    }

    /// The variables of one block that turn something on.
    fn block(&mut self, block: &[usize]) -> Vec<Switch> {
        let around = self.around;
        let variables: Vec<&Variable> = block.iter().map(|at| &around.variables[*at]).collect();
        let islands: BTreeSet<usize> = variables
            .iter()
            .flat_map(|variable| self.asking(variable))
            .map(|place| self.islands[place.module.0])
            .filter(|island| self.dormant.contains(island))
            .collect();
        // Each look walks the code once more.
        if islands.is_empty() {
            return Vec::new();
        }
        let modules: Vec<ModuleId> =
            self.project.iter().map(|(id, _)| id).filter(|id| islands.contains(&self.islands[id.0])).collect();
        let all = self.look(&modules, &variables, None);
        let serves = self.starts_scripts(variables[0]);
        let new: BTreeMap<Key, (Place, bool)> = all
            .on
            .iter()
            .filter(|(key, (_, served))| !self.before.on.contains_key(*key) && (serves || !served))
            .map(|(key, value)| (*key, *value))
            .collect();
        if new.is_empty() {
            return Vec::new();
        }
        // What has nothing to do with these need not be walked again for each variable.
        let lit: BTreeSet<usize> = new.keys().map(|(place, _)| self.islands[place.module.0]).collect();
        let modules: Vec<ModuleId> = modules.into_iter().filter(|id| lit.contains(&self.islands[id.0])).collect();
        // What is off without a variable is on because of it.
        let mut by: Vec<(usize, BTreeSet<Key>)> = Vec::new();
        for (at, variable) in variables.iter().enumerate() {
            let without = self.look(&modules, &variables, Some((variable, None)));
            let own = new.keys().filter(|key| !without.on.contains_key(*key) && !taken(&by, key)).copied().collect();
            by.push((at, own));
        }
        // Each of several may do; then the first is where it is told.
        if by.iter().all(|(_, own)| own.is_empty()) {
            let alone = |variable: &Variable| {
                let lit = self.look(&modules, &[variable], None);
                new.keys().any(|key| lit.on.contains_key(key))
            };
            let first = variables.iter().position(|variable| alone(variable));
            by = first.map(|at| (at, new.keys().copied().collect())).into_iter().collect();
        }
        by.retain(|(_, own)| !own.is_empty());
        by.into_iter()
            .map(|(at, own)| self.switch((block[at], variables[at]), &variables, &modules, (&all, &own)))
            .collect()
    }

    fn switch(
        &self,
        (at, variable): (usize, &Variable),
        variables: &[&Variable],
        modules: &[ModuleId],
        (all, own): (&Lit, &BTreeSet<Key>),
    ) -> Switch {
        let is_off = |value: Option<&str>| {
            let lit = self.look(modules, variables, Some((variable, value)));
            let sure = lit.unsure.iter().all(|key| self.before.unsure.contains(key) || all.unsure.contains(key));
            let there = lit.missing.iter().all(|place| all.missing.contains(place));
            sure && there && !own.iter().any(|key| lit.on.contains_key(key))
        };
        let value = environment::resolve(&variable.value).unwrap_or_default();
        let remedy = opposites(value)
            .into_iter()
            .find(|value| is_off(Some(value)))
            .map(Remedy::Value)
            .or_else(|| is_off(None).then_some(Remedy::Deletion));
        let values: Vec<Place> = own.iter().filter_map(|key| all.on.get(key)).map(|(value, _)| *value).collect();
        let reads = self.asking(variable);
        let within =
            |read: &Place| values.iter().any(|value| value.module == read.module && value.span.contains(read.span));
        let read = reads.iter().find(|read| within(read)).or_else(|| reads.first()).copied();
        let debug_only = reads.iter().all(within) && own.len() <= 2;
        let mut settings: Vec<Place> = own.iter().map(|(place, _)| *place).collect();
        settings.dedup();
        Switch { variable: at, settings, read, remedy, debug_only }
    }

    /// What is on for a process that is given these variables, one of them with another value or not
    /// at all.
    fn look(&self, modules: &[ModuleId], variables: &[&Variable], but: Option<(&Variable, Option<&str>)>) -> Lit {
        let mut given = Given::default();
        for variable in variables {
            let mut value = environment::resolve(&variable.value);
            if let Some((other, instead)) = but.filter(|(other, _)| std::ptr::eq(*other, *variable)) {
                debug_assert_eq!(other.name, variable.name);
                value = instead;
            }
            let Some(value) = value else { continue };
            let (name, value) = (variable.name.clone(), value.to_owned());
            let path = loaded_as(&variable.path);
            if !self.around.is_variables_file(&variable.path) || self.around.passes(&path, &name) {
                given.process.insert(name.clone(), value.clone());
            }
            if self.around.is_variables_file(&variable.path) {
                given.files.entry(path).or_default().insert(name, value);
            }
        }
        lit(self.project, &Facts::gather_given(self.project, &self.islands, &given, modules.to_vec()))
    }

    /// Whether what the variable is set for may be a script that starts the development server itself:
    /// a WSGI server and `flask run` never come to that.
    fn starts_scripts(&self, variable: &Variable) -> bool {
        let mut beside = self.around.launches.iter().filter(|launch| launch.path == variable.path).peekable();
        beside.peek().is_none() || beside.any(|launch| matches!(launch.what, What::Script { .. } | What::Code { .. }))
    }
}

fn taken(by: &[(usize, BTreeSet<Key>)], key: &Key) -> bool {
    by.iter().any(|(_, own)| own.contains(key))
}

/// The modules with a setting that more than their own text decides.
fn dormant(facts: &Facts<'_>) -> BTreeSet<ModuleId> {
    let open = |setting: &Setting, when: When| {
        !matches!(setting.verdict(when), Verdict::On | Verdict::Off) || setting.known == Known::Unknown
    };
    let of_serve = |serve: &&Serve<'_>| {
        let tells = |it: &&Argument| matches!(it.name.as_str(), "debug" | "use_debugger");
        serve.open || serve.arguments.iter().filter(tells).any(|it| open(&it.setting, serve.when))
    };
    let serves = facts.serves.iter().filter(of_serve).map(|serve| serve.module);
    let writes = facts.debug_writes.iter().filter(|write| open(&write.setting, write.when));
    let debuggers = facts.debuggers.iter().filter(|debugger| {
        debugger.when != When::Default || debugger.console.as_ref().is_some_and(|console| open(console, debugger.when))
    });
    let variables = facts
        .environment_writes
        .iter()
        .filter(|write| write.when != When::Default || !matches!(write.setting.known, Known::Constant(_)));
    serves
        .chain(writes.map(|write| write.place.module))
        .chain(debuggers.map(|debugger| debugger.place.module))
        .chain(variables.map(|write| write.place.module))
        .chain(facts.undecided.iter().copied())
        .collect()
}

/// What is on, and what cannot be told; tests are left out.
fn lit(project: &Project, facts: &Facts<'_>) -> Lit {
    let mut lit = Lit { missing: facts.missing.clone(), ..Lit::default() };
    let mut take = |key: Key, value: Place, served: bool, verdict: Verdict| {
        if super::eval::is_test(project.module(key.0.module).path().as_str()) {
            return;
        }
        match verdict {
            Verdict::On => drop(lit.on.insert(key, (value, served))),
            Verdict::Unknown | Verdict::MayBeOn => drop(lit.unsure.insert(key)),
            Verdict::OnRequest | Verdict::Off => {}
        }
    };
    for serve in &facts.serves {
        let names: &[&str] = match serve.server {
            Server::Production | Server::Embedded => &[],
            Server::RunSimple | Server::FlaskScript => &["use_debugger"],
            _ => &["debug", "use_debugger"],
        };
        for argument in names.iter().filter_map(|name| serve.argument(name)) {
            take((argument.place, None), argument.value, true, argument.setting.verdict(serve.when));
        }
    }
    for write in facts.debug_writes.iter().filter(|write| !write.overridden) {
        take((write.place, write.via), write.value, false, write.setting.verdict(write.when));
    }
    for debugger in &facts.debuggers {
        let verdict = match (&debugger.console, debugger.when) {
            (Some(console), when) => console.verdict(when),
            (None, When::Default) => Verdict::On,
            (None, _) => Verdict::OnRequest,
        };
        take((debugger.place, None), debugger.place, false, verdict);
    }
    for write in &facts.environment_writes {
        let Known::Constant(Const::Str(value)) = &write.setting.known else { continue };
        let effect = environment::effect(&write.name, value);
        if effect.is_some_and(|effect| effect != Effect::OldDebug) && write.when == When::Default {
            take((write.place, None), write.value, false, Verdict::On);
        }
    }
    lit
}

/// The file that a sample is copied to; any other file itself.
fn loaded_as(path: &ProjectPath) -> ProjectPath {
    if scope::is_sample(path) { path.beside(".env") } else { path.clone() }
}

/// Whether a file makes its folder that of a program.
fn is_program(file: &ProjectPath) -> bool {
    file.is_python()
        || matches!(file.name(), "Cargo.toml" | "Gemfile" | "composer.json" | "go.mod" | "package.json" | "pom.xml")
}

/// Variables with a meaning of their own that has nothing to do with debug mode, set in most files.
const SYSTEM: &[&str] = &["FLASK_APP", "HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TERM", "TZ", "USER"];

/// Values that say the opposite of one, in its style, the likeliest first.
fn opposites(value: &str) -> Vec<String> {
    const PAIRS: &[(&str, &[&str])] = &[
        ("development", &["production", "prod"]),
        ("dev", &["prod", "production"]),
        ("debug", &["production", "release"]),
        ("local", &["production", "prod"]),
        ("true", &["false"]),
        ("yes", &["no"]),
        ("on", &["off"]),
        ("y", &["n"]),
        ("t", &["f"]),
    ];
    let mut found: Vec<String> = Vec::new();
    let lower = value.to_ascii_lowercase();
    if value.parse::<f64>().is_ok() {
        found.push("0".to_owned());
    }
    for (on, off) in PAIRS {
        let Some(at) = lower.find(on).filter(|_| on.len() > 2 || lower == *on) else { continue };
        let written = &value[at..at + on.len()];
        for off in *off {
            let off = in_style(written, off);
            found.push(format!("{}{off}{}", &value[..at], &value[at + on.len()..]));
        }
    }
    for other in ["0", "false", "production", ""] {
        if !found.iter().any(|have| have == other) {
            found.push(other.to_owned());
        }
    }
    found
}

/// A word with its letters as large as those of another.
fn in_style(written: &str, word: &str) -> String {
    let upper = |text: &str| text.chars().all(|letter| letter.is_ascii_uppercase());
    if written.len() > 1 && upper(written) {
        word.to_ascii_uppercase()
    } else if upper(&written[..1]) {
        format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..])
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests;
