//! What planning works with.

use std::sync::OnceLock;

use super::mentions::{By, Mention, Texts};
use super::platform::{self, Platform};
use super::{Certificate, Documented, Served, Target};
use crate::project::{self, AppObject, Const, Facts, Known, Module, ModuleId, Project, Serve, Server};
use crate::source::{ProjectPath, Tree};
use crate::syntax::names::has_word;
use crate::syntax::python::Expr;

/// What planning works with.
pub(super) struct Desk<'a> {
    pub(super) tree: &'a Tree,
    pub(super) project: &'a Project,
    pub(super) facts: &'a Facts<'a>,
    texts: OnceLock<Texts>,
    platforms: OnceLock<Vec<Platform>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(tree: &'a Tree, project: &'a Project, facts: &'a Facts<'a>) -> Self {
        Self { tree, project, facts, texts: OnceLock::new(), platforms: OnceLock::new() }
    }

    /// The dotted names by which servers load a module from above its folder.
    pub(super) fn loads(&self, script: &ProjectPath) -> Vec<String> {
        self.texts().loads(script).into_iter().map(str::to_owned).collect()
    }

    /// What the other files say of the scripts that start a server, and of the modules that have an app.
    fn texts(&self) -> &Texts {
        let modules = || self.facts.serves.iter().map(|serve| serve.module).chain(self.facts.apps.keys().copied());
        let scripts = || modules().map(|id| self.project.module(id).path());
        self.texts.get_or_init(|| Texts::read(self.tree, self.project, scripts()))
    }

    /// Where other files name a script that starts a server.
    pub(super) fn mentions(&self, script: &ProjectPath) -> Vec<Mention> {
        self.texts().of(script, &self.project.files)
    }

    /// Whether a platform that the project is deployed to finds a module by its name.
    pub(super) fn is_found_by_name(&self, module: &ProjectPath) -> bool {
        self.platforms.get_or_init(|| platform::platforms(self)).iter().any(|platform| platform.finds(module))
    }

    /// Where documentation tells people to run a script.
    pub(super) fn documented(&self, script: &ProjectPath) -> Vec<Documented> {
        let mentions = self.mentions(script).into_iter().filter(|mention| mention.by == By::Docs);
        let of = |it: Mention| Documented { path: it.path, line: it.line, script: script.clone(), called: it.called };
        mentions.map(of).collect()
    }

    /// A file beside a module that cannot be read, and makes an app too: most are for Python 2.
    pub(super) fn unreadable(&self, module: &Module) -> Option<&ProjectPath> {
        self.project.unread.iter().map(|unread| &unread.path).find(|path| {
            let makes_app = || self.text(path).is_some_and(|text| has_word(&text, "Flask") && text.contains(".run("));
            path.name().ends_with(".py") && path.dir() == module.path().dir() && makes_app()
        })
    }

    /// A file's text, when it can be read.
    pub(super) fn text(&self, path: &ProjectPath) -> Option<String> {
        String::from_utf8(self.tree.read(path).ok()??).ok()
    }

    /// The first call that was told where to listen.
    pub(super) fn listening(&self, serves: &[usize]) -> Option<usize> {
        let is_told =
            |index: &usize| ["host", "port"].iter().any(|name| self.facts.serves[*index].argument(name).is_some());
        serves.iter().copied().find(is_told)
    }

    /// Where the calls were told to listen.
    pub(super) fn served(&self, serves: &[usize]) -> Served {
        let call = self.listening(serves).map(|index| &self.facts.serves[index]);
        let setting = |name: &str| call.and_then(|call| call.argument(name)).map(|it| it.setting.clone());
        let app = serves.first().map(|index| {
            let path = self.project.module(self.facts.serves[*index].module).path();
            project::Served { dir: path.dir(), module: path.stem(), name: "app" }
        });
        let demands = app.map(|app| project::Demands::of(self.tree, self.project, self.facts, app));
        let project::Demands { is_single, stay_open, waits_with } = demands.unwrap_or_default();
        Served {
            host: setting("host"),
            port: setting("port"),
            one_worker: None,
            is_single,
            one_by_one: serves.first().is_some_and(|index| is_one_by_one(&self.facts.serves[*index])),
            stays_open: stay_open,
            tls: serves.iter().find_map(|index| certificate(&self.facts.serves[*index])),
            waits_with,
        }
    }

    /// How a server is told today to load an app from another module than those that start it, if one is.
    pub(super) fn loaded_elsewhere(&self, starts: &[ModuleId], app: &AppObject) -> Option<Target> {
        let has_it = |names: &[project::AppName]| names.iter().any(|name| name.on_import && name.app.made == app.made);
        let modules = self.facts.apps.iter().filter(|(id, names)| !starts.contains(id) && has_it(names));
        modules.into_iter().find_map(|(id, _)| self.loaded(*id, Some(app)))
    }

    /// How a server is told today to load an app from a module, if one is.
    pub(super) fn loaded(&self, id: ModuleId, app: Option<&AppObject>) -> Option<Target> {
        let path = self.project.module(id).path();
        let by_name = || {
            let (dir, module) = (path.dir().to_owned(), path.stem().to_owned());
            self.is_found_by_name(path).then(|| Target { dir, module, name: "app".to_owned() })
        };
        let target = self.mentions(path).into_iter().find_map(|mention| mention.loads).or_else(by_name)?;
        let names = self.facts.apps.get(&id).into_iter().flatten();
        let is_it = |name: &&project::AppName| name.on_import && app.is_some_and(|app| name.app.made == app.made);
        // That of the line before others.
        if let Some(known) = names.filter(is_it).min_by_key(|known| known.name != target.name) {
            return Some(Target { name: known.name.clone(), ..target });
        }
        // What holds the app is no app to us, and is one to a server.
        let holds = |serve: &Serve<'_>| {
            serve.module == id
                && serve.server == Server::Connexion
                && matches!(&*serve.call.func, Expr::Attribute(run)
                    if matches!(&*run.value, Expr::Name(holder) if holder.id.as_str() == target.name))
        };
        self.facts.serves.iter().any(holds).then_some(target)
    }

    /// How the `wsgi.py` of a folder exposes an app, if it does.
    pub(super) fn exposed(&self, dir: &str, app: Option<&AppObject>) -> Option<Target> {
        let id = self.project.by_path(&ProjectPath::in_dir(dir, "wsgi.py"))?;
        let names = self.facts.apps.get(&id)?;
        let same = |name: &&crate::project::AppName| name.on_import && app.is_none_or(|app| name.app.made == app.made);
        let found = ["app", "application"]
            .iter()
            .find_map(|wanted| names.iter().filter(same).find(|name| name.name == *wanted))
            .or_else(|| names.iter().find(same))?;
        Some(Target { dir: dir.to_owned(), module: "wsgi".to_owned(), name: found.name.clone() })
    }
}

