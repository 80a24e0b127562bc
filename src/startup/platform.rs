//! Hosting platforms that find the module of an app by its name, with no file that names it:
//!
//! - [Vercel](https://vercel.com/docs/frameworks/backend/flask): `app.py`, `index.py` or `server.py` and their
//!   like, at the top or in `src/` or `app/`, and every file in `api/`
//! - [App Engine](https://cloud.google.com/appengine/docs/standard/python3/runtime): `app` of `main.py`
//! - [Elastic Beanstalk](https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/create-deploy-python-flask.html):
//!   `application` of `application.py`
//! - [App Service](https://learn.microsoft.com/azure/app-service/configure-language-python) of Azure:
//!   `application.py`, `app.py`, `index.py` or `server.py` and their like

use super::desk::Desk;
use crate::source::{ProjectPath, is_in};

/// A platform, as what it leaves in a project tells it.
pub(super) struct Platform {
    /// The folder that is deployed.
    dir: String,
    /// The modules that it looks for.
    modules: &'static [&'static str],
    /// The folders below the deployed one in which it looks for them.
    folders: &'static [&'static str],
    /// The folder below the deployed one of which it takes every module.
    takes: Option<&'static str>,
}

/// The platform that a file belongs to.
fn platform(desk: &Desk<'_>, path: &ProjectPath) -> Option<Platform> {
    let dir = path.dir();
    let up = || dir.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
    let inside = |folder: &str| dir.rsplit('/').next() == Some(folder);
    let found = |dir: String, modules| Some(Platform { dir, modules, folders: &[], takes: None });
    match path.name() {
        "vercel.json" | "now.json" => Some(Platform {
            dir: dir.to_owned(),
            modules: &["app.py", "index.py", "server.py", "main.py"],
            folders: &["src", "app"],
            takes: Some("api"),
        }),
        "app.yaml" if desk.text(path)?.lines().any(|line| line.starts_with("runtime: python")) => {
            found(dir.to_owned(), &["main.py"])
        }
        _ if inside(".ebextensions") || inside(".elasticbeanstalk") => found(up(), &["application.py"]),
        // A workflow deploys the whole repository.
        _ if dir.ends_with(".github/workflows") && desk.text(path)?.contains("azure/webapps-deploy") => {
            found(String::new(), &["application.py", "app.py", "index.py", "server.py"])
        }
        _ => None,
    }
}

/// The platforms that the project is deployed to.
pub(super) fn platforms(desk: &Desk<'_>) -> Vec<Platform> {
    desk.project.files.iter().filter_map(|path| platform(desk, path)).collect()
}

impl Platform {
    /// Whether it finds a module by its name.
    pub(super) fn finds(&self, module: &ProjectPath) -> bool {
        let below = |folder: &str| ProjectPath::in_dir(&self.dir, folder);
        let is_here =
            module.dir() == self.dir || self.folders.iter().any(|folder| below(folder).as_str() == module.dir());
        is_here && self.modules.contains(&module.name())
            || self.takes.is_some_and(|folder| is_in(module.dir(), below(folder).as_str()))
    }
}
