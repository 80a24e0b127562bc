//! Dockerfiles: which stage is built last, and what it sets and starts.

use std::collections::BTreeMap;

use super::{Around, Site, image};
use crate::project::environment::{Standing, Variable};
use crate::project::launch::{self, Launch, Reader, What as Starts};
use crate::project::scope::{self, Scope};
use crate::source::{ProjectPath, Span, is_in};
use crate::syntax::command::{self, Command, Shell, Word};
use crate::syntax::dockerfile::{self, Dockerfile, Form, Instruction, What};

/// A stage of a Dockerfile.
struct Stage {
    /// Its name in lower case, or its number.
    name: String,
    /// The image it starts from, in lower case.
    image: String,
    /// The stage it builds on, where that is one of the same file.
    base: Option<usize>,
    /// Its instructions, by place in the file.
    instructions: Vec<usize>,
}

impl Around {
    pub(super) fn dockerfile(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let file = dockerfile::parse(text);
        let stages = stages(&file);
        let built = self.built(&stages);
        for (index, stage) in stages.iter().enumerate() {
            if !built.contains(&index) {
                let own = scope::of_name(&stage.name).within(Scope::Development);
                self.stage_variables(path, &file, &[index], &stages, own, Standing::OtherStage);
                self.stage_command(path, text, &file, &[index], &stages, own);
            }
        }
        for last in self.ends(&stages) {
            let chain = chain(&stages, last);
            let own = scope.within(match scope::of_name(&stages[last].name) {
                Scope::Production => Scope::Production,
                _ => Scope::Unknown,
            });
            self.stage_variables(path, &file, &chain, &stages, own, Standing::Counts);
            self.stage_command(path, text, &file, &chain, &stages, own);
        }
        let commands = image::run(&file);
        let installed = commands.iter().flat_map(launch::installed);
        self.installed.extend(installed.map(|name| (path.dir().to_owned(), name)));
    }

    /// The stages that are built for themselves: those a compose file names, and the last one, unless
    /// it is for development and another is named.
    fn ends(&self, stages: &[Stage]) -> Vec<usize> {
        let mut ends: Vec<usize> =
            (0..stages.len()).filter(|index| self.targets.contains(&stages[*index].name)).collect();
        let for_development = |stage: &Stage| scope::of_name(&stage.name) == Scope::Development;
        if let Some(last) = stages.len().checked_sub(1)
            && !ends.contains(&last)
            && (ends.is_empty() || !for_development(&stages[last]))
        {
            ends.push(last);
        }
        ends
    }

    fn built(&self, stages: &[Stage]) -> Vec<usize> {
        self.ends(stages).into_iter().flat_map(|end| chain(stages, end)).collect()
    }

    fn stage_variables(
        &mut self,
        path: &ProjectPath,
        file: &Dockerfile,
        chain: &[usize],
        stages: &[Stage],
        scope: Scope,
        standing: Standing,
    ) {
        let mut known: BTreeMap<String, String> = arguments(file);
        let python = !chain.first().is_some_and(|first| image::is_no_python(&stages[*first].image));
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        for instruction in instructions(file, chain, stages) {
            let What::Env(pairs) = &instruction.what else { continue };
            for (at, pair) in pairs.iter().enumerate() {
                let value = filled(&pair.value, &known);
                known.insert(pair.name.clone(), value.clone());
                if !self.matters(&pair.name) {
                    continue;
                }
                if let Some(earlier) = last.insert(pair.name.clone(), self.variables.len()) {
                    self.variables[earlier].standing = Standing::Overridden;
                }
                let removal = match (pairs.get(at + 1), at.checked_sub(1).map(|at| &pairs[at])) {
                    (None, None) => instruction.span,
                    (Some(next), _) => Span::new(pair.span.start, next.span.start),
                    (None, Some(previous)) => Span::new(previous.span.end, pair.span.end),
                };
                self.variables.push(Variable {
                    path: path.clone(),
                    name: pair.name.clone(),
                    value,
                    span: pair.span,
                    value_span: pair.value_span,
                    removal: Some(removal),
                    block: Span::empty(0),
                    home: python.then(|| image::home(path, file)),
                    scope,
                    standing,
                });
            }
        }
    }

