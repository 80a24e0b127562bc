//! `flaskship` without a command: leads a person through `fix` and `new`. Nothing is written before
//! everything was shown and agreed to.

use std::path::Path;

use anyhow::Result;

use super::deployment::{self, Decided, Deployment, Laid};
use super::survey::Survey;
use super::{Exit, Failure, Output, diff, fates, fix, open, recover, told};
use crate::change::{self, ChangeSet};
use crate::deploy::{Answers, Choices};
use crate::engine::{self, Applied, Fixed, Reach};
use crate::finding::Severity;
use crate::project::{Facts, Project};
use crate::report::{Style, count};
use crate::source::{ProjectPath, Tree};
use crate::syntax::python;
use crate::wizard::{self, Asked, Reply, Screen};

/// Runs it in the current folder.
pub(super) fn run(output: &mut Output<'_>) -> Result<Exit> {
    let Some(screen) = Screen::open(output.err_style == Style::Coloured)? else {
        return Err(Failure::new(
            "flaskship leads you through `fix` and `new` at a terminal, and this is none",
            format!(
                "use `flaskship fix --apply`, then `flaskship new` with {}, or with `--yes`",
                wizard::flags().join(", ")
            ),
        )
        .into());
    };
    let mut tree = open(Path::new("."))?;
    recover(tree.root(), output)?;
    let started = deployment::start(&mut tree)?;
    let session = Session { screen, style: output.err_style, tree, started };
    match session.lead()? {
        Some(done) => session.write(done, output),
        None => {
            session.screen.say("nothing was changed")?;
            Ok(Exit::Interrupted)
        }
    }
}

/// What a person is led through.
struct Session {
    screen: Screen,
    style: Style,
    tree: Tree,
    /// The files of a small app that would be started, where there is none.
    started: Vec<String>,
}

/// The project with a deployment over it.
type Deployed = (Tree, Laid);

/// What was agreed to.
struct Agreed {
    /// The project as it is to be.
    tree: Tree,
    /// What `fix` changed.
    fixed: Option<Fixed>,
    /// What `new` laid over it.
    laid: Option<Laid>,
}

impl Session {
    /// From the first look to consent; nothing where a person does not want to go on.
    fn lead(&self) -> Result<Option<Agreed>> {
        if !self.started.is_empty() {
            return self.start();
        }
        self.overview()?;
        loop {
            let Some(fixed) = self.fixes()? else { return Ok(None) };
            let base = fixed.as_ref().map_or_else(|| self.tree.clone(), |fixed| fixed.tree.clone());
            match self.deployment(&base)? {
                Reply::Quit => return Ok(None),
                Reply::Back => {}
                Reply::Answer(None) => return Ok(Some(Agreed { tree: base, fixed, laid: None })),
                Reply::Answer(Some((tree, laid))) => return Ok(Some(Agreed { tree, fixed, laid: Some(laid) })),
            }
        }
    }

    /// The same for a folder without an app.
    fn start(&self) -> Result<Option<Agreed>> {
        self.screen.say("There is no app in this folder. flaskship can start a small one:")?;
        for file in &self.started {
            self.screen.say(&format!("  + {file}"))?;
        }
        self.screen.say("Nothing is written before you have seen it and said yes; Esc or Ctrl-C ends it.\n")?;
        let choices = ["yes".to_owned(), "no".to_owned()];
        loop {
            match self.screen.choose("Start it?", &choices, 0, false)? {
                Reply::Answer(0) => {}
                Reply::Answer(_) | Reply::Back | Reply::Quit => return Ok(None),
            }
            let tree = self.tree.clone();
            match self.deployment(&tree)? {
                Reply::Quit => return Ok(None),
                Reply::Back => {}
                Reply::Answer(None) => return Ok(Some(Agreed { tree, fixed: None, laid: None })),
                Reply::Answer(Some((tree, laid))) => return Ok(Some(Agreed { tree, fixed: None, laid: Some(laid) })),
            }
        }
    }

    /// What there is, in a few lines.
    fn overview(&self) -> Result<()> {
        let checked = engine::check(&self.tree, &engine::Options::default())?;
        if checked.reach != Reach::Flask {
            return Err(Failure::new(
                "there is no Flask app in this folder",
                "go into the project's folder, or start an app with `flaskship new NAME`",
            )
            .into());
        }
        let of = |severity| checked.findings.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
        self.screen.say("flaskship takes this project out of debug mode and renders what production needs.")?;
        self.screen.say("Nothing is written before you have seen it and said yes; Esc or Ctrl-C ends it.\n")?;
        for line in self.what_is_there()? {
            self.screen.say(&line)?;
        }
        match errors + warnings {
            0 => self.screen.say("nothing dangerous was found in the code")?,
            _ => {
                let parts = [(errors, "error"), (warnings, "warning")];
                let parts: Vec<String> = parts
                    .into_iter()
                    .filter(|(number, _)| *number > 0)
                    .map(|(number, what)| count(number, what))
                    .collect();
                self.screen.say(&format!("found {}:", parts.join(" and ")))?;
                let serious = checked.findings.iter().filter(|finding| finding.severity != Severity::Note);
                for finding in serious.take(SHOWN) {
                    let line =
                        checked.sources.get(&finding.path).map_or(1, |source| source.lines().line(finding.span.start));
                    self.screen.say(&format!("  {}:{line}: {}", finding.path, finding.message))?;
                }
                if errors + warnings > SHOWN {
                    self.screen
                        .say(&format!("  and {} more: `flaskship check` shows them all", errors + warnings - SHOWN))?;
                }
            }
        }
        for file in &checked.unread {
            self.screen.say(&format!("  not read: {}: {}", file.path, file.message))?;
        }
        self.screen.say("")
    }

