//! Looks at the code in one environment after the other, none of them taken twice.
//!
//! A look walks an island of the code, which takes as long as all else in a run. Most variables that are set
//! around the code have nothing to do with debug mode, and many files set the same, so that what a look
//! depended on is remembered with it: it answers for each environment that says the same of that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::environment::{self, Effect};
use super::super::facts::{Const, Facts, Given, Known, Place, Server, Verdict, When};
use super::super::{ModuleId, Project};
use crate::source::in_parallel;

/// A debug setting: where it is written, and the call that reads it from there.
pub(super) type Key = (Place, Option<Place>);

/// What is on, and what cannot be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Lit {
    /// The settings that are on, with the expression of each value, and whether only a development
    /// server that the code starts is told.
    pub(super) on: BTreeMap<Key, (Place, bool)>,
    pub(super) unsure: BTreeSet<Key>,
    pub(super) missing: BTreeSet<Place>,
}

impl Lit {
    /// Adds what was seen in another island.
    pub(super) fn add(&mut self, other: &Self) {
        self.on.extend(&other.on);
        self.unsure.extend(&other.unsure);
        self.missing.extend(&other.missing);
    }
}

/// A look that was taken.
struct Look {
    island: usize,
    given: Given,
    /// The variables that it depended on.
    depends: BTreeSet<String>,
    lit: Arc<Lit>,
}

/// The looks that were taken.
pub(super) struct Seen<'a> {
    project: &'a Project,
    islands: Arc<[usize]>,
    looks: Mutex<Vec<Look>>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(project: &'a Project, islands: Arc<[usize]>) -> Self {
        Self { project, islands, looks: Mutex::default() }
    }

    /// What is on in an island in an environment.
    pub(super) fn look(&self, island: usize, given: &Given) -> Arc<Lit> {
        self.known(island, given).unwrap_or_else(|| self.take(island, given))
    }

    /// Takes looks side by side, the first of each island for a process that is given nothing: what that
    /// depends on tells which of the others are the same.
    pub(super) fn look_ahead(&self, wanted: Vec<(usize, Given)>) {
        let islands: BTreeSet<usize> = wanted.iter().map(|(island, _)| *island).collect();
        let islands: Vec<usize> = islands.into_iter().collect();
        in_parallel(&islands, |island| self.take(*island, &Given::default()));
        let mut differing: Vec<(usize, Given)> = Vec::new();
        for (island, given) in wanted {
            let is_same = |(other, have): &(usize, Given)| *other == island && self.is_same(island, have, &given);
            if self.known(island, &given).is_none() && !differing.iter().any(is_same) {
                differing.push((island, given));
            }
        }
        in_parallel(&differing, |(island, given)| self.look(*island, given));
    }

    /// Whether two environments say the same of what the first look at an island depended on.
    fn is_same(&self, island: usize, one: &Given, other: &Given) -> bool {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.iter().find(|look| look.island == island).is_some_and(|first| one.agrees(other, &first.depends))
    }

    fn known(&self, island: usize, given: &Given) -> Option<Arc<Lit>> {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let known = looks.iter().find(|look| look.island == island && look.given.agrees(given, &look.depends))?;
        Some(Arc::clone(&known.lit))
    }

    fn take(&self, island: usize, given: &Given) -> Arc<Lit> {
        let of_island = |id: &ModuleId| self.islands[id.0] == island && !self.is_test(*id);
        let modules = self.project.iter().map(|(id, _)| id).filter(of_island).collect();
        let (facts, depends) = Facts::gather_given(self.project, &self.islands, given, modules);
        let lit = Arc::new(lit(self.project, &facts));
        let look = Look { island, given: given.clone(), depends, lit: Arc::clone(&lit) };
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).push(look);
        lit
    }

    fn is_test(&self, id: ModuleId) -> bool {
        super::super::eval::is_test(self.project.module(id).path().as_str())
    }
}

/// What is on, and what cannot be told; tests are left out.
fn lit(project: &Project, facts: &Facts<'_>) -> Lit {
    let mut lit = Lit { missing: facts.missing.clone(), ..Lit::default() };
    let mut take = |key: Key, value: Place, served: bool, verdict: Verdict| {
        if super::super::eval::is_test(project.module(key.0.module).path().as_str()) {
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
