//! The URL that says whether the app is well.

use super::Desk;

/// What such URLs are called, the plainest first. Those that tell whether the app is ready may ask a
/// database, so they come after those that tell whether it is alive.
const NAMES: &[&str] = &[
    "healthz",
    "health",
    "livez",
    "healthcheck",
    "health-check",
    "health_check",
    "_health",
    "__health__",
    "alive",
    "ping",
    "heartbeat",
    "readyz",
    "ready",
    "up",
    "status",
];

/// The best of the URLs that answer GET, take no arguments and ask for nobody.
pub(super) fn url(desk: &Desk<'_>) -> Option<String> {
    let rank = |rule: &str| {
        let parts: Vec<&str> = rule.trim_matches('/').split('/').collect();
        let last = parts.last()?.to_ascii_lowercase();
        // `/user/status` is about users; `/api/v1/health` is about the app.
        let lead = parts[..parts.len() - 1].iter().all(|part| {
            let part = part.to_ascii_lowercase();
            matches!(part.as_str(), "api" | "_" | "internal" | "monitoring" | "system" | "app" | "health")
                || part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.parse::<f32>().is_ok())
        });
        lead.then(|| NAMES.iter().position(|name| *name == last)).flatten().map(|at| (at, parts.len()))
    };
    desk.facts
        .needs
        .routes
        .iter()
        .filter(|route| route.get && !route.guarded && !route.rule.contains('<') && route.rule.starts_with('/'))
        .filter(|route| desk.modules.contains(&route.place.module))
        .filter_map(|route| Some((rank(&route.rule)?, &route.rule)))
        .min()
        .map(|(_, rule)| rule.clone())
}