    /// The apps, what starts them, and what the project has for production already.
    fn what_is_there(&self) -> Result<Vec<String>> {
        let (apps, starts, files) = engine::on_deep_stack(|| {
            let project = Project::load(&self.tree);
            let facts = Facts::gather(&project);
            let mut apps: Vec<String> = Vec::new();
            for (module, names) in &facts.apps {
                let path = project.module(*module).path();
                // An app that others import has many names; the one where it is made is its own.
                let made = names.iter().filter(|name| name.app.made.module == *module);
                apps.extend(made.map(|name| format!("`{}` in {path}", name.name)));
            }
            let factories = facts.factories.iter();
            apps.extend(factories.map(|it| format!("`{}()` in {}", it.def.name, project.module(it.module).path())));
            let mut starts: Vec<String> = Vec::new();
            for serve in &facts.serves {
                let module = project.module(serve.module);
                let line = module.source.lines().line(python::span(serve.call).start);
                starts.push(format!("{}:{line}", module.path()));
            }
            let known =
                |path: &&ProjectPath| path.dir().is_empty() && KNOWN.iter().any(|name| path.name().starts_with(name));
            let files: Vec<String> = project.files.iter().filter(known).map(ToString::to_string).collect();
            (apps, starts, files)
        })?;
        let line = |what: &str, list: Vec<String>| match list.len() {
            0 => None,
            1..=SHOWN => Some(format!("{what} {}", list.join(", "))),
            more => Some(format!("{what} {} and {} more", list[..SHOWN].join(", "), more - SHOWN)),
        };
        let lines = [line("app:          ", apps), line("started in:   ", starts), line("there already:", files)];
        Ok(lines.into_iter().flatten().collect())
    }

    /// Which changes of `fix` are wanted; the inner value is missing where there are none.
    fn fixes(&self) -> Result<Option<Option<Fixed>>> {
        let all = engine::fix(&self.tree, &engine::Options::default())?;
        let changes = ChangeSet::of(&all.tree)?;
        if changes.is_empty() {
            return Ok(Some(None));
        }
        let stat = changes.stat();
        let prompt = format!("Change {} (+{} -{})?", count(stat.files(), "file"), stat.lines_added, stat.lines_removed);
        let choices = ["show the diff", "make all these changes", "choose change by change", "leave the code as it is"];
        let choices = choices.map(str::to_owned);
        let mut default = 0;
        loop {
            match self.screen.choose(&prompt, &choices, default, false)? {
                Reply::Answer(0) => {
                    self.screen.page(&diff(&changes, self.tree.root(), self.style)?)?;
                    default = 1;
                }
                Reply::Answer(1) => return Ok(Some(Some(all))),
                Reply::Answer(2) => match self.some_of(&all.applied)? {
                    Reply::Answer(fixed) => return Ok(Some(fixed)),
                    Reply::Back => {}
                    Reply::Quit => return Ok(None),
                },
                Reply::Answer(_) => return Ok(Some(None)),
                Reply::Back | Reply::Quit => return Ok(None),
            }
        }
    }

    /// Fix by fix.
    fn some_of(&self, applied: &[Applied]) -> Result<Reply<Option<Fixed>>> {
        // Several findings can be put right by one fix, which is chosen once.
        let mut items: Vec<String> = Vec::new();
        let shown = |fix: &Applied| format!("{}:{}: {}", fix.path, fix.line, fix.title);
        for item in applied.iter().map(shown) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        let chosen = match self.screen.choose_several("Space takes one in or out, Enter goes on", &items)? {
            Reply::Answer(chosen) => chosen,
            Reply::Back => return Ok(Reply::Back),
            Reply::Quit => return Ok(Reply::Quit),
        };
        let wanted = |fix: &Applied| chosen.iter().any(|index| items[*index] == shown(fix));
        let declined = applied.iter().filter(|fix| !wanted(fix)).cloned().collect();
        let fixed = engine::fix(&self.tree, &engine::Options { declined, ..engine::Options::default() })?;
        let changes = ChangeSet::of(&fixed.tree)?;
        if changes.is_empty() {
            return Ok(Reply::Answer(None));
        }
        self.screen.page(&diff(&changes, self.tree.root(), self.style)?)?;
        let choices = ["make these changes".to_owned()];
        Ok(match self.screen.choose("That is the diff now", &choices, 0, true)? {
            Reply::Answer(_) => Reply::Answer(Some(fixed)),
            Reply::Back => Reply::Back,
            Reply::Quit => Reply::Quit,
        })
    }

