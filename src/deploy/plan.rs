//! Every decision about a deployment, made. Templates read this and nothing else.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use super::answers::{
    Answers, Logs, Origin, Origins, Platform, ProcessManager, Proxy, Server, Tls, TlsProfile, Updates,
};
use super::file::ToldTls;
use super::platform::Abilities;
use super::refusals::refuse;
use super::setup::{self, InstallerPlan, Setup};
use super::taken::{LAUNCHER, SETTINGS, Taken};
use super::words::{
    Count, Domain, Email, Endpoint, Host, ImportTarget, Port, RelativePath, ServiceName, Size, UrlPath, WritableFolder,
    sentence,
};
use crate::project::{
    AsyncMode, Device, DeviceClass, EnvironmentRead, Job, Profile, SecretKey, Websockets, WorkerClass, threads,
};
use crate::source::is_in;

/// A deployment. Serialized, it is the data of the templates; names with a dash in `flaskship.toml`
/// have an underscore here.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Plan {
    /// What the service is called: unit, site, folder.
    pub(crate) name: String,
    /// The same with underscores, where a dash would end a word: nginx's variables.
    pub(crate) identifier: String,
    /// The WSGI server.
    pub(crate) server: Server,
    /// What starts it.
    pub(crate) process_manager: ProcessManager,
    /// What is in front of it.
    pub(crate) proxy: Proxy,
    /// The machine it is for.
    pub(crate) target: Platform,
    /// What the programs of that machine can do.
    pub(crate) abilities: Abilities,
    /// The app.
    pub(crate) app: AppPlan,
    /// How its dependencies get onto the machine.
    pub(crate) install: Setup,
    /// How the server runs it.
    pub(crate) run: RunPlan,
    /// Where things are on the machine.
    pub(crate) place: PlacePlan,
    /// The site in front.
    pub(crate) site: SitePlan,
    /// Where logs go.
    pub(crate) logs: Logs,
    /// Whether figures for Prometheus are wanted.
    pub(crate) metrics: bool,
    /// Where those figures are.
    pub(crate) watch: WatchPlan,
    /// What proposes updates.
    pub(crate) updates: Updates,
}

/// What the app is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AppPlan {
    /// `module:name`.
    pub(crate) target: ImportTarget,
    /// The module of the target.
    pub(crate) module: String,
    /// The name in it.
    pub(crate) object: String,
    /// The folder to start the server in, relative to the project; `""` for the project folder.
    pub(crate) dir: String,
    /// The version of Python: `3.13`.
    pub(crate) python: String,
    /// What installs its dependencies, for those who propose updates.
    pub(crate) installer: InstallerPlan,
    /// Static files that the proxy can serve.
    pub(crate) statics: Vec<StaticPlan>,
    /// The largest request body, in bytes.
    pub(crate) body_limit: Size,
    /// Whether that limit is the app's own.
    pub(crate) limits_itself: bool,
    /// Whether it speaks WebSocket.
    pub(crate) websockets: bool,
    /// Whether that is Flask-SocketIO's protocol.
    pub(crate) socketio: bool,
    /// Whether it sends responses bit by bit.
    pub(crate) streaming: bool,
    /// Whether it trusts forwarded headers itself.
    pub(crate) proxy_fix: bool,
    /// Whether it makes machine code while it runs, which a sandbox must not forbid.
    pub(crate) compiles: bool,
    /// Whether it looks at the machine it is on, which a sandbox must not hide.
    pub(crate) reads_system: bool,
    /// Devices of the machine that it opens.
    pub(crate) devices: Vec<DevicePlan>,
    /// Whether pins of the board are among them.
    pub(crate) drives_pins: bool,
    /// What works beside it.
    pub(crate) workers: Vec<WorkerPlan>,
    /// Whether anything does.
    pub(crate) has_workers: bool,
    /// Whether `flask db upgrade` brings its database up to date.
    pub(crate) migrates: bool,
    /// The variables that its secret keys are read from: its own first, then those of extensions.
    pub(crate) secrets: Vec<String>,
    /// The secret keys that are written in the code.
    pub(crate) secrets_in_code: Vec<SecretPlan>,
    /// The secret keys that are drawn at random each time the app starts.
    pub(crate) secrets_at_random: Vec<SecretPlan>,
    /// Whether one of all these goes into the passwords that are stored.
    pub(crate) salts_passwords: bool,
    /// Variables of the environment that it reads, but for those.
    pub(crate) environment: Vec<VariablePlan>,
    /// Folders that it writes into, relative to the project.
    pub(crate) writes: Vec<String>,
    /// What of that new code must not overwrite on the machine, but for databases that are called like one:
    /// folders, with a slash at their end, and files.
    pub(crate) data: Vec<String>,
    /// Whether it writes into a folder that holds code of its own.
    pub(crate) writes_beside_code: bool,
    /// The URL that says whether it is well.
    pub(crate) health_url: UrlPath,
    /// Whether that URL is only for this.
    pub(crate) has_health_url: bool,
}

