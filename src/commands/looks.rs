//! What a person has to look at once `new` has rendered.

use crate::deploy::{Origin, Origins, Plan, ProcessManager, Proxy, Server, WritableFolder};
use crate::project::{Job, Profile, ProxyFix, Writes};
use crate::report::count;
use crate::source::is_in;

/// The lines, each with what to do.
pub(super) fn looks(plan: &Plan, origins: &Origins, profile: &Profile) -> Vec<String> {
    let mut lines: Vec<String> = secrets(plan).collect();
    lines.extend([lost_tls(plan), cookies(plan, profile), own_file(plan)].into_iter().flatten());
    lines.extend(unnamed(plan, profile));
    lines.extend(limiter(plan, profile));
    lines.extend(devices(plan));
    lines.extend(sudo(profile));
    lines.extend(workers(plan, profile));
    lines.extend(writes(plan, &profile.writes, origins.contains_key("writable")));
    lines.extend(dependencies(plan));
    lines.extend(profile.proxy_fix.iter().flat_map(|fix| proxies(plan, fix)));
    lines.extend(no_effect(plan, origins));
    lines.into_iter().map(|line| format!("look: {line}")).collect()
}

/// Keys that others can know, or that nobody keeps.
fn secrets(plan: &Plan) -> impl Iterator<Item = String> {
    let written = plan.app.secrets_in_code.iter().map(|secret| {
        let what = if secret.key == "SECRET_KEY" { "forge sessions" } else { "make use of it" };
        format!(
            "{} is written in {}; whoever reads the code can {what} (deploy/README.md says what to do)",
            secret.key, secret.place
        )
    });
    let drawn = plan.app.secrets_at_random.iter().map(|secret| {
        format!(
            "{} is drawn at each start in {}; every restart ends all that it signed, sessions too (deploy/README.md \
             says what to do)",
            secret.key, secret.place
        )
    });
    written.chain(drawn)
}

/// Limits on requests that each process counts for itself.
fn limiter(plan: &Plan, profile: &Profile) -> Option<String> {
    let is_alone = plan.run.single_process || plan.server == Server::Waitress && plan.run.processes == 1;
    let place = profile.limiter.as_ref().filter(|_| !is_alone && plan.run.workers != Some(1))?;
    Some(format!(
        "each process counts requests for itself in {place}, so clients may make several times as many; give \
         Flask-Limiter a `storage_uri` that all share"
    ))
}

/// Devices that the app opens.
fn devices(plan: &Plan) -> impl Iterator<Item = String> {
    plan.app.devices.iter().map(|device| {
        format!(
            "the app opens {} in {}, which takes one process and a user who may (deploy/README.md says how)",
            device.name, device.place
        )
    })
}

/// Programs that the app runs as another user.
fn sudo(profile: &Profile) -> Option<String> {
    let place = profile.sudo.as_ref()?;
    Some(format!(
        "the app runs a program as another user in {place}, which its service may not; let its own user do what it does"
    ))
}

/// What works beside the app.
fn workers(plan: &Plan, profile: &Profile) -> Vec<String> {
    let has_section = matches!(plan.process_manager, ProcessManager::Systemd | ProcessManager::Supervisor);
    let job = |job: &Job| {
        let command = job.words.join(" ");
        let is_told = has_section && plan.app.workers.iter().any(|worker| worker.said == command);
        let how = if is_told { " (deploy/README.md says how)" } else { "" };
        format!("{} starts `{command}` beside the app, which needs a service of its own{how}", job.path)
    };
    let queue = profile.queue.filter(|_| profile.workers.is_empty()).map(|queue| {
        format!(
            "the app uses {queue}, and no file starts a worker of it: what works beside the app needs a service of its own"
        )
    });
    profile.workers.iter().map(job).chain(queue).collect()
}

