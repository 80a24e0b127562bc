//! What `new` says of what it read and decided.

use super::deployment::Laid;
use super::install::Installed;
use crate::deploy::{Origin, Origins, Plan, ProcessManager, Proxy, Server, Tls, WritableFolder};
use crate::project::{Profile, Writes};
use crate::report::count;
use crate::source::is_in;

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
    let mut lines = vec![
        format!("app:      {}{place}", plan.app.target),
        format!("server:   {server}{}, {workers}", from("server")),
        format!(
            "machine:  {}, started by {manager} as user `{}`, in {}",
            plan.target, plan.place.user, plan.place.home
        ),
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
        Proxy::None => format!("nothing; it listens on {}:{}", plan.run.host, plan.run.port),
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
    for secret in &plan.app.secrets_in_code {
        let what = if secret.key == "SECRET_KEY" { "forge sessions" } else { "make use of it" };
        lines.push(format!(
            "look: {} is written in {}; whoever reads the code can {what} (deploy/README.md says what to do)",
            secret.key, secret.place
        ));
    }
    for secret in &plan.app.secrets_at_random {
        lines.push(format!("look: {} is drawn at each start in {}; every restart ends all that it signed, sessions too (deploy/README.md says what to do)", secret.key, secret.place));
    }
    lines.extend(unnamed(plan, profile));
    let is_alone = plan.run.single_process || (plan.server == Server::Waitress && plan.run.processes == 1);
    if let Some(place) = profile.limiter.as_ref().filter(|_| !is_alone && plan.run.workers != Some(1)) {
        lines.push(format!("look: each process counts requests for itself in {place}, so clients may make several times as many; give Flask-Limiter a `storage_uri` that all share"));
    }
    for device in &plan.app.devices {
        lines.push(format!(
            "look: the app opens {} in {}, which takes one process and a user who may (deploy/README.md says how)",
            device.name, device.place
        ));
    }
    if let Some(place) = &profile.sudo {
        lines.push(format!("look: the app runs a program as another user in {place}, which its service may not; let its own user do what it does"));
    }
    let has_section = matches!(plan.process_manager, ProcessManager::Systemd | ProcessManager::Supervisor);
    for job in &profile.workers {
        let command = job.words.join(" ");
        let is_told = has_section && plan.app.workers.iter().any(|worker| worker.said == command);
        let how = if is_told { " (deploy/README.md says how)" } else { "" };
        lines.push(format!(
            "look: {} starts `{command}` beside the app, which needs a service of its own{how}",
            job.path
        ));
    }
    if let Some(queue) = profile.queue.filter(|_| profile.workers.is_empty()) {
        lines.push(format!(
            "look: the app uses {queue}, and no file starts a worker of it: what works beside the app needs a service of its own"
        ));
    }
    lines.extend(writes(plan, &profile.writes, origins.contains_key("writable")));
    if !plan.app.installer.is_known {
        lines.push("look: no file says what the project depends on (deploy/README.md says what to do)".to_owned());
    }
    lines
}

/// The names that the app answers for and the site does not.
fn unnamed(plan: &Plan, profile: &Profile) -> Vec<String> {
    let is_named =
        |name: &str| std::iter::once(&plan.site.domain).chain(&plan.site.aliases).any(|it| it.as_ref() == name);
    let line = |(name, place): &(Option<String>, String)| match name {
        Some(name) if is_named(name) => None,
        Some(name) => Some(format!(
            "look: the app answers for {name} too ({place}), and the site refuses names that it was not told: add `--domain {name}`"
        )),
        None => Some(format!(
            "look: the app tells names apart in {place}, and the site refuses those that it was not told: give each with `--domain`"
        )),
    };
    profile.names.iter().filter(|_| plan.proxy != Proxy::None).filter_map(line).collect()
}

/// What the code writes that a person has to look at.
fn writes(plan: &Plan, writes: &Writes, is_named: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(place) = &writes.beside_code {
        lines.push(format!("look: the app writes beside its own code in {place}, which it may now change; have it write into a folder of its own"));
    }
    let is_open = |dir: &str| plan.place.writable.iter().any(|folder| is_in(dir, folder));
    for (dir, place) in writes.outside.iter().filter(|(dir, _)| !is_open(dir)) {
        let remedy = match dir.parse::<WritableFolder>() {
            Ok(folder) => format!("if it is to, say `--writable {folder}`"),
            Err(_) => "have it write into a folder of its own".to_owned(),
        };
        lines.push(format!(
            "look: the app writes into {dir} in {place}, outside of the project, where it may not; {remedy}"
        ));
    }
    if let ([first, rest @ ..], true) = (&writes.somewhere[..], !is_named) {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", count(rest.len(), "place")) };
        lines.push(format!("look: the folder that the app writes into in {first}{more} is not known; if it is one of the project, say `--writable FOLDER`"));
    }
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