/// A folder of static files.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StaticPlan {
    /// The URL without a slash at its end: `/static`.
    pub(crate) url: String,
    /// The folder, relative to the project.
    pub(crate) dir: String,
}

/// A device that the app opens.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DevicePlan {
    /// What a person calls it: `a camera`.
    pub(crate) name: &'static str,
    /// Where it is opened: `app.py:12`.
    pub(crate) place: String,
    /// The groups of the system that may open it.
    pub(crate) groups: &'static [&'static str],
    /// What systemd calls it (`DeviceAllow=` in `man 5 systemd.resource-control`): by kind, so that it does
    /// not matter which of several it is.
    pub(crate) allow: &'static [&'static str],
}

/// A program that works beside the app.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WorkerPlan {
    /// What it is called: `worker`.
    pub(crate) name: String,
    /// Its command as the project has it.
    pub(crate) said: String,
    /// The file that says so.
    pub(crate) path: String,
    /// Its program, of those in the virtual environment.
    pub(crate) program: String,
    /// What that is told.
    pub(crate) arguments: String,
    /// Whether it keeps its times in a file.
    pub(crate) keeps_times: bool,
}

/// A secret key that does not come from the environment.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SecretPlan {
    /// The setting: `SECRET_KEY`.
    pub(crate) key: &'static str,
    /// Where it is set: `app.py:12`.
    pub(crate) place: String,
}

/// A variable of the environment.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VariablePlan {
    /// Its name.
    pub(crate) name: String,
    /// Whether the app cannot do without.
    pub(crate) required: bool,
    /// What it takes without it, where that is known.
    pub(crate) default: String,
    /// What chooses the configuration for production, where the app takes one for development without it.
    pub(crate) production: String,
    /// Where it is read: `app.py:12`.
    pub(crate) place: String,
}

/// How the server runs the app.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunPlan {
    /// The packages that the server needs beside the project's own dependencies.
    pub(crate) packages: Vec<String>,
    /// The file that the server is started with, in its folder: Gunicorn's settings, or Waitress' launcher.
    pub(crate) file: &'static str,
    /// Whether that is another name than flaskship gives it otherwise, because the project has a file of its
    /// own there. Gunicorn has to be told of it then.
    pub(crate) file_is_renamed: bool,
    /// What the project's own settings of Gunicorn set, which are not read then.
    pub(crate) own_settings: Vec<String>,
    /// Gunicorn's worker class: `gthread`, `gevent` or `eventlet`.
    pub(crate) worker_class: &'static str,
    /// How many workers; `None` to decide by the processors when it starts.
    pub(crate) workers: Option<u32>,
    /// Whether workers are replaced after many requests: not where they hold connections or state.
    pub(crate) recycle: bool,
    /// Whether there must be one process only.
    pub(crate) single_process: bool,
    /// Why, in a few words.
    pub(crate) single_because: Option<String>,
    /// How many servers Supervisor runs on one socket, so that one is there while another starts anew.
    pub(crate) processes: u16,
    /// Threads of each worker.
    pub(crate) threads: u32,
    /// Seconds a request may take.
    pub(crate) timeout: u32,
    /// Seconds that requests under way have when the server is told to stop; less than `stop_timeout`.
    pub(crate) graceful_timeout: u32,
    /// Seconds after which the process manager kills it.
    pub(crate) stop_timeout: u32,
    /// Seconds the proxy waits for an answer; more than `timeout`.
    pub(crate) proxy_timeout: u32,
    /// Seconds without any answer after which the process manager starts the server anew; more than an
    /// import may take. `None` where all threads may be held for long by right.
    pub(crate) watchdog: Option<u32>,
    /// Whether forwarded headers are to be trusted by the server: a proxy sends them, and the app does not
    /// trust them itself.
    pub(crate) trusts_proxy: bool,
    /// Whether the server listens on a unix socket, which only the proxy on the same machine reaches.
    pub(crate) unix_socket: bool,
    /// The socket's path. Root makes it, in the process manager, so that it stays while the server restarts.
    pub(crate) socket: String,
    /// The host to listen on otherwise, with brackets where it is an IPv6 address.
    pub(crate) host: String,
    /// The port to listen on otherwise.
    pub(crate) port: Port,
    /// Further ports, where hosts are reached at several.
    pub(crate) more_ports: Vec<Port>,
    /// Whether the process manager opens the socket, unix or not, and hands it over: then none who asks is
    /// refused while the server restarts.
    pub(crate) held: bool,
    /// The addresses and ports that systemd opens where it is no unix socket, in its words: `127.0.0.1:8000`,
    /// or `8000` alone for every address, IPv6 too.
    pub(crate) listens: Vec<String>,
    /// The host by which this machine reaches its own server: no socket answers at "everywhere".
    pub(crate) reached_at: String,
    /// The variable that the code took the port from.
    pub(crate) port_variable: Option<String>,
    /// The certificate that the server itself serves with, as the code's own did: a path on the machine, which
    /// may be relative to the folder that the server is started in.
    pub(crate) certificate: Option<String>,
    /// The path of its key.
    pub(crate) certificate_key: Option<String>,
    /// Whether the code's own server spoke TLS, and neither this one does nor anything in front.
    pub(crate) loses_tls: bool,
}