    /// Gives the commands of scripts that images start the variables of the image.
    pub(super) fn in_images(&mut self) {
        for (image, word, environment) in std::mem::take(&mut self.images) {
            let name = word.rsplit('/').next().unwrap_or(&word);
            let is_script = |launch: &Launch| launch.path.name() == name && is_in(launch.path.dir(), image.dir());
            for launch in self.launches.iter_mut().filter(|launch| launch.path != image && is_script(launch)) {
                for (name, value) in &environment {
                    launch.environment.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }

    /// What the container starts: `ENTRYPOINT` and `CMD` together.
    fn stage_command(
        &mut self,
        path: &ProjectPath,
        text: &str,
        file: &Dockerfile,
        chain: &[usize],
        stages: &[Stage],
        scope: Scope,
    ) {
        let mut entrypoint: Option<&Instruction> = None;
        let mut cmd: Option<&Instruction> = None;
        let mut site = Site::new(path, scope, Reader::Shell);
        for instruction in instructions(file, chain, stages) {
            match &instruction.what {
                What::Entrypoint(_) => entrypoint = Some(instruction),
                What::Cmd(_) => cmd = Some(instruction),
                What::Env(pairs) => {
                    site.environment.extend(pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())))
                }
                What::Other if instruction.keyword == "WORKDIR" => {
                    site.dir = Some(instruction.arguments.of(text).trim().to_owned());
                }
                _ => {}
            }
        }
        let list = |instruction: Option<&Instruction>| match instruction.map(|instruction| &instruction.what) {
            Some(What::Entrypoint(Form::List(words)) | What::Cmd(Form::List(words))) => Some(words.clone()),
            _ => None,
        };
        if let (Some(first), Some(second), Some(before)) = (list(entrypoint), list(cmd), entrypoint) {
            let wraps = first.last().is_some_and(|word| is_wrapper(&word.text));
            if !wraps && self.together(&site, &file.flat, first, second, before) {
                return;
            }
        }
        for instruction in [entrypoint, cmd].into_iter().flatten() {
            let commands = match &instruction.what {
                What::Cmd(Form::List(words)) | What::Entrypoint(Form::List(words)) => {
                    command::from_list(&file.flat, words.clone())
                }
                _ => command::parse(&file.flat, instruction.arguments, Shell::Posix),
            };
            // A script that the image starts has the image's variables.
            for word in commands.iter().flat_map(|command| &command.words) {
                self.images.push((path.clone(), word.text.clone(), site.environment.clone()));
            }
            self.commands(&file.flat, site.clone(), commands);
        }
    }

    /// `ENTRYPOINT ["python"]` with `CMD ["app.py"]`: one command in two instructions.
    fn together(
        &mut self,
        site: &Site<'_>,
        flat: &str,
        first: Vec<Word>,
        second: Vec<Word>,
        entrypoint: &Instruction,
    ) -> bool {
        let mut words = first;
        let own = words.len();
        words.extend(second);
        let commands = command::from_list(flat, words);
        let [command] = commands.as_slice() else { return false };
        let Some(what) = launch::what(command) else { return false };
        if own >= command.words.len() || matches!(what, Starts::Server(_)) {
            return false;
        }
        // Only the words of the CMD are replaced; the ENTRYPOINT goes.
        let replaced = Command { words: command.words[own..].to_vec(), wrappers: 0, list: true, ..Command::default() };
        self.launches.push(Launch {
            path: site.path.clone(),
            command: replaced,
            what,
            scope: site.scope,
            reader: Reader::List,
            dir: site.dir.clone(),
            environment: site.environment.clone(),
            platform: false,
            also: vec![entrypoint.span],
            editable: command.wrappers == 0,
        });
        true
    }
}

/// Whether an entry point hands on what `CMD` says.
fn is_wrapper(name: &str) -> bool {
    name.ends_with(".sh") || name == "--" || command::base_name(name).contains("entrypoint") || name == "exec \"$@\""
}

fn stages(file: &Dockerfile) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (at, instruction) in file.instructions.iter().enumerate() {
        if let What::From { image, name } = &instruction.what {
            let image = image.to_ascii_lowercase();
            let base = stages.iter().rposition(|stage| stage.name == image);
            let name = name.as_ref().map_or_else(|| stages.len().to_string(), |name| name.to_ascii_lowercase());
            stages.push(Stage { name, image, base, instructions: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(at);
        }
    }
    stages
}

/// A stage and those it builds on, the first one first.
fn chain(stages: &[Stage], end: usize) -> Vec<usize> {
    let mut chain = vec![end];
    while let Some(base) = chain.last().and_then(|last| stages[*last].base) {
        chain.push(base);
    }
    chain.reverse();
    chain
}

fn instructions<'f>(file: &'f Dockerfile, chain: &[usize], stages: &[Stage]) -> Vec<&'f Instruction> {
    let places = chain.iter().flat_map(|stage| stages[*stage].instructions.iter());
    places.map(|at| &file.instructions[*at]).collect()
}

/// What the build arguments are when the build says nothing.
fn arguments(file: &Dockerfile) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for instruction in &file.instructions {
        if let What::Arg { name, default: Some(default) } = &instruction.what {
            known.insert(name.clone(), default.clone());
        }
    }
    known
}

/// A value with the variable filled in that it consists of.
fn filled(value: &str, known: &BTreeMap<String, String>) -> String {
    let name = value.strip_prefix('$').unwrap_or_default();
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
    match (known.get(name), default) {
        (Some(known), _) if !name.is_empty() => known.clone(),
        (None, Some(default)) => default.to_owned(),
        _ => value.to_owned(),
    }
}
