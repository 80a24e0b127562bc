//! The containers that commands are started in: what of the project is where in them, and which of their ports
//! are to be reached from outside.

use super::super::Context;
use super::served::holds_code;
use crate::project::{Launch, What, copied_from, in_image, is_compose, is_dockerfile, work_folder};
use crate::source::{ProjectPath, is_in};
use crate::syntax::nodes::{self, Id, Nodes};

/// Whether a port of the container that a command is started in is to be reached from outside. On
/// 127.0.0.1, where Flask listens without being told, nothing outside of the container would reach it.
pub(super) fn is_published(context: Context<'_>, launch: &Launch) -> bool {
    let exposes = |line: &str| line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("EXPOSE"));
    let is_image = is_dockerfile(&launch.path);
    if is_image && context.around.text(&launch.path).lines().any(exposes) {
        return true;
    }
    let files = context.project.files.iter().filter(|path| is_compose(path.name()));
    files.filter(|path| is_image || **path == launch.path).any(|path| {
        let Ok(tree) = nodes::yaml(context.around.text(path)) else { return false };
        services(&tree).any(|service| {
            let is_it = if is_image {
                builds_it(&tree, service, path, &launch.path)
            } else {
                launch.command.span().is_some_and(|span| tree.node(service).span.contains(span))
            };
            is_it && publishes(&tree, service)
        })
    })
}

/// Whether a service has ports that are reached from outside of its container.
fn publishes(tree: &Nodes, service: Id) -> bool {
    let of_host = tree.get(service, "network_mode").and_then(|mode| tree.text(mode)) == Some("host");
    let lists = ["ports", "expose"].iter().filter_map(|key| tree.get(service, key));
    !of_host && lists.into_iter().any(|list| !tree.children(list).is_empty())
}

/// A container that a compose file starts a command in, or that is made from a Dockerfile.
pub(super) struct Container {
    /// The Dockerfile of its image, where the project has it.
    pub(super) dockerfile: Option<ProjectPath>,
    /// The folder of the project that the image is built from, where that is known.
    build: Option<String>,
    /// The folder that commands are started in, where the compose file says it.
    working_dir: Option<String>,
    /// Folders of the project, and where they are in the container.
    mounts: Vec<(String, String)>,
}

impl Container {
    /// The one that a command is started in; `None` for a command outside of containers.
    pub(super) fn of(context: Context<'_>, launch: &Launch) -> Option<Self> {
        if is_dockerfile(&launch.path) {
            let mut builds: Vec<String> = Vec::new();
            for path in context.project.files.iter().filter(|path| is_compose(path.name())) {
                let Ok(tree) = nodes::yaml(context.around.text(path)) else { continue };
                let own = services(&tree).filter(|service| builds_it(&tree, *service, path, &launch.path));
                builds.extend(own.filter_map(|service| built_from(&tree, service, path)));
            }
            builds.sort();
            builds.dedup();
            let build = if builds.len() == 1 { builds.pop() } else { None };
            let working_dir = launch.dir.clone().filter(|dir| dir.starts_with('/'));
            return Some(Self { dockerfile: Some(launch.path.clone()), build, working_dir, mounts: Vec::new() });
        }
        if !is_compose(launch.path.name()) {
            return None;
        }
        let tree = nodes::yaml(context.around.text(&launch.path)).ok()?;
        let span = launch.command.span()?;
        let service = services(&tree).find(|service| tree.node(*service).span.contains(span))?;
        let dockerfile = builds(&tree, service, &launch.path).filter(|path| context.project.has_file(path));
        let build = built_from(&tree, service, &launch.path);
        let text = |key: &str| tree.get(service, key).and_then(|id| tree.text(id)).map(str::to_owned);
        let mounts = mounts(&tree, service, &launch.path);
        Some(Self { dockerfile, build, working_dir: text("working_dir"), mounts })
    }

