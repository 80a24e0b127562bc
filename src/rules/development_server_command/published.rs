//! What a compose file says of a container: what it is built from, and which of its ports are to be reached.

use super::super::Context;
use super::is_dockerfile;
use crate::project::{Launch, is_compose};
use crate::source::ProjectPath;
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
        let services = tree.roots().filter_map(|root| tree.get(root, "services"));
        let mut services = services.flat_map(|services| tree.children(services).iter().copied());
        services.any(|service| {
            let is_it = if is_image {
                builds(&tree, service, path).is_some_and(|built| built == launch.path)
            } else {
                launch.command.span().is_some_and(|span| tree.node(service).span.contains(span))
            };
            is_it && publishes(&tree, service)
        })
    })
}

/// The Dockerfile of the service of a compose file that a command is in.
pub(super) fn built_for(context: Context<'_>, launch: &Launch) -> Option<ProjectPath> {
    if !is_compose(launch.path.name()) {
        return None;
    }
    let span = launch.command.span()?;
    let tree = nodes::yaml(context.around.text(&launch.path)).ok()?;
    let services = tree.roots().find_map(|root| tree.get(root, "services"))?;
    let service = tree.children(services).iter().find(|service| tree.node(**service).span.contains(span))?;
    builds(&tree, *service, &launch.path)
}

/// Whether a service has ports that are reached from outside of its container.
fn publishes(tree: &Nodes, service: Id) -> bool {
    let of_host = tree.get(service, "network_mode").and_then(|mode| tree.text(mode)) == Some("host");
    let lists = ["ports", "expose"].iter().filter_map(|key| tree.get(service, key));
    !of_host && lists.into_iter().any(|list| !tree.children(list).is_empty())
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