/// The names that the app answers for and the site does not.
fn unnamed(plan: &Plan, profile: &Profile) -> Vec<String> {
    let is_named =
        |name: &str| std::iter::once(&plan.site.domain).chain(&plan.site.aliases).any(|it| it.as_ref() == name);
    let line = |(name, place): &(Option<String>, String)| match name {
        Some(name) if is_named(name) => None,
        Some(name) => Some(format!(
            "the app answers for {name} too ({place}), and the site refuses names that it was not told: add `--domain {name}`"
        )),
        None => Some(format!(
            "the app tells names apart in {place}, and the site refuses those that it was not told: give each with `--domain`"
        )),
    };
    profile.names.iter().filter(|_| plan.proxy != Proxy::None).filter_map(line).collect()
}

/// What the code writes that a person has to look at.
fn writes(plan: &Plan, writes: &Writes, is_named: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(place) = &writes.beside_code {
        lines.push(format!("the app writes beside its own code in {place}, which it may now change; have it write into a folder of its own"));
    }
    let is_open = |dir: &str| plan.place.writable.iter().any(|folder| is_in(dir, folder));
    for (dir, place) in writes.outside.iter().filter(|(dir, _)| !is_open(dir)) {
        let remedy = match dir.parse::<WritableFolder>() {
            Ok(folder) => format!("if it is to, say `--writable {folder}`"),
            Err(_) => "have it write into a folder of its own".to_owned(),
        };
        lines.push(format!("the app writes into {dir} in {place}, outside of the project, where it may not; {remedy}"));
    }
    if let ([first, rest @ ..], true) = (&writes.somewhere[..], !is_named) {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", count(rest.len(), "place")) };
        lines.push(format!("the folder that the app writes into in {first}{more} is not known; if it is one of the project, say `--writable FOLDER`"));
    }
    lines
}

/// An app whose own server spoke HTTPS.
fn lost_tls(plan: &Plan) -> Option<String> {
    let remedy = match plan.server {
        Server::Gunicorn => {
            "Gunicorn does not know its files: write `ssl_context = [\"cert.pem\", \"key.pem\"]` below `[[app]]` in \
             flaskship.toml, or put `--proxy nginx` in front"
        }
        Server::Waitress => "Waitress speaks no TLS: put `--proxy nginx` in front, or use `--server gunicorn`",
    };
    let said = "the code had its server speak HTTPS (ssl_context), and the app is reached by plain HTTP now";
    plan.run.loses_tls.then(|| format!("{said}. {remedy}"))
}

/// Cookies that no browser sends back.
fn cookies(plan: &Plan, profile: &Profile) -> Option<String> {
    let https = if plan.proxy == Proxy::None { plan.run.certificate.is_some() } else { plan.site.https };
    let remedy = if plan.proxy == Proxy::None { "put `--proxy nginx` in front" } else { "leave `--tls off` out" };
    profile.secure_cookies.as_ref().filter(|_| !https).map(|place| {
        format!(
            "SESSION_COOKIE_SECURE in {place} keeps the session's cookie to HTTPS, and there is none, so nobody stays \
             logged in: {remedy}, unless something else in front speaks HTTPS"
        )
    })
}

/// A `ProxyFix` that counts other proxies than the one in front.
fn proxies(plan: &Plan, fix: &ProxyFix) -> Vec<String> {
    let proxied = plan.proxy != Proxy::None;
    let told = [
        ("x_for", fix.x_for, proxied, "the app does not learn who asks"),
        ("x_proto", fix.x_proto, proxied && plan.site.https, "the app takes HTTPS for plain HTTP"),
    ];
    told.into_iter()
        .filter_map(|(name, count, matters, so)| Some((name, count.filter(|count| *count != 1 && matters)?, so)))
        .map(|(name, count, so)| {
            format!("ProxyFix in {} has {name}={count}, and one proxy is in front: {so}; write {name}=1", fix.place)
        })
        .collect()
}

/// A project that does not say what it depends on.
fn dependencies(plan: &Plan) -> Option<String> {
    let line = "no file says what the project depends on (deploy/README.md says what to do)";
    (!plan.app.installer.is_known).then(|| line.to_owned())
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
        .map(|(key, _, why)| format!("{} changes nothing: {why}", key.replace('_', "-")))
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
        .then(|| format!("your own {own} stays as it is, and production is started with {file} instead{sets}"))
}