/// Where things are on the machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlacePlan {
    /// The system user.
    pub(crate) user: String,
    /// A machine that the app runs on, as a person reaches it.
    pub(crate) server: String,
    /// The user that the proxy runs as, who may use the socket.
    pub(crate) proxy_user: &'static str,
    /// The folder of the deployment: `/srv/shop`.
    pub(crate) home: String,
    /// The project's files: `/srv/shop/app`.
    pub(crate) code: String,
    /// The folder to start the server in.
    pub(crate) workdir: String,
    /// The virtual environment.
    pub(crate) venv: String,
    /// The folder of the file with the app's variables.
    pub(crate) settings: String,
    /// The folders that the app writes into.
    pub(crate) writable: Vec<String>,
    /// The file with the app's variables, which nobody else can read.
    pub(crate) env_file: String,
}

/// The site in front of the app.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SitePlan {
    /// The main name.
    pub(crate) domain: Domain,
    /// Further names.
    pub(crate) aliases: Vec<Domain>,
    /// Where the certificate comes from.
    pub(crate) tls: Tls,
    /// Mozilla's profile.
    pub(crate) tls_profile: TlsProfile,
    /// Whether the proxy speaks TLS.
    pub(crate) https: bool,
    /// Seconds that browsers are told to come by HTTPS only (RFC 6797): two years, as Mozilla asks, or as
    /// good as none where the certificate is for a try.
    pub(crate) hsts_seconds: u32,
    /// The folder with the certificate (`fullchain.pem`) and its key (`privkey.pem`). The site starts with
    /// a certificate signed by itself, which that of the authority replaces: no order of first steps fails.
    pub(crate) certificates: String,
    /// What systemd calls the proxy.
    pub(crate) service: &'static str,
    /// The folder that the authority's questions are answered from (RFC 8555 section 8.3).
    pub(crate) acme_root: &'static str,
    /// Whom the authority tells.
    pub(crate) email: Option<Email>,
    /// Hosts that run the app, where they are others.
    pub(crate) upstreams: Vec<Endpoint>,
    /// What the proxy connects to, `unix:/run/shop.sock` or `10.0.0.2:8000`.
    pub(crate) backends: Vec<String>,
    /// The static files that the proxy serves; none where it is on another machine than the app.
    pub(crate) statics: Vec<ServedFolder>,
    /// The largest request body, as short as it can be written: `16m`.
    pub(crate) body_limit: String,
    /// Requests per second of one client.
    pub(crate) rate_limit: u32,
    /// Requests that may come at once beyond that: a page with its pictures.
    pub(crate) burst: u32,
    /// Requests of one client in ten seconds, the burst included, where the proxy counts so; no more than it
    /// can count.
    pub(crate) ten_seconds: u32,
    /// Requests of one client that may be open at once.
    pub(crate) connections: u32,
}

/// Where figures are, all on the loopback address: nobody outside can read them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WatchPlan {
    /// The port that the server gives its figures on, the first of them where there are several.
    pub(crate) port: Port,
    /// The ports of all its processes.
    pub(crate) ports: Vec<Port>,
    /// The port that the proxy gives its status on.
    pub(crate) proxy_port: Port,
    /// The port of the exporter that makes figures of that status.
    pub(crate) exporter_port: Port,
}

/// A folder that the proxy serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ServedFolder {
    /// The URL without a slash at its end: `/static`.
    pub(crate) url: String,
    /// The folder on the server.
    pub(crate) folder: String,
}

/// The app that is deployed, as the planner of `fix` names it.
#[derive(Clone, Debug)]
pub(crate) struct AppSource {
    /// `module:name`.
    pub(crate) target: ImportTarget,
    /// The folder to start the server in, relative to the project.
    pub(crate) dir: String,
    /// The variable that the port was read from.
    pub(crate) port_variable: Option<String>,
    /// What its own server was told of TLS.
    pub(crate) tls: Option<ToldTls>,
    /// Which names of files are taken there.
    pub(crate) taken: Taken,
}

/// Answers that cannot all be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Conflict {
    /// Which, and why, without a final period.
    pub(crate) message: String,
    /// What to say instead, without a final period.
    pub(crate) hint: String,
}

