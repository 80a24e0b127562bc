//! What an app needs of the servers around it, read from its code.

#![allow(dead_code, reason = "the reading of code comes next")]

use super::{Facts, Project};
use crate::source::ProjectPath;
use crate::source::Tree;

/// What a deployment has to know of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Folders of static files and the URL below which the app serves each.
    pub(crate) statics: Vec<StaticFolder>,
    /// The largest request body in bytes: `MAX_CONTENT_LENGTH`.
    pub(crate) body_limit: Option<u64>,
    /// What makes it speak WebSocket, where it does.
    pub(crate) websockets: Option<Websockets>,
    /// Whether it sends responses bit by bit.
    pub(crate) streaming: bool,
    /// Why it must run in a single process, in a few words: `starts a thread in app.py:12`.
    pub(crate) single_process: Option<String>,
    /// Whether it trusts forwarded headers itself, through Werkzeug's `ProxyFix`.
    pub(crate) proxy_fix: bool,
    /// Where its `SECRET_KEY` comes from.
    pub(crate) secret_key: SecretKey,
    /// A URL that only says whether it is well: `/healthz`.
    pub(crate) health_url: Option<String>,
    /// The host of `SERVER_NAME`.
    pub(crate) server_name: Option<String>,
    /// Variables of the environment that it reads, by name.
    pub(crate) environment: Vec<EnvironmentRead>,
    /// The version of Python it asks for: `3.12`.
    pub(crate) python: Option<String>,
    /// How its dependencies are installed.
    pub(crate) installer: Installer,
}

/// A folder of static files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StaticFolder {
    /// The URL: `/static`.
    pub(crate) url: String,
    /// The folder, relative to the project.
    pub(crate) dir: String,
}

/// What an app uses to speak WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Websockets {
    /// Flask-SocketIO: needs a single worker and a class that keeps connections open.
    SocketIo,
    /// Flask-Sock, simple-websocket: threads will do.
    Sock,
}

/// Where a `SECRET_KEY` comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SecretKey {
    /// It is not set anywhere.
    #[default]
    None,
    /// It is written in the code.
    Literal,
    /// It is read from this variable of the environment.
    Environment(String),
    /// It is set in a way that is not known.
    Unknown,
}

/// A variable of the environment that the code reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EnvironmentRead {
    /// Its name.
    pub(crate) name: String,
    /// Whether the code cannot do without.
    pub(crate) required: bool,
}

/// What installs a project's dependencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Installer {
    /// `pip install -r` with this file.
    Requirements(ProjectPath),
    /// `pip install .`
    Pyproject,
    /// uv, by its lock file.
    Uv,
    /// Poetry.
    Poetry,
    /// Pipenv.
    Pipenv,
    /// Nothing names them.
    #[default]
    None,
}

impl Profile {
    /// Reads what the app in the folder `dir` needs.
    pub(crate) fn gather(tree: &Tree, project: &Project, facts: &Facts<'_>, dir: &str) -> Self {
        let _ = (tree, project, facts, dir);
        Self::default()
    }
}
