//! What a person has to look at once `new` has rendered.

use crate::deploy::{Origin, Origins, Plan, Proxy, Server};
use crate::project::{Profile, ProxyFix, SecretKey};

/// The lines, each with what to do.
pub(super) fn looks(plan: &Plan, origins: &Origins, profile: &Profile) -> Vec<String> {
    let lines = [secret(profile), lost_tls(plan), cookies(plan, profile), own_file(plan), dependencies(plan)];
    let others = profile.proxy_fix.iter().flat_map(|fix| proxies(plan, fix)).chain(no_effect(plan, origins));
    lines.into_iter().flatten().chain(others).map(|line| format!("look: {line}")).collect()
}

/// A key that others can know, or that nobody keeps.
fn secret(profile: &Profile) -> Option<String> {
    match &profile.secret_key {
        SecretKey::Literal(place) => Some(format!(
            "SECRET_KEY is written in {place}; whoever reads the code can forge sessions (deploy/README.md says what to do)"
        )),
        SecretKey::Random(place) => Some(format!(
            "SECRET_KEY is drawn at each start in {place}; every restart ends all sessions (deploy/README.md says what to do)"
        )),
        SecretKey::None | SecretKey::Environment(_) | SecretKey::Unknown => None,
    }
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