/// The first port for figures.
const FIGURES: u16 = 9108;

/// Request bodies where the app has no limit of its own, in bytes: enough for a photograph.
const BODY_LIMIT: Size = Size(16 << 20);

impl Plan {
    /// Decides everything.
    ///
    /// # Errors
    /// Answers that contradict each other.
    pub(crate) fn decide(
        answers: &Answers,
        origins: &Origins,
        profile: &Profile,
        app: AppSource,
    ) -> Result<Self, Conflict> {
        // `pick!(x)`: what was said, else the default of the field's type's constructor given.
        let target = answers.target.unwrap_or(Platform::Debian13);
        let windows = target == Platform::Windows;
        let server = answers.server.unwrap_or(if windows { Server::Waitress } else { Server::Gunicorn });
        let process_manager = answers.process_manager.unwrap_or(match windows {
            true => ProcessManager::Windows,
            false => ProcessManager::Systemd,
        });
        let proxy = answers.proxy.unwrap_or(if windows { Proxy::None } else { Proxy::Nginx });
        let domains = if answers.domain.is_empty() { vec![localhost()] } else { answers.domain.clone() };
        let domain = domains[0].clone();
        let public = domain.as_ref().contains('.') && !domain.as_ref().ends_with(".localhost");
        let tls = answers.tls.unwrap_or(if public { Tls::Acme } else { Tls::SelfSigned });
        let logs = answers.logs.unwrap_or(match process_manager {
            ProcessManager::Systemd => Logs::Journal,
            _ => Logs::Files,
        });
        refuse(answers, server, process_manager, proxy, tls, &domain, windows)?;
        let waits_with = match profile.websockets {
            Some(Websockets::SocketIo(mode)) => Some(mode),
            _ => None,
        };
        let socketio = waits_with.is_some();
        let waits_with = waits_with.or(profile.patched);
        let websockets = answers.websockets.unwrap_or(profile.websockets.is_some());
        // Without WebSocket, Socket.IO polls.
        if server == Server::Waitress && websockets && !socketio {
            return Err(Conflict {
                message: "Waitress does not speak WebSocket, and the app does".to_owned(),
                hint: "use `--server gunicorn`, or `--websockets false` if the app can do without".to_owned(),
            });
        }

        let name = answers.name.as_ref().map_or("app", |name| name.as_ref()).to_owned();
        let home = answers.home.as_ref().map_or_else(|| format!("/srv/{name}"), ToString::to_string);
        let code = format!("{home}/app");
        let workdir = if app.dir.is_empty() { code.clone() } else { format!("{code}/{}", app.dir) };
        let upstreams = answers.upstream.clone();
        let hands_over = matches!(process_manager, ProcessManager::Systemd | ProcessManager::Supervisor);
        let ports = ports(answers, origins);
        let port = ports[0];
        let unix_socket = proxy != Proxy::None && upstreams.is_empty() && hands_over;

        let streaming = answers.streaming.unwrap_or(profile.streaming);
        let single_process = answers.single_process.unwrap_or(profile.single_process.is_some() || socketio);
        let timeout = answers.timeout.map_or(30, |seconds| seconds.get());
        let graceful_timeout = timeout.saturating_sub(5).clamp(5, 60);
        let socket = format!("/run/{name}.sock");
        let app_address = if unix_socket { format!("unix:{socket}") } else { format!("{}:{port}", loopback()) };
        let body_limit = answers.body_limit.unwrap_or(BODY_LIMIT);
        let statics = statics(answers, origins, profile);
        let served = served(&statics, proxy, &upstreams, &code);
        let rate_limit = answers.rate_limit.map_or(20, |rate| rate.get());
        let (module, object) = app.target.as_ref().split_once(':').unwrap_or((app.target.as_ref(), "app"));
        if server == Server::Waitress && !matches!(waits_with, None | Some(AsyncMode::Threading | AsyncMode::Uwsgi)) {
            return Err(Conflict {
                message: "Waitress has threads, and the app waits with gevent or eventlet".to_owned(),
                hint: match socketio {
                    true => "use `--server gunicorn`, or `async_mode=\"threading\"` in the code".to_owned(),
                    false => "use `--server gunicorn`, or let the code patch nothing".to_owned(),
                },
            });
        }
        let class = match waits_with {
            Some(mode) => mode.worker_class().ok_or_else(|| Conflict {
                message: "the app's Flask-SocketIO waits with the gevent of uWSGI, which no other server has"
                    .to_owned(),
                hint: "let the code choose another: `async_mode=\"gevent\"`, or none at all".to_owned(),
            })?,
            None if websockets && streaming => WorkerClass::Gevent,
            None => WorkerClass::Gthread,
        };
        let threads = match (server, websockets || streaming) {
            // There is one process only.
            (Server::Waitress, false) => 16,
            (Server::Gunicorn | Server::Waitress, stays_open) => threads(stays_open),
        };
        let listen = match &answers.host {
            // By hand, a server that trusts a proxy must not be reached around it.
            _ if proxy != Proxy::None && upstreams.is_empty() => loopback(),
            Some(host) if upstreams.is_empty() || is_said(origins, "host") => host.clone(),
            _ if upstreams.is_empty() => loopback(),
            // What the code said was for a person's own machine, and the proxy is on another.
            _ if upstreams.iter().all(|endpoint| endpoint.host.is_ipv6()) => known("::"),
            _ => everywhere(),
        };
        let listens = match (unix_socket, process_manager) {
            (false, ProcessManager::Systemd) => listens(&listen, &ports, !upstreams.is_empty())?,
            _ => Vec::new(),
        };
        // Supervisor opens one socket, and none of IPv6.
        let opens = process_manager != ProcessManager::Supervisor || (ports.len() == 1 && !listen.is_ipv6());
        let held = unix_socket || (hands_over && opens);

        let taken = match server {
            Server::Gunicorn => app.taken.settings.is_some(),
            Server::Waitress => app.taken.launcher,
        };
        // Gunicorn has workers of its own.
        let processes: u16 = match (server, process_manager) {
            (Server::Waitress, ProcessManager::Supervisor) if held && !single_process => 4,
            _ => 1,
        };
        let files = match &app.tls {
            Some(ToldTls::Files { certificate, key }) if proxy == Proxy::None && server == Server::Gunicorn => {
                Some((certificate.clone(), key.clone()))
            }
            _ => None,
        };
        let packages = packages(server, class);
        let (python, shipped) = setup::python(profile, target.abilities());
        let venv = format!("{home}/venv");
        let place = setup::Where { home: &home, code: &code, venv: &venv };
        let install = setup::setup(&profile.installer, place, (&python, shipped), &packages);

        Ok(Self {
            server,
            process_manager,
            proxy,
            target,
            abilities: target.abilities(),
            app: AppPlan {
                module: module.to_owned(),
                object: object.to_owned(),
                dir: app.dir.clone(),
                python: python.clone(),
                installer: setup::installer(&profile.installer),
                statics,
                body_limit,
                limits_itself: profile.body_limit.is_some(),
                websockets,
                socketio,
                streaming,
                proxy_fix: profile.proxy_fix.is_some(),
                compiles: profile.compiles,
                reads_system: profile.reads_system,
                devices: profile.devices.iter().map(device).collect(),
                drives_pins: profile.devices.iter().any(|device| device.class == DeviceClass::Pins),
                workers: profile.workers.iter().filter_map(worker).collect(),
                has_workers: profile.workers.iter().any(|job| worker(job).is_some()),
                migrates: profile.migrates,
                secrets: secrets(profile),
                secrets_in_code: secrets_that(profile, |source| match source {
                    SecretKey::Literal(place) => Some(place),
                    _ => None,
                }),
                secrets_at_random: secrets_that(profile, |source| match source {
                    SecretKey::Random(place) => Some(place),
                    _ => None,
                }),
                salts_passwords: profile.further_keys.iter().any(|(key, _)| *key == "SECURITY_PASSWORD_SALT"),
                environment: variables(profile),
                writes: written(profile, &answers.writable),
                data: data(profile),
                writes_beside_code: profile.writes.holds_code,
                has_health_url: answers.health_url.is_some(),
                health_url: answers.health_url.clone().unwrap_or_else(root_url),
                target: app.target,
            },
            install,
            run: RunPlan {
                packages,
                file: match (server, taken) {
                    (Server::Gunicorn, false) => SETTINGS,
                    (Server::Gunicorn, true) => "gunicorn.production.conf.py",
                    (Server::Waitress, false) => LAUNCHER,
                    (Server::Waitress, true) => "serve_production.py",
                },
                file_is_renamed: taken,
                own_settings: match server {
                    Server::Gunicorn => app.taken.settings.unwrap_or_default(),
                    Server::Waitress => Vec::new(),
                },
                worker_class: class.name(),
                workers: if single_process { Some(1) } else { answers.workers.map(|workers| workers.get()) },
                single_because: single_process.then(|| match &profile.single_process {
                    Some(reason) => sentence(reason),
                    None if socketio => "Flask-SocketIO keeps the sessions of its clients in one process".to_owned(),
                    None if matches!(origins.get("single_process"), Some(Origin::Detected)) => {
                        "flaskship.toml says that one worker is to serve it".to_owned()
                    }
                    None => "the answer single-process says so".to_owned(),
                }),
                recycle: !(single_process || websockets || streaming),
                single_process,
                processes,
                threads: answers.threads.map_or(threads, |threads| threads.get()),
                timeout,
                graceful_timeout,
                stop_timeout: graceful_timeout + 10,
                // Where a connection stays open, silence on it means nothing.
                proxy_timeout: if websockets || streaming { 3600.max(timeout + 5) } else { timeout + 5 },
                watchdog: (process_manager == ProcessManager::Systemd
                    && (class != WorkerClass::Gthread || !(websockets || streaming)))
                    .then_some(timeout + 30),
                trusts_proxy: proxy != Proxy::None && profile.proxy_fix.is_none(),
                unix_socket,
                socket,
                more_ports: ports[1..].to_vec(),
                held,
                listens,
                reached_at: listen.reached_at().bracketed(),
                host: listen.bracketed(),
                port,
                port_variable: app.port_variable.filter(|_| ports.len() == 1),
                loses_tls: proxy == Proxy::None && app.tls.is_some() && files.is_none(),
                certificate: files.as_ref().map(|(certificate, _)| certificate.clone()),
                certificate_key: files.map(|(_, key)| key),
            },
            place: PlacePlan {
                user: answers.user.as_ref().map_or_else(|| name.clone(), ToString::to_string),
                server: upstreams.first().map_or_else(|| domain.to_string(), |endpoint| endpoint.host.to_string()),
                proxy_user: "www-data",
                workdir,
                venv,
                settings: format!("/etc/{name}"),
                writable: writable(profile, &answers.writable, &code),
                env_file: format!("/etc/{name}/{name}.env"),
                code,
                home,
            },
            site: SitePlan {
                aliases: domains[1..].to_vec(),
                domain,
                tls,
                https: tls != Tls::Off,
                hsts_seconds: if tls == Tls::Acme { 63_072_000 } else { 300 },
                tls_profile: answers.tls_profile.unwrap_or(TlsProfile::Intermediate),
                certificates: format!("/etc/ssl/{name}"),
                service: if proxy == Proxy::Apache { "apache2" } else { "nginx" },
                acme_root: "/var/www/acme",
                email: answers.email.clone(),
                backends: backends(&upstreams, &app_address),
                statics: served,
                body_limit: body_limit.to_string(),
                upstreams,
                rate_limit,
                burst: rate_limit.saturating_mul(3),
                ten_seconds: rate_limit.saturating_mul(13).min(MOST_COUNTED),
                connections: if websockets || streaming { 100 } else { 60 },
            },
            logs,
            metrics: answers.metrics.unwrap_or(false),
            // 9113 and 9117 are those of the exporters for nginx and Apache in Prometheus' list of ports.
            watch: WatchPlan {
                ports: (0..processes).map(|number| Port(FIGURES + number)).collect(),
                port: Port(FIGURES),
                proxy_port: Port(9145),
                exporter_port: Port(if proxy == Proxy::Apache { 9117 } else { 9113 }),
            },
            updates: answers.updates.unwrap_or(Updates::None),
            identifier: name.replace('-', "_"),
            name,
        })
    }
}