    /// The folder of the project whose files are in the folder that a command is started in. `changed_to` is
    /// the one that the command changes to first.
    pub(super) fn start(&self, context: Context<'_>, changed_to: Option<&str>) -> Option<String> {
        let image = self.dockerfile.as_ref().map_or("", |path| context.around.text(path));
        let working_dir = self.working_dir.clone().or_else(|| work_folder(image));
        let dir = in_image(working_dir.as_deref().unwrap_or("/"), changed_to.unwrap_or_default());
        let is_there = |path: &str| path.is_empty() || context.project.has_dir(path);
        let mounted = self.mounts.iter().filter_map(|(own, at)| Some((at.len(), own, below(at, &dir)?)));
        if let Some((_, own, rest)) = mounted.max_by_key(|(length, ..)| *length) {
            let path = inside(own, rest);
            return is_there(&path).then_some(path);
        }
        let from = copied_from(image, &dir)?;
        let own = self.dockerfile.as_ref().map_or("", |path| path.dir());
        let bases: Vec<&str> = match &self.build {
            Some(build) => vec![build],
            // Dockerfiles that are kept in a folder of their own copy the project from its top.
            None if from.is_empty() && !holds_code(context, own) => vec![""],
            None => vec![own, ""],
        };
        bases.into_iter().map(|base| inside(base, &from)).find(|path| is_there(path))
    }

    /// The folder of the project that the image is built from, where a compose file says it.
    pub(super) fn built_from(&self) -> Option<&str> {
        self.build.as_deref()
    }
}

/// The Dockerfile whose image a command finds a module in, unless the module is in a folder that is mounted, or
/// another command of that file brings it in.
pub(super) fn image(context: Context<'_>, launch: &Launch, module: &ProjectPath) -> Option<ProjectPath> {
    let container = Container::of(context, launch)?;
    let is_mounted = container.mounts.iter().any(|(own, _)| is_in(module.dir(), own));
    let dockerfile = container.dockerfile.filter(|_| !is_mounted)?;
    let starts_it = |other: &Launch| other.path == dockerfile && !matches!(other.what, What::Server(_));
    let is_its_own = launch.path == dockerfile || !context.around.launches.iter().any(starts_it);
    is_its_own.then_some(dockerfile)
}

fn services(tree: &Nodes) -> impl Iterator<Item = Id> + '_ {
    let services = tree.roots().filter_map(|root| tree.get(root, "services"));
    services.flat_map(|services| tree.children(services).iter().copied())
}

/// A folder in another, without slashes around it.
fn inside(base: &str, rest: &str) -> String {
    ProjectPath::in_dir(base, rest).as_str().trim_matches('/').to_owned()
}

/// What is left of a folder of a container below another; `None` where it is not below it.
fn below<'a>(at: &str, dir: &'a str) -> Option<&'a str> {
    let rest = dir.strip_prefix(at.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

/// The folders of the project that a service has in its container, and where: `./web:/app`.
fn mounts(tree: &Nodes, service: Id, compose: &ProjectPath) -> Vec<(String, String)> {
    let Some(list) = tree.get(service, "volumes") else { return Vec::new() };
    let mounts = tree.children(list).iter().filter_map(|volume| {
        let part = |key: &str| tree.get(*volume, key).and_then(|id| tree.text(id));
        let (source, target) = match tree.text(*volume) {
            Some(short) => {
                let mut parts = short.split(':');
                (parts.next()?, parts.next()?)
            }
            None => (part("source")?, part("target")?),
        };
        // Anything else is the name of a volume, which holds nothing of the project.
        let own = source.starts_with('.').then(|| ProjectPath::from_dir(compose.dir(), source)).flatten()?;
        Some((own.as_str().trim_matches('/').to_owned(), in_image("/", target)))
    });
    mounts.collect()
}

/// The folder that the image of a service is built from.
fn built_from(tree: &Nodes, service: Id, compose: &ProjectPath) -> Option<String> {
    let build = tree.get(service, "build")?;
    let folder = tree.text(build).or_else(|| tree.text(tree.get(build, "context")?)).unwrap_or(".");
    Some(ProjectPath::from_dir(compose.dir(), folder)?.as_str().trim_matches('/').to_owned())
}

fn builds_it(tree: &Nodes, service: Id, compose: &ProjectPath, dockerfile: &ProjectPath) -> bool {
    builds(tree, service, compose).is_some_and(|built| built == *dockerfile)
}

/// The Dockerfile that a service of a compose file is built from.
fn builds(tree: &Nodes, service: Id, compose: &ProjectPath) -> Option<ProjectPath> {
    let build = tree.get(service, "build")?;
    let text = |key: &str| tree.get(build, key).and_then(|id| tree.text(id));
    let (folder, file) = match tree.text(build) {
        Some(folder) => (folder, "Dockerfile"),
        None => (text("context").unwrap_or("."), text("dockerfile").unwrap_or("Dockerfile")),
    };
    ProjectPath::from_dir(compose.dir(), &format!("{folder}/{file}"))
}
