//! What `new` says of what it read and decided.

use super::deployment::Laid;
use super::install::Installed;
use super::looks;
use crate::deploy::{Origin, Origins, Plan, Platform, ProcessManager, Proxy, Server, Tls};
use crate::project::Profile;
use crate::report::count;

/// The decisions, a line each, with where the grave ones come from.
pub(super) fn decisions(plan: &Plan, origins: &Origins, profile: &Profile) -> Vec<String> {
    let from = |key: &str| match origins.get(key) {
        Some(Origin::Flag) => " (you said so)".to_owned(),
        Some(Origin::Detected) => " (the project uses it)".to_owned(),
        Some(origin) => format!(" ({origin})"),
        None => String::new(),
    };
    let place = if plan.app.dir.is_empty() { String::new() } else { format!(" in `{}`", plan.app.dir) };
    let server = match plan.server {
        Server::Gunicorn => "Gunicorn",
        Server::Waitress => "Waitress",
    };
    let holds = match plan.run.worker_class {
        "gthread" => format!("{} threads", plan.run.threads),
        class => class.to_owned(),
    };
    let workers = match (plan.server, &plan.run.single_because, plan.run.workers) {
        (Server::Waitress, ..) if plan.run.processes > 1 => {
            format!("{} processes with {} threads each", plan.run.processes, plan.run.threads)
        }
        (Server::Waitress, ..) => format!("{} threads in one process", plan.run.threads),
        (_, Some(reason), _) => format!("one process with {holds}, because {reason}"),
        (_, None, Some(workers)) => format!("{workers} workers with {holds} each"),
        (_, None, None) => format!("workers by the number of processors, {holds} each"),
    };
    let manager = match plan.process_manager {
        ProcessManager::Systemd => "systemd",
        ProcessManager::Supervisor => "Supervisor",
        ProcessManager::Windows => "a Windows service",
        ProcessManager::None => "nothing",
    };
    let whom = match plan.target {
        Platform::Windows if plan.process_manager == ProcessManager::None => String::new(),
        Platform::Windows => " as LocalService, in the project's folder".to_owned(),
        Platform::Debian12 | Platform::Debian13 | Platform::Ubuntu2404 => {
            format!(" as user `{}`, in {}", plan.place.user, plan.place.home)
        }
    };
    let mut lines = vec![
        format!("app:      {}{place}", plan.app.target),
        format!("server:   {server}{}, {workers}", from("server")),
        format!("machine:  {}, started by {manager}{whom}", plan.target),
    ];
    let certificate = match plan.site.tls {
        Tls::Acme => "HTTPS with a certificate by ACME",
        Tls::SelfSigned => "HTTPS with a certificate signed by itself, for a first try",
        Tls::Off => "without TLS",
    };
    let names: Vec<&str> =
        std::iter::once(&plan.site.domain).chain(&plan.site.aliases).map(|name| name.as_ref()).collect();
    let front = match plan.proxy {
        Proxy::Nginx => format!("nginx for {}{}, {certificate}", names.join(", "), from("domain")),
        Proxy::Apache => format!("Apache for {}{}, {certificate}", names.join(", "), from("domain")),
        Proxy::None => {
            let tls = plan.run.certificate.as_ref().map_or_else(String::new, |file| format!(", HTTPS with {file}"));
            format!("nothing; it listens on {}:{}{tls}", plan.run.host, plan.run.port)
        }
    };
    lines.push(format!("in front: {front}"));
    let mut found: Vec<String> =
        plan.app.statics.iter().map(|it| format!("static files {} from {}/", it.url, it.dir)).collect();
    if plan.app.limits_itself {
        found.push(format!("bodies up to {}", plan.app.body_limit));
    }
    for (is_so, what) in
        [(plan.app.websockets, "WebSocket"), (plan.app.streaming, "streaming"), (plan.app.proxy_fix, "ProxyFix")]
    {
        if is_so {
            found.push(what.to_owned());
        }
    }
    if !plan.app.writes.is_empty() {
        let folder = |dir: &String| if dir.is_empty() { "its own folder".to_owned() } else { format!("{dir}/") };
        found.push(format!("writes into {}", plan.app.writes.iter().map(folder).collect::<Vec<_>>().join(", ")));
    }
    if plan.app.has_health_url {
        found.push(format!("health at {}", plan.app.health_url));
    }
    if !plan.app.environment.is_empty() {
        found.push(count(plan.app.environment.len(), "variable"));
    }
    if !found.is_empty() {
        lines.push(format!("read from its code: {}", found.join(", ")));
    }
    lines.extend(looks::looks(plan, origins, profile));
    lines
}

/// What was laid over the project besides rendered files.
pub(super) fn besides(laid: &Laid, written: bool) -> Vec<String> {
    let verb = if written { "wrote" } else { "would write" };
    let wsgi = laid.wsgi.iter().map(|path| format!("{verb} `{path}`, which the server loads the app from"));
    wsgi.chain(laid.installed.iter().map(|one| installed(one, written))).collect()
}

/// What became of a package.
fn installed(one: &Installed, written: bool) -> String {
    match one {
        Installed::Added { package, path, lock } => {
            let verb = if written { "added" } else { "would add" };
            let lock = lock.map_or_else(String::new, |command| format!("; then run `{command}`"));
            format!("{verb} `{package}` to {path}{lock}")
        }
        Installed::ByHand { package, path, reason } => format!("add `{package}` to {path} by hand: {reason}"),
    }
}