impl Plan {
    /// The answer to every question that this plan is the same as giving, defaults included. What is left
    /// to the moment when the server starts has none.
    pub(crate) fn answers(&self) -> Answers {
        let Self {
            name,
            identifier: _,
            watch: _,
            install: _,
            server,
            process_manager,
            proxy,
            target,
            abilities: _,
            app,
            run,
            place,
            site,
            logs,
            metrics,
            updates,
        } = self;
        let proxied = *proxy != Proxy::None;
        let first = app.statics.first();
        Answers {
            server: Some(*server),
            process_manager: Some(*process_manager),
            app: Some(app.target.clone()),
            workers: run.workers.map(Count),
            threads: Some(Count(run.threads)),
            timeout: Some(Count(run.timeout)),
            host: run.host.parse().ok(),
            port: Some(run.port),
            proxy: Some(*proxy),
            domain: std::iter::once(&site.domain).chain(&site.aliases).filter(|_| proxied).cloned().collect(),
            tls: proxied.then_some(site.tls),
            tls_profile: proxied.then_some(site.tls_profile),
            email: site.email.clone(),
            upstream: site.upstreams.clone(),
            rate_limit: proxied.then_some(Count(site.rate_limit)),
            target: Some(*target),
            name: name.parse().ok(),
            user: place.user.parse().ok(),
            home: place.home.parse().ok(),
            static_url: first.and_then(|folder| folder.url.parse().ok()),
            static_dir: first.and_then(|folder| folder.dir.parse().ok()),
            writable: app
                .writes
                .iter()
                .chain(place.writable.iter().filter(|folder| !is_in(folder, &place.code)))
                .filter_map(|folder| folder.parse().ok())
                .collect(),
            body_limit: Some(app.body_limit),
            websockets: Some(app.websockets),
            streaming: Some(app.streaming),
            single_process: Some(run.single_process),
            health_url: Some(app.health_url.clone()),
            logs: Some(*logs),
            metrics: Some(*metrics),
            updates: Some(*updates),
        }
    }
}