/// Whether a start-up call answers one request after the other: `app.run` has a thread for each unless it
/// is told otherwise, `run_simple` has one for all.
pub(crate) fn is_one_by_one(serve: &Serve<'_>) -> bool {
    let known = |name: &str| serve.argument(name).map(|argument| &argument.setting.known);
    known("threaded").map_or(serve.server == Server::RunSimple, |known| *known == Known::Constant(Const::Bool(false)))
        || known("processes").is_some_and(|known| *known != Known::Constant(Const::Int(1)))
}

/// The certificate that a start-up call is told to serve with: `ssl_context=("cert.pem", "key.pem")`.
pub(crate) fn certificate(serve: &Serve<'_>) -> Option<Certificate> {
    let told = serve.argument("ssl_context")?;
    if matches!(told.setting.known, Known::Constant(Const::None | Const::Bool(false))) {
        return None;
    }
    let keywords = &serve.call.arguments.keywords;
    let written = keywords.iter().find(|keyword| keyword.arg.as_ref().is_some_and(|name| name == "ssl_context"));
    let files = written.and_then(|keyword| match &keyword.value {
        Expr::Tuple(tuple) => match &tuple.elts[..] {
            [Expr::StringLiteral(certificate), Expr::StringLiteral(key)] => {
                Some((certificate.value.to_str().to_owned(), key.value.to_str().to_owned()))
            }
            _ => None,
        },
        _ => None,
    });
    Some(Certificate { files })
}
