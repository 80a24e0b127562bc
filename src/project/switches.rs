//! Variables set around the code that turn debug mode on because of what the code makes of them:
//! `DEBUG=1` beside `app.run(debug=os.getenv("DEBUG") == "1")`.
//!
//! What a variable means is for the code to say, so the code is asked: its facts are worked out once
//! more for a process that is given the variables of one block, and what is on then and was off
//! before is theirs. What turns it off again is found the same way.

mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::around::Around;
use super::environment::{self, Effect, Standing, Variable};
use super::facts::{Argument, Facts, Given, Known, Place, Serve, Setting, Verdict, When};
use super::launch::What;
use super::scope::{self, Scope};
use super::{Answer, ModuleId, Project};
use crate::source::{ProjectPath, in_parallel, is_in, with_parents};

use seen::{Key, Lit, Seen};

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
    /// Whether its value is there to choose something. A URL or a secret has no opposite: that it is set at
    /// all is what the code asks, and what the code chooses then is wrong.
    pub(crate) chooses: bool,
}

/// What takes the effect of a variable away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another value.
    Value(String),
    /// Not to set it.
    Deletion,
}

/// The variables that turn on what the code makes of them.
pub(crate) fn switches(project: &Project, facts: &Facts<'_>, around: &Around) -> Vec<Switch> {
    // Asked for every variable and place: searching all files each time took a tenth of a run over 25,000.
    let programs = project.files.iter().filter(|file| is_program(file)).map(ProjectPath::dir).collect();
    let islands: Arc<[usize]> = project.islands().into();
    let mut dormant: BTreeMap<usize, Vec<Hinge<'_>>> = BTreeMap::new();
    for (module, hinge) in self::dormant(facts) {
        dormant.entry(islands[module.0]).or_default().push(hinge);
    }
    let with_apps = facts.apps.keys().copied().chain(facts.serves.iter().map(|serve| serve.module));
    let apps =
        with_apps.map(|module| project.module(module).path()).filter(|path| !super::eval::is_test(path.as_str()));
    let apps = apps.map(ProjectPath::dir).collect();
    let seen = Seen::new(project, Arc::clone(&islands));
    let looks = Looks { project, around, facts, islands, dormant, programs, apps, seen };
    let mut blocks: BTreeMap<(&ProjectPath, usize, Scope, Standing), Vec<usize>> = BTreeMap::new();
    for (at, variable) in around.variables.iter().enumerate() {
        if looks.is_candidate(variable) {
            let block = (&variable.path, variable.block.start, variable.scope, variable.standing);
            blocks.entry(block).or_default().push(at);
        }
    }
    let blocks: Vec<Vec<usize>> = blocks.into_values().collect();
    let reached: Vec<BTreeSet<usize>> = blocks.iter().map(|block| looks.reached(block)).collect();
    let all = |(block, islands): (&Vec<usize>, &BTreeSet<usize>)| {
        let given = looks.given(&looks.variables(block), &[], None);
        islands.iter().map(move |island| (*island, given.clone())).collect::<Vec<_>>()
    };
    looks.seen.look_ahead(blocks.iter().zip(&reached).flat_map(all).collect());
    let blocks: Vec<(Vec<usize>, BTreeSet<usize>)> = blocks.into_iter().zip(reached).collect();
    in_parallel(&blocks, |(block, islands)| looks.block(block, islands)).into_iter().flatten().collect()
}

