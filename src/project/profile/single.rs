//! Why an app must run in a single process.

use super::super::facts::When;
use super::super::needs::{Deed, DeedKind};
use super::{Desk, SecretKey, devices, settings, state};

/// The first reason that is found, the gravest kind first.
pub(super) fn reason(desk: &Desk<'_>) -> Option<String> {
    let kinds = [
        (DeedKind::Scheduler, "starts a scheduler"),
        (DeedKind::Broker, "keeps a connection to a message broker"),
        (DeedKind::Thread, "starts a thread"),
        (DeedKind::BackgroundTask, "starts a background task"),
        (DeedKind::Program, "starts another program"),
    ];
    // A thread that a request starts is the affair of its worker; one that each worker starts is many.
    let counts = |deed: &&Deed| deed.on_import && matches!(deed.when, When::Default | When::Unknown);
    for (kind, what) in kinds {
        if let Some(deed) = desk.deeds(kind).find(counts) {
            return Some(format!("it {what} in {}", desk.at(deed.place)));
        }
    }
    if let Some(device) = devices::devices(desk).first() {
        return Some(format!("it opens {} in {}, which only one process can", device.class.name(), device.place));
    }
    if desk.deeds(DeedKind::SocketIo).next().is_some() {
        return Some("Flask-SocketIO keeps the sessions of its clients in one process".to_owned());
    }
    if let Some(state) = state::written(desk) {
        return Some(state);
    }
    let own = ("SECRET_KEY", settings::secret_key(desk));
    std::iter::once(own).chain(settings::further_keys(desk)).find_map(|(key, source)| match source {
        SecretKey::Random(place) => Some(format!(
            "it makes a new {key} at each start in {place}, and what that signs is only good in one process"
        )),
        _ => None,
    })
}