/// What some readers take for the end of a line.
const ENDS_LINES: &[char] = &['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// How a program is started beside the app. One with words that a unit could take for something else is left
/// to a person.
fn worker(job: &Job) -> Option<WorkerPlan> {
    let is_plain =
        |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c));
    let name = job.name.to_ascii_lowercase().replace('_', "-");
    if !job.words.iter().all(is_plain) || name.parse::<ServiceName>().is_err() {
        return None;
    }
    let (program, rest) = job.words.split_first()?;
    let file = program.rsplit('/').next().unwrap_or(program);
    // A script that has no name among the programs is Python's to run.
    let is_script = file.ends_with(".py") && program.contains('/');
    let arguments = if is_script { &job.words[..] } else { rest };
    let has_file = rest.iter().any(|word| word.starts_with("-s") || word.starts_with("--schedule"));
    Some(WorkerPlan {
        keeps_times: file == "celery" && rest.iter().any(|word| word == "beat") && !has_file,
        name,
        said: job.words.join(" "),
        path: sentence(job.path.as_str()),
        program: if is_script { "python" } else { file }.to_owned(),
        arguments: arguments.join(" "),
    })
}

/// The secret keys of the app and its extensions, by setting.
fn keys(profile: &Profile) -> impl Iterator<Item = (&'static str, &SecretKey)> {
    let further = profile.further_keys.iter().map(|(key, source)| (*key, source));
    std::iter::once(("SECRET_KEY", &profile.secret_key)).chain(further)
}