/// Looks at the code under one environment after the other.
struct Looks<'a> {
    project: &'a Project,
    around: &'a Around,
    facts: &'a Facts<'a>,
    islands: Arc<[usize]>,
    /// The islands in which something may be turned on that is off by default, and what that hangs on.
    dormant: BTreeMap<usize, Vec<Hinge<'a>>>,
    /// The folders that hold a program, and those with an app.
    programs: BTreeSet<&'a str>,
    apps: BTreeSet<&'a str>,
    seen: Seen<'a>,
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

    fn variables(&self, block: &[usize]) -> Vec<&Variable> {
        let around = self.around;
        block.iter().map(|at| &around.variables[*at]).collect()
    }

    /// The islands in which the variables of a block may turn something on.
    fn reached(&self, block: &[usize]) -> BTreeSet<usize> {
        let variables = self.variables(block);
        let is_one = |name: &String| variables.iter().any(|variable| variable.name == *name);
        let may_turn = |hinge: &Hinge<'_>| hinge.is_none_or(|names| names.iter().any(is_one));
        let is_open = |island: &usize| self.dormant.get(island).is_some_and(|hinges| hinges.iter().any(may_turn));
        let asked = |variable: &&Variable| {
            let places = self.asking(variable).into_iter();
            places.map(|place| self.islands[place.module.0]).collect::<BTreeSet<usize>>()
        };
        let islands = |variable: &&Variable| {
            asked(variable).into_iter().filter(|island| is_open(island) || is_old(variable)).collect::<Vec<usize>>()
        };
        variables.iter().flat_map(islands).collect()
    }

    /// What a variable that chooses development keeps on, though the code would do the same without it. That
    /// is the default's doing, but for one that Flask gave a meaning it must not be said to have none.
    fn kept(&self, islands: &BTreeSet<usize>, variables: &[&Variable], at: usize, all: &Lit) -> BTreeSet<Key> {
        if !is_old(variables[at]) {
            return BTreeSet::new();
        }
        let other = self.look(islands, variables, &[at], Effect::OldDebug.off());
        all.on.keys().filter(|key| !other.on.contains_key(*key)).copied().collect()
    }

    /// The variables of one block that turn something on.
    fn block(&self, block: &[usize], islands: &BTreeSet<usize>) -> Vec<Switch> {
        let variables = self.variables(block);
        let (before, all) = (self.look(islands, &[], &[], None), self.look(islands, &variables, &[], None));
        let serves = self.starts_scripts(variables[0]);
        let new: BTreeMap<Key, (Place, bool)> = all
            .on
            .iter()
            .filter(|(key, (_, served))| !before.on.contains_key(*key) && (serves || !served))
            .map(|(key, value)| (*key, *value))
            .collect();
        if new.is_empty() {
            let kept = (0..variables.len()).map(|at| (at, self.kept(islands, &variables, at, &all)));
            let kept = kept.filter(|(_, own)| own.iter().any(|key| serves || !all.on[key].1));
            return kept
                .map(|(at, own)| self.switch((block, at), &variables, islands, &before, (&all, &own)))
                .collect();
        }
        // What has nothing to do with these need not be walked again for each variable.
        let islands: BTreeSet<usize> = new.keys().map(|(place, _)| self.islands[place.module.0]).collect();
        let (before, all) = (self.look(&islands, &[], &[], None), self.look(&islands, &variables, &[], None));
        // What is off without a variable is on because of it.
        let mut by: Vec<(usize, BTreeSet<Key>)> = Vec::new();
        for at in self.needed(&islands, &variables, (0..variables.len()).collect(), &new) {
            let without = self.look(&islands, &variables, &[at], None);
            let own = new.keys().filter(|key| !without.on.contains_key(*key) && !taken(&by, key)).copied().collect();
            by.push((at, own));
        }
        // Each of several may do; then the first is where it is told.
        if by.iter().all(|(_, own)| own.is_empty()) {
            let alone = |variable: &Variable| {
                let lit = self.look(&islands, &[variable], &[], None);
                new.keys().any(|key| lit.on.contains_key(key))
            };
            let first = variables.iter().position(|variable| alone(variable));
            by = first.map(|at| (at, new.keys().copied().collect())).into_iter().collect();
        }
        by.retain(|(_, own)| !own.is_empty());
        by.into_iter().map(|(at, own)| self.switch((block, at), &variables, &islands, &before, (&all, &own))).collect()
    }

    /// Those of some variables of a block without which something of `new` is off. Most variables have
    /// nothing to do with it, so that half of them are left out at once as long as all stays on.
    fn needed(
        &self,
        islands: &BTreeSet<usize>,
        variables: &[&Variable],
        some: Vec<usize>,
        new: &BTreeMap<Key, (Place, bool)>,
    ) -> Vec<usize> {
        let without = self.look(islands, variables, &some, None);
        if new.keys().all(|key| without.on.contains_key(key)) {
            return Vec::new();
        }
        let (one, other) = some.split_at(some.len() / 2);
        if one.is_empty() {
            return some;
        }
        let mut needed = self.needed(islands, variables, one.to_vec(), new);
        needed.extend(self.needed(islands, variables, other.to_vec(), new));
        needed
    }

    fn switch(
        &self,
        (block, at): (&[usize], usize),
        variables: &[&Variable],
        islands: &BTreeSet<usize>,
        before: &Lit,
        (all, own): (&Lit, &BTreeSet<Key>),
    ) -> Switch {
        let variable = variables[at];
        let is_off = |value: Option<&str>| {
            let lit = self.look(islands, variables, &[at], value);
            let sure = lit.unsure.iter().all(|key| before.unsure.contains(key) || all.unsure.contains(key));
            let there = lit.missing.iter().all(|place| all.missing.contains(place));
            sure && there && !own.iter().any(|key| lit.on.contains_key(key))
        };
        let value = environment::resolve(&variable.value).unwrap_or_default();
        let chooses = chooses(&variable.name, value);
        let remedy = || {
            let other = opposites(value).into_iter().find(|value| is_off(Some(value)));
            other.map(Remedy::Value).or_else(|| is_off(None).then_some(Remedy::Deletion))
        };
        let remedy = if chooses { remedy() } else { None };
        let values: Vec<Place> = own.iter().filter_map(|key| all.on.get(key)).map(|(value, _)| *value).collect();
        let reads = self.asking(variable);
        let within =
            |read: &Place| values.iter().any(|value| value.module == read.module && value.span.contains(read.span));
        let read = reads.iter().find(|read| within(read)).or_else(|| reads.first()).copied();
        let debug_only = reads.iter().all(within) && own.len() <= 2;
        let mut settings: Vec<Place> = own.iter().map(|(place, _)| *place).collect();
        settings.dedup();
        Switch { variable: block[at], settings, read, remedy, debug_only, chooses }
    }

    /// What is on in some islands for a process that is given these variables, some of them with another
    /// value or not at all.
    fn look(&self, islands: &BTreeSet<usize>, variables: &[&Variable], but: &[usize], instead: Option<&str>) -> Lit {
        let given = self.given(variables, but, instead);
        let mut lit = Lit::default();
        islands.iter().for_each(|island| lit.add(&self.seen.look(*island, &given)));
        lit
    }

    /// The environment of such a process.
    fn given(&self, variables: &[&Variable], but: &[usize], instead: Option<&str>) -> Given {
        let mut given = Given::default();
        for (at, variable) in variables.iter().enumerate() {
            let value = if but.contains(&at) { instead } else { environment::resolve(&variable.value) };
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
        given
    }

    /// Whether what the variable is set for may be a script that starts the development server itself:
    /// a WSGI server and `flask run` never come to that.
    fn starts_scripts(&self, variable: &Variable) -> bool {
        let mut beside = self.around.launches.iter().filter(|launch| launch.path == variable.path).peekable();
        beside.peek().is_none() || beside.any(|launch| matches!(launch.what, What::Script { .. } | What::Code { .. }))
    }
}

