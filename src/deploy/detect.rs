//! What the project itself answers.

use super::answers::{Answers, Server};
use super::file::Told;
use crate::project::Profile;

/// What the project says of itself, besides its code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The name of the project's folder.
    pub(crate) folder: String,
    /// The production server that it uses already.
    pub(crate) server: Option<Server>,
}

/// The answers that can be read from a project.
pub(crate) fn detect(profile: &Profile, told: Option<&Told>, around: &Surroundings) -> Answers {
    Answers {
        server: around.server,
        name: service_name(&around.folder),
        host: told.and_then(Told::host),
        port: told.and_then(Told::port),
        domain: profile.server_name.iter().filter_map(|name| name.parse().ok()).collect(),
        body_limit: profile.body_limit.and_then(|bytes| bytes.to_string().parse().ok()),
        websockets: profile.websockets.map(|_| true),
        streaming: profile.streaming.then_some(true),
        // What `fix` found the app to want, or what the code shows now.
        single_process: (profile.single_process.is_some() || told.is_some_and(|told| told.workers == Some(1)))
            .then_some(true),
        health_url: profile.health_url.as_ref().and_then(|url| url.parse().ok()),
        ..Answers::default()
    }
}

/// A folder's name as the name of a service.
pub(super) fn service_name(folder: &str) -> Option<super::words::ServiceName> {
    let mut name = String::new();
    for c in folder.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => name.push(c),
            _ if !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(30).collect();
    let name = name.trim_end_matches('-');
    name.parse().or_else(|_| format!("{name}-app").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_that_was_found_to_want_one_worker_gets_one() {
        let single = |workers: Option<u32>| {
            let told = Told { workers, ..Told::default() };
            detect(&Profile::default(), Some(&told), &Surroundings::default()).single_process
        };
        assert_eq!((single(Some(1)), single(Some(4)), single(None)), (Some(true), None, None));
    }

    #[test]
    fn folders_name_services() {
        let name = |folder: &str| service_name(folder).map(|name| name.to_string());
        assert_eq!(name("My Shop_2").as_deref(), Some("my-shop-2"));
        assert_eq!(name("2048-game").as_deref(), Some("game"));
        assert_eq!(name("магазин"), None);
        assert_eq!(name("root").as_deref(), Some("root-app"));
        assert_eq!(name("Docker").as_deref(), Some("docker-app"));
    }
}