/// The variables that these are read from, each once.
fn secrets(profile: &Profile) -> Vec<String> {
    let mut variables: Vec<String> = Vec::new();
    for (_, source) in keys(profile) {
        if let SecretKey::Environment(variable) = source
            && !variables.contains(variable)
        {
            variables.push(variable.clone());
        }
    }
    variables
}

/// Those that come from elsewhere, with the place.
fn secrets_that(profile: &Profile, from: impl Fn(&SecretKey) -> Option<&String>) -> Vec<SecretPlan> {
    keys(profile).filter_map(|(key, source)| Some(SecretPlan { key, place: sentence(from(source)?) })).collect()
}

/// The variables that the app reads; its secret keys are told apart.
fn variables(profile: &Profile) -> Vec<VariablePlan> {
    let secrets = secrets(profile);
    let is_secret = |name: &String| secrets.contains(name);
    let one = |read: &EnvironmentRead| VariablePlan {
        name: read.name.clone(),
        required: read.required,
        // One that no file of variables can hold is not shown.
        default: read.default.clone().filter(|text| !text.contains(ENDS_LINES)).unwrap_or_default(),
        production: read.production.clone().filter(|text| !text.contains(ENDS_LINES)).unwrap_or_default(),
        place: sentence(&read.place),
    };
    let mut all: Vec<VariablePlan> =
        profile.environment.iter().filter(|read| !is_secret(&read.name)).map(one).collect();
    // What has to be filled in comes first.
    all.sort_by_key(|variable| !variable.required && variable.production.is_empty());
    all
}

/// The folders of the project that the app writes into: those that its code shows and those that were
/// named. One that no configuration file can hold is left to a person.
fn written(profile: &Profile, named: &[WritableFolder]) -> Vec<String> {
    let shown = profile.writes.folders.iter().filter(|dir| dir.parse::<RelativePath>().is_ok()).cloned();
    let named = named.iter().filter(|folder| !folder.is_absolute()).map(ToString::to_string);
    let all: BTreeSet<String> = shown.chain(named).collect();
    all.iter().filter(|dir| !all.iter().any(|other| other != *dir && is_in(dir, other))).cloned().collect()
}

/// What is left alone when code is brought. Files that the endings of databases name are left alone anyway.
fn data(profile: &Profile) -> Vec<String> {
    let is_database = |path: &&String| [".db", ".sqlite", ".sqlite3"].iter().any(|ending| path.ends_with(ending));
    let is_plain = |path: &&String| path.parse::<RelativePath>().is_ok();
    profile.writes.data.iter().filter(|path| !is_database(path) && is_plain(path)).cloned().collect()
}

/// The same, on the machine, with those outside of the project.
fn writable(profile: &Profile, named: &[WritableFolder], code: &str) -> Vec<String> {
    let folder = |dir: &String| if dir.is_empty() { code.to_owned() } else { format!("{code}/{dir}") };
    let outside = named.iter().filter(|folder| folder.is_absolute()).map(ToString::to_string);
    written(profile, named).iter().map(folder).chain(outside).collect()
}