/// Whether a variable is one to which older versions of Flask gave a meaning.
fn is_old(variable: &Variable) -> bool {
    environment::effect(&variable.name, &variable.value) == Some(Effect::OldDebug)
}

fn taken(by: &[(usize, BTreeSet<Key>)], key: &Key) -> bool {
    by.iter().any(|(_, own)| own.contains(key))
}

/// What a setting that may yet be turned on hangs on: these variables, or anything where it is `None`.
type Hinge<'a> = Option<&'a BTreeSet<String>>;

/// The modules with a setting that more than their own text decides, and what it hangs on.
fn dormant<'a>(facts: &'a Facts<'_>) -> Vec<(ModuleId, Hinge<'a>)> {
    let open = |setting: &'a Setting, when: When| -> Option<Hinge<'a>> {
        let decided = matches!(setting.verdict(when), Verdict::On | Verdict::Off) && setting.known != Known::Unknown;
        (!decided).then(|| setting.hangs_on.as_ref().filter(|_| when == When::Default))
    };
    let of_serve = |serve: &'a Serve<'_>| {
        let tells = |it: &&Argument| matches!(it.name.as_str(), "debug" | "use_debugger");
        let arguments = serve.arguments.iter().filter(tells).filter_map(move |it| open(&it.setting, serve.when));
        serve.open.then_some(None).into_iter().chain(arguments).map(|hinge| (serve.module, hinge))
    };
    let writes =
        facts.debug_writes.iter().filter_map(|write| Some((write.place.module, open(&write.setting, write.when)?)));
    let debuggers = facts.debuggers.iter().filter_map(|debugger| {
        let by_place = (debugger.when != When::Default).then_some(None);
        let hinge = by_place.or_else(|| open(debugger.console.as_ref()?, debugger.when))?;
        Some((debugger.place.module, hinge))
    });
    let variables = facts
        .environment_writes
        .iter()
        .filter(|write| write.when != When::Default || !matches!(write.setting.known, Known::Constant(_)))
        .map(|write| (write.place.module, write.setting.hangs_on.as_ref().filter(|_| write.when == When::Default)));
    let serves = facts.serves.iter().flat_map(of_serve);
    let undecided = facts.undecided.iter().map(|module| (*module, None));
    serves.chain(writes).chain(debuggers).chain(variables).chain(undecided).collect()
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

/// Words of names whose values are what they are, and choose nothing.
const HOLDERS: &[&str] = &[
    "DATABASE", "DB", "DSN", "EMAIL", "HOST", "KEY", "PASSWD", "PASSWORD", "PORT", "SECRET", "TOKEN", "URI", "URL",
    "USER", "USERNAME",
];

/// Words of names whose values choose something, whatever they are.
const CHOOSERS: &[&str] =
    &["CONFIG", "CONFIGURATION", "DEBUG", "DEV", "ENV", "ENVIRONMENT", "MODE", "PROFILE", "SETTINGS", "STAGE"];

/// Whether the value of a variable is there to choose something, so that another may stand in its place.
fn chooses(name: &str, value: &str) -> bool {
    let said = |words: &[&str]| name.to_ascii_uppercase().split('_').any(|part| words.contains(&part));
    let lower = value.to_ascii_lowercase();
    let is_choice = value.parse::<f64>().is_ok()
        || PAIRS.iter().any(|(on, off)| {
            let is = |word: &str| lower == word || word.len() > 2 && lower.contains(word);
            is(on) || off.iter().any(|off| is(off))
        });
    !value.contains("://") && (said(CHOOSERS) || is_choice && !said(HOLDERS))
}

/// What turns something on, and what turns it off.
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

/// Values that say the opposite of one, in its style, the likeliest first.
fn opposites(value: &str) -> Vec<String> {
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