    /// What `new` renders over the fixed project; the inner value is missing where it is not wanted.
    fn deployment(&self, base: &Tree) -> Result<Reply<Option<Deployed>>> {
        let choices = ["yes".to_owned(), "no, only change the code".to_owned()];
        match self.screen.choose(
            "Render the files that production needs (server, service, site)?",
            &choices,
            0,
            true,
        )? {
            Reply::Answer(0) => {}
            Reply::Answer(_) => return Ok(Reply::Answer(None)),
            Reply::Back => return Ok(Reply::Back),
            Reply::Quit => return Ok(Reply::Quit),
        }
        // The app is found by how it is started now, whatever of that is to stay.
        let deployment = Deployment::of(&self.tree, Path::new("."), Answers::default(), Answers::default())?;
        let plan = |answers: &Answers| {
            deployment.decide(answers).map(|decided| decided.plan).map_err(|failure| failure.to_string())
        };
        loop {
            let answers = match wizard::ask(&self.screen, &|key| deployment.says(key), &plan)? {
                Asked::Done(answers) => answers,
                Asked::Back => return Ok(Reply::Back),
                Asked::Quit => return Ok(Reply::Quit),
            };
            let decided = deployment.decide(&answers)?;
            match self.consent(&deployment.survey, base, &decided)? {
                Reply::Answer(done) => return Ok(Reply::Answer(Some(done))),
                Reply::Back => {}
                Reply::Quit => return Ok(Reply::Quit),
            }
        }
    }

    /// Shows everything that would be written.
    fn consent(&self, survey: &Survey, base: &Tree, decided: &Decided) -> Result<Reply<Deployed>> {
        let mut tree = base.clone();
        let laid = decided.lay(survey, &mut tree, Choices::default())?;
        let changes = ChangeSet::of(&tree)?;
        self.screen.say("")?;
        for change in changes.shown() {
            let about = laid.outcomes.iter().find(|outcome| outcome.path == change.path);
            let about = about.map_or("", |outcome| outcome.description.as_str());
            let sign = match (&change.before, &change.after) {
                (None, _) => '+',
                (_, None) => '-',
                _ => '~',
            };
            self.screen.say(format!("  {sign} {:40} {about}", change.path.as_str()).trim_end())?;
        }
        let choices = ["write all this", "show the diff"].map(str::to_owned);
        loop {
            let stat = changes.stat();
            match self.screen.choose(&format!("Write {}?", count(stat.files(), "file")), &choices, 0, true)? {
                Reply::Answer(0) => return Ok(Reply::Answer((tree, laid))),
                Reply::Answer(_) => self.screen.page(&diff(&changes, self.tree.root(), self.style)?)?,
                Reply::Back => return Ok(Reply::Back),
                Reply::Quit => return Ok(Reply::Quit),
            }
        }
    }

    /// Writes what was agreed to, and says how to go on.
    fn write(&self, agreed: Agreed, output: &mut Output<'_>) -> Result<Exit> {
        let changes = ChangeSet::of(&agreed.tree)?;
        if changes.is_empty() {
            output.say("there is nothing to change")?;
            return Ok(Exit::Success);
        }
        change::gate(self.tree.root(), &changes)?;
        change::apply(self.tree.root(), &changes)?;
        output.say(&format!("wrote {}", count(changes.stat().files(), "file")))?;
        if let Some(fixed) = &agreed.fixed {
            fix::how_to_run(Path::new("."), fixed, output)?;
        }
        if let Some(laid) = &agreed.laid {
            for line in told::besides(laid, true) {
                output.say(&line)?;
            }
            output.say("to deploy it: follow deploy/README.md")?;
        }
        output.say("to take it back: `flaskship undo`")?;
        let unfinished = agreed.laid.as_ref().is_some_and(|laid| fates::are_unfinished(&laid.outcomes));
        Ok(if unfinished { Exit::Found } else { Exit::Success })
    }
}

/// How many findings, apps and files are shown one by one.
const SHOWN: usize = 5;

/// What the files around an app that matter for production are called, by how their names start.
const KNOWN: &[&str] = &[
    "Dockerfile",
    "Pipfile",
    "Procfile",
    "compose.y",
    "docker-compose",
    "flaskship.toml",
    "gunicorn.conf.py",
    "pyproject.toml",
    "requirements",
    "serve.py",
    "setup.py",
    "uv.lock",
    "wsgi.py",
];
