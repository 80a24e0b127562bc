//! What `new` says of what it read and decided.

use super::deployment::Laid;
use super::install::Installed;
use crate::deploy::{Origin, Origins, Plan, Platform, ProcessManager, Proxy, Server, Tls};
use crate::project::{Profile, SecretKey};
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
    if plan.app.has_health_url {
        found.push(format!("health at {}", plan.app.health_url));
    }
    if !plan.app.environment.is_empty() {
        found.push(count(plan.app.environment.len(), "variable"));
    }
    if !found.is_empty() {
        lines.push(format!("read from its code: {}", found.join(", ")));
    }
    match &profile.secret_key {
        SecretKey::Literal(place) => {
            lines.push(format!("look: SECRET_KEY is written in {place}; whoever reads the code can forge sessions (deploy/README.md says what to do)"));
        }
        SecretKey::Random(place) => {
            lines.push(format!("look: SECRET_KEY is drawn at each start in {place}; every restart ends all sessions (deploy/README.md says what to do)"));
        }
        SecretKey::None | SecretKey::Environment(_) | SecretKey::Unknown => {}
    }
    lines.extend(own_file(plan));
    lines.extend(no_effect(plan, origins));
    if !plan.app.installer.is_known {
        lines.push("look: no file says what the project depends on (deploy/README.md says what to do)".to_owned());
    }
    lines
}

/// What was said and changes nothing, each with why.
fn no_effect(plan: &Plan, origins: &Origins) -> Vec<String> {
    let alone = plan.proxy == Proxy::None;
    let counts = plan.proxy != Proxy::Apache || plan.abilities.apache_qos;
    let proxy = "there is no proxy that would do it".to_owned();
    let answers = [
        ("rate_limit", alone, proxy.clone()),
        ("rate_limit", !counts, format!("Apache on {} has no limit on the requests of one client", plan.target)),
        ("tls", alone, proxy.clone()),
        ("tls_profile", alone, proxy.clone()),
        ("email", alone, proxy.clone()),
        ("body_limit", alone && plan.server == Server::Gunicorn, proxy),
        ("workers", plan.server == Server::Waitress, "Waitress has no workers".to_owned()),
        (
            "threads",
            plan.server == Server::Gunicorn && plan.run.worker_class != "gthread",
            format!("workers of the class {} have none", plan.run.worker_class),
        ),
    ];
    let said = |key: &str| origins.get(key).is_some_and(|origin| *origin < Origin::Detected);
    answers
        .into_iter()
        .filter(|(key, is_idle, _)| *is_idle && said(key))
        .map(|(key, _, why)| format!("look: {} changes nothing: {why}", key.replace('_', "-")))
        .collect()
}

/// What becomes of a file of the project that stands where flaskship's would.
fn own_file(plan: &Plan) -> Option<String> {
    let own = match plan.server {
        Server::Gunicorn => "gunicorn.conf.py",
        Server::Waitress => "serve.py",
    };
    let sets = match &plan.run.own_settings[..] {
        [] => String::new(),
        names => format!("; it has nothing of what yours sets: {}", names.join(", ")),
    };
    let file = plan.run.file;
    plan.run
        .file_is_renamed
        .then(|| format!("look: your own {own} stays as it is, and production is started with {file} instead{sets}"))
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
