//! Answers that cannot be followed together.

use super::answers::{Answers, ProcessManager, Proxy, Server, Tls};
use super::plan::Conflict;
use super::words::Domain;
use crate::source::is_in;

/// Says no to what cannot work, before anything is rendered.
pub(super) fn refuse(
    answers: &Answers,
    server: Server,
    process_manager: ProcessManager,
    proxy: Proxy,
    tls: Tls,
    domain: &Domain,
    windows: bool,
) -> Result<(), Conflict> {
    let conflict = |message: &str, hint: &str| Err(Conflict { message: message.to_owned(), hint: hint.to_owned() });
    if windows && server == Server::Gunicorn {
        return conflict("Gunicorn does not run on Windows", "use `--server waitress`");
    }
    if windows && matches!(process_manager, ProcessManager::Systemd | ProcessManager::Supervisor) {
        return conflict(
            &format!("`--process-manager {process_manager}` does not run on Windows"),
            "use `--process-manager windows`",
        );
    }
    if let Some(folder) = answers.writable.iter().find(|folder| windows && folder.is_absolute()) {
        return conflict(
            &format!("`{folder}` is no folder of a Windows machine"),
            "name a folder of the project: `--writable uploads`",
        );
    }
    if !windows && process_manager == ProcessManager::Windows {
        return conflict(
            "a Windows service needs Windows",
            "add `--target windows`, or use `--process-manager systemd`",
        );
    }
    if let (false, Some(home)) = (windows, &answers.home)
        && let Some(closed) = closed(home.as_ref())
    {
        return conflict(
            &format!("`home` is `{home}`, and neither the service nor the proxy may see what is in `{closed}`"),
            "leave `--home` out for a folder in `/srv`: the commands of deploy/README.md bring the code there",
        );
    }
    if answers.static_dir.as_ref().is_some_and(|dir| dir.as_ref().is_empty()) {
        return conflict(
            "`static-dir` is the project\'s folder, and its code would be there for everybody",
            "put static files into a folder of their own: `--static-dir static`",
        );
    }
    if answers.static_url.as_ref().is_some_and(|url| url.as_ref() == "/") {
        return conflict(
            "`static-url` is `/`, and no page of the app would be reached",
            "serve static files below a URL of their own: `--static-url /static`",
        );
    }
    if !answers.upstream.is_empty() && proxy == Proxy::None {
        return conflict("`--upstream` names the hosts behind a proxy, and there is none", "add `--proxy nginx`");
    }
    if windows && proxy != Proxy::None {
        return conflict(
            &format!("`--proxy {proxy}` is rendered for Linux only"),
            "render the proxy for its own machine, with `--upstream HOST:PORT`",
        );
    }
    let public = domain.as_ref().contains('.') && !domain.as_ref().ends_with(".localhost");
    if proxy != Proxy::None && tls == Tls::Acme && !public {
        return conflict(
            &format!("no public authority gives a certificate for `{domain}`"),
            "give the site's name with `--domain`, or use `--tls self-signed`",
        );
    }
    Ok(())
}

/// Folders that other users than their owner cannot enter, or that are emptied when the machine starts. The
/// units' walls hide them too (`ProtectHome=`, `PrivateTmp=` and `PrivateDevices=` in `man 5 systemd.exec`).
const CLOSED: &[&str] = &["/dev", "/home", "/proc", "/root", "/run", "/sys", "/tmp", "/var/run", "/var/tmp"];

/// The closed folder that a path is in.
fn closed(path: &str) -> Option<&'static str> {
    CLOSED.iter().copied().find(|folder| is_in(path, folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_a_service_cannot_see_are_closed() {
        for (path, expected) in [
            ("/home/ubuntu/app", Some("/home")),
            ("/root", Some("/root")),
            ("/tmp/shop", Some("/tmp")),
            ("/var/tmp/shop", Some("/var/tmp")),
            ("/homes/shop", None),
            ("/srv/home/shop", None),
            ("/var/www/shop", None),
            ("/opt/shop", None),
        ] {
            assert_eq!(closed(path), expected, "{path}");
        }
    }
}