/// What a sandbox leaves open for a device.
fn device(device: &Device) -> DevicePlan {
    let (groups, allow): (&[&str], &[&str]) = match device.class {
        // The cameras of the Raspberry Pi are several devices each.
        DeviceClass::Camera => (&["video"], &["char-video4linux", "char-media", "char-dma_heap", "/dev/vchiq"]),
        DeviceClass::SerialPort => (&["dialout"], &["char-ttyUSB", "char-ttyACM", "char-ttyAMA", "char-ttyS"]),
        DeviceClass::Pins => (&["gpio", "i2c", "spi"], &["char-gpiochip", "/dev/gpiomem", "char-i2c", "char-spi"]),
    };
    DevicePlan { name: device.class.name(), place: sentence(&device.place), groups, allow }
}

/// What has to be installed for the server.
fn packages(server: Server, class: WorkerClass) -> Vec<String> {
    let packages = match server {
        Server::Gunicorn => class.packages(),
        Server::Waitress => &["waitress"],
    };
    packages.iter().map(|package| (*package).to_owned()).collect()
}

/// Whether a person said it, and not the project.
fn is_said(origins: &Origins, key: &str) -> bool {
    origins.get(key).is_some_and(|origin| *origin < Origin::Detected)
}

/// What was said of static files replaces what was read from the code.
fn statics(answers: &Answers, origins: &Origins, profile: &Profile) -> Vec<StaticPlan> {
    let tidy = |url: &str| url.trim_end_matches('/').to_owned();
    if is_said(origins, "static_url") || is_said(origins, "static_dir") {
        let url = answers.static_url.as_ref().map_or("/static", |url| url.as_ref());
        let dir = answers.static_dir.as_ref().map_or("static", |dir| dir.as_ref());
        return vec![StaticPlan { url: tidy(url), dir: dir.to_owned() }];
    }
    // What the words of a configuration file cannot hold, the app goes on serving.
    profile
        .statics
        .iter()
        .filter(|folder| folder.url.parse::<UrlPath>().is_ok() && !tidy(&folder.url).is_empty())
        .filter(|folder| folder.dir.parse::<RelativePath>().is_ok())
        .map(|folder| StaticPlan { url: tidy(&folder.url), dir: folder.dir.clone() })
        .collect()
}

/// The most events that mod_qos counts (`QS_ClientEventLimitCount`: below 65534).
const MOST_COUNTED: u32 = 65_533;

/// What the proxy connects to: other hosts, or the app's own address.
fn backends(upstreams: &[Endpoint], app_address: &str) -> Vec<String> {
    match upstreams {
        [] => vec![app_address.to_owned()],
        hosts => hosts.iter().map(ToString::to_string).collect(),
    }
}

/// The static files that the proxy has beside it.
fn served(statics: &[StaticPlan], proxy: Proxy, upstreams: &[Endpoint], code: &str) -> Vec<ServedFolder> {
    if proxy == Proxy::None || !upstreams.is_empty() {
        return Vec::new();
    }
    // The project's own folder holds its code, which is nobody's to read.
    let apart = statics.iter().filter(|it| !it.dir.is_empty());
    apart.map(|it| ServedFolder { url: it.url.clone(), folder: format!("{code}/{}", it.dir) }).collect()
}

/// The ports to listen on: what was said, else those that the proxy is told of, else the code's own.
fn ports(answers: &Answers, origins: &Origins) -> Vec<Port> {
    if answers.upstream.is_empty() || is_said(origins, "port") {
        return vec![answers.port.unwrap_or(Port(8000))];
    }
    let mut ports: Vec<Port> = Vec::new();
    for endpoint in &answers.upstream {
        if !ports.contains(&endpoint.port) {
            ports.push(endpoint.port);
        }
    }
    ports
}

/// What systemd opens (`ListenStream=` in `man 5 systemd.socket`), which looks up no names.
fn listens(host: &Host, ports: &[Port], remote: bool) -> Result<Vec<String>, Conflict> {
    let host = match host.as_ref() {
        "localhost" => loopback(),
        name if host.is_name() => {
            return Err(Conflict {
                message: format!("systemd listens on addresses, and `{name}` is a name"),
                hint: "give an address: `--host 127.0.0.1`, or `--host 0.0.0.0` for all of the machine's".to_owned(),
            });
        }
        _ => host.clone(),
    };
    let everywhere = remote && host == everywhere();
    Ok(ports
        .iter()
        .map(|port| if everywhere { port.to_string() } else { format!("{}:{port}", host.bracketed()) })
        .collect())
}

/// The name of a machine for itself.
fn localhost() -> Domain {
    known("localhost")
}

fn loopback() -> Host {
    known("127.0.0.1")
}

/// All IPv4 addresses of a machine: the proxy is on another.
fn everywhere() -> Host {
    known("0.0.0.0")
}

fn root_url() -> UrlPath {
    known("/")
}

/// A value that is right as it stands here.
fn known<T: std::str::FromStr<Err = super::words::Invalid>>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(error) => unreachable!("`{text}`: {error}"),
    }
}
