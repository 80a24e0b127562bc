//! What was said about a deployment, and by whom.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::de::{self, IntoDeserializer as _};
use serde::{Deserialize, Deserializer, Serialize};

use super::words::{
    Count, Domain, Email, Endpoint, Host, ImportTarget, Port, RelativePath, ServerPath, ServiceName, Size, UrlPath,
    UserName, WritableFolder,
};

/// Everything that can be said. Each field is at once a flag (`--process-manager`), a variable of the
/// environment (`FLASKSHIP_PROCESS_MANAGER`) and a key of `[deploy]` in `flaskship.toml`
/// (`process-manager`).
#[derive(Args, Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Answers {
    /// The WSGI server.
    #[arg(long, value_enum, env = "FLASKSHIP_SERVER", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<Server>,
    /// What starts the server, and starts it again.
    #[arg(long, value_enum, env = "FLASKSHIP_PROCESS_MANAGER", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) process_manager: Option<ProcessManager>,
    /// What the app is loaded from, where a folder has several.
    #[arg(
        long,
        value_name = "MODULE:NAME",
        env = "FLASKSHIP_APP",
        help_heading = "What runs the app",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app: Option<ImportTarget>,
    /// Worker processes; by default as many as the processors can use.
    #[arg(long, value_name = "N", env = "FLASKSHIP_WORKERS", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workers: Option<Count>,
    /// Threads of each worker.
    #[arg(long, value_name = "N", env = "FLASKSHIP_THREADS", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threads: Option<Count>,
    /// Seconds a request may take.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "FLASKSHIP_TIMEOUT",
        help_heading = "What runs the app",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Count>,
    /// The address to listen on, where no proxy on the same machine is in front.
    #[arg(long, value_name = "HOST", env = "FLASKSHIP_HOST", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<Host>,
    /// The port to listen on, where no proxy on the same machine is in front.
    #[arg(long, value_name = "PORT", env = "FLASKSHIP_PORT", help_heading = "What runs the app", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<Port>,

    /// What is in front of the app: terminates TLS, serves static files, shields it.
    #[arg(long, value_enum, env = "FLASKSHIP_PROXY", help_heading = "What is in front", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<Proxy>,
    /// A name people reach the app by. May be given several times; the first is the main one.
    #[arg(
        long,
        value_name = "DOMAIN",
        env = "FLASKSHIP_DOMAIN",
        value_delimiter = ',',
        help_heading = "What is in front",
        hide_env = true
    )]
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "one_or_many_schema")]
    pub(crate) domain: Vec<Domain>,
    /// Where the certificate comes from.
    #[arg(long, value_enum, env = "FLASKSHIP_TLS", help_heading = "What is in front", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Tls>,
    /// Which clients TLS is for: all of the last ten years, or only recent ones (Mozilla's profiles).
    #[arg(long, value_enum, env = "FLASKSHIP_TLS_PROFILE", help_heading = "What is in front", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_profile: Option<TlsProfile>,
    /// Whom the certificate authority tells when something is wrong.
    #[arg(long, value_name = "ADDRESS", env = "FLASKSHIP_EMAIL", help_heading = "What is in front", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<Email>,
    /// A host that runs the app, for a proxy on a machine of its own. May be given several times.
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "FLASKSHIP_UPSTREAM",
        value_delimiter = ',',
        help_heading = "What is in front",
        hide_env = true
    )]
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "one_or_many_schema")]
    pub(crate) upstream: Vec<Endpoint>,
    /// Requests per second that one client may make.
    #[arg(long, value_name = "N", env = "FLASKSHIP_RATE_LIMIT", help_heading = "What is in front", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate_limit: Option<Count>,

    /// The machine it is for.
    #[arg(long, value_enum, env = "FLASKSHIP_TARGET", help_heading = "Where it runs", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Platform>,
    /// What the service is called.
    #[arg(long, value_name = "NAME", env = "FLASKSHIP_NAME", help_heading = "Where it runs", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<ServiceName>,
    /// The system user that runs it.
    #[arg(long, value_name = "USER", env = "FLASKSHIP_USER", help_heading = "Where it runs", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserName>,
    /// The folder on the server that holds the code and its virtual environment.
    #[arg(long, value_name = "FOLDER", env = "FLASKSHIP_HOME", help_heading = "Where it runs", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) home: Option<ServerPath>,

    /// The URL below which static files are.
    #[arg(
        long,
        value_name = "URL",
        env = "FLASKSHIP_STATIC_URL",
        help_heading = "What the app is (read from its code)",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) static_url: Option<UrlPath>,
    /// The folder of the project that holds them.
    #[arg(
        long,
        value_name = "FOLDER",
        env = "FLASKSHIP_STATIC_DIR",
        help_heading = "What the app is (read from its code)",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) static_dir: Option<RelativePath>,
    /// A folder that it writes into and its code does not show: of the project, or an absolute path on the
    /// server. May be given several times.
    #[arg(
        long,
        value_name = "FOLDER",
        env = "FLASKSHIP_WRITABLE",
        value_delimiter = ',',
        help_heading = "What the app is (read from its code)",
        hide_env = true
    )]
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "one_or_many_schema")]
    pub(crate) writable: Vec<WritableFolder>,
    /// The largest request body.
    #[arg(
        long,
        value_name = "SIZE",
        env = "FLASKSHIP_BODY_LIMIT",
        help_heading = "What the app is (read from its code)",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_limit: Option<Size>,
    /// Whether it speaks WebSocket.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "FLASKSHIP_WEBSOCKETS", help_heading = "What the app is (read from its code)", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) websockets: Option<bool>,
    /// Whether it sends responses bit by bit (server-sent events, generators).
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "FLASKSHIP_STREAMING", help_heading = "What the app is (read from its code)", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) streaming: Option<bool>,
    /// Whether it must run in one process, because it keeps state in memory or runs jobs of its own.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "FLASKSHIP_SINGLE_PROCESS", help_heading = "What the app is (read from its code)", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) single_process: Option<bool>,
    /// The URL that says whether it is well.
    #[arg(
        long,
        value_name = "URL",
        env = "FLASKSHIP_HEALTH_URL",
        help_heading = "What the app is (read from its code)",
        hide_env = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) health_url: Option<UrlPath>,

    /// Where the logs go: the system's journal, or files that are rotated.
    #[arg(long, value_enum, env = "FLASKSHIP_LOGS", help_heading = "What watches over it", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logs: Option<Logs>,
    /// Whether to render figures for Prometheus, with alerts and a dashboard.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "FLASKSHIP_METRICS", help_heading = "What watches over it", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<bool>,
    /// What proposes updates of the dependencies.
    #[arg(long, value_enum, env = "FLASKSHIP_UPDATES", help_heading = "What watches over it", hide_env = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updates: Option<Updates>,
}

/// A choice among names, the same on the command line, in `flaskship.toml` and in templates.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize, JsonSchema)]
        pub(crate) enum $name {
            $(
                $(#[$variant_doc])*
                #[value(name = $text)]
                #[serde(rename = $text)]
                $variant,
            )+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }
    };
}

choice! {
    /// A WSGI server.
    Server {
        /// Gunicorn: several processes, on Linux and other Unix systems.
        Gunicorn = "gunicorn",
        /// Waitress: one process with threads, on every system.
        Waitress = "waitress",
    }
}

choice! {
    /// What keeps the server running.
    ProcessManager {
        /// systemd: a service and its socket.
        Systemd = "systemd",
        /// Supervisor: a program section.
        Supervisor = "supervisor",
        /// A Windows service.
        Windows = "windows",
        /// Nothing of ours.
        None = "none",
    }
}

choice! {
    /// A reverse proxy.
    Proxy {
        /// nginx.
        Nginx = "nginx",
        /// Apache 2.4.
        Apache = "apache",
        /// None: the server is reached directly, or through something that is there already.
        None = "none",
    }
}

choice! {
    /// Where the certificate comes from.
    Tls {
        /// A public authority such as Let's Encrypt, by ACME (RFC 8555).
        Acme = "acme",
        /// Signed by itself: for a first try, browsers warn.
        SelfSigned = "self-signed",
        /// No TLS at all, for a machine that something else shields.
        Off = "off",
    }
}

choice! {
    /// Mozilla's TLS profiles (guideline 6.0).
    TlsProfile {
        /// Every client that is still supported by anybody.
        Intermediate = "intermediate",
        /// TLS 1.3 only.
        Modern = "modern",
    }
}

choice! {
    /// A system, by the versions of the programs it ships.
    Platform {
        /// Debian 12 "bookworm".
        Debian12 = "debian-12",
        /// Debian 13 "trixie".
        Debian13 = "debian-13",
        /// Ubuntu 24.04 LTS.
        Ubuntu2404 = "ubuntu-24.04",
        /// Windows 10, 11, Server 2019 and later.
        Windows = "windows",
    }
}

choice! {
    /// Where logs go.
    Logs {
        /// To the system's journal, through stderr.
        Journal = "journal",
        /// To files, which logrotate rotates.
        Files = "files",
    }
}

choice! {
    /// What proposes updates of the dependencies.
    Updates {
        /// GitHub's Dependabot.
        Dependabot = "dependabot",
        /// Renovate.
        Renovate = "renovate",
        /// Nothing.
        None = "none",
    }
}

/// Who said something, from the one whose word counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A flag on the command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// `flaskship.toml`.
    File,
    /// A person, asked at a terminal.
    Wizard,
    /// The project itself, as flaskship reads it.
    Detected,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "flaskship.toml",
            Self::Wizard => "chosen in the wizard",
            Self::Detected => "read from the project",
        })
    }
}

/// Who said each thing, by its key. What is in no layer has no entry.
pub(crate) type Origins = BTreeMap<&'static str, Origin>;

/// One or several values: `domain = "a.example"` or `domain = ["a.example", "b.example"]`.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct OneOrMany<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a list of texts")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(text.into_deserializer())?])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut values = Vec::new();
            while let Some(value) = items.next_element()? {
                values.push(value);
            }
            Ok(values)
        }
    }

    deserializer.deserialize_any(OneOrMany(PhantomData))
}

/// What editors are told of [`one_or_many`].
fn one_or_many_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
    })
}

/// Whether something was said at all.
trait Said {
    fn is_said(&self) -> bool;
}

impl<T> Said for Option<T> {
    fn is_said(&self) -> bool {
        self.is_some()
    }
}

impl<T> Said for Vec<T> {
    fn is_said(&self) -> bool {
        !self.is_empty()
    }
}

/// Hands the names of all fields to a macro, which destructures without `..`: a field that is
/// forgotten here does not compile.
macro_rules! with_fields {
    ($macro:ident) => {
        $macro!(
            server,
            process_manager,
            app,
            workers,
            threads,
            timeout,
            host,
            port,
            proxy,
            domain,
            tls,
            tls_profile,
            email,
            upstream,
            rate_limit,
            target,
            name,
            user,
            home,
            static_url,
            static_dir,
            writable,
            body_limit,
            websockets,
            streaming,
            single_process,
            health_url,
            logs,
            metrics,
            updates
        )
    };
}

/// The answers that count, and who gave each. The first layer that says something wins.
pub(crate) fn merge(layers: impl IntoIterator<Item = (Origin, Answers)>) -> (Answers, Origins) {
    let (mut merged, mut origins) = (Answers::default(), Origins::new());
    for (origin, layer) in layers {
        macro_rules! take {
            ($($field:ident),*) => {
                let Answers { $($field),* } = layer;
                $(if $field.is_said() && !merged.$field.is_said() {
                    merged.$field = $field;
                    origins.insert(stringify!($field), origin);
                })*
            };
        }
        with_fields!(take);
    }
    (merged, origins)
}

impl Answers {
    /// Takes out what came from elsewhere: the fields, by their Rust names, that `of_other` is true for.
    pub(crate) fn split(self, of_other: impl Fn(&str) -> bool) -> (Self, Self) {
        let (mut own, mut other) = (Self::default(), Self::default());
        macro_rules! split {
            ($($field:ident),*) => {
                let Self { $($field),* } = self;
                $(if of_other(stringify!($field)) { other.$field = $field } else { own.$field = $field })*
            };
        }
        with_fields!(split);
        (own, other)
    }

    /// These answers with one more, from its key in `flaskship.toml` and its value as text.
    ///
    /// # Errors
    /// There is no such key, or the text is no value of it; what is wrong, without a final period.
    pub(crate) fn with(&self, key: &str, text: &str) -> Result<Self, String> {
        let read = |value: toml::Value| {
            let mut table = toml::Table::try_from(self).map_err(|error| error.to_string())?;
            table.insert(key.to_owned(), value);
            table.try_into::<Self>().map_err(|error| error.message().trim_end_matches('.').to_owned())
        };
        // Switches are the only values that are no text.
        match text.parse::<bool>().ok().map(|switch| read(toml::Value::Boolean(switch))) {
            Some(Ok(answers)) => Ok(answers),
            _ => read(toml::Value::String(text.to_owned())),
        }
    }

    /// The values, by the keys of `flaskship.toml`; what was not said is not in it.
    pub(crate) fn to_table(&self) -> toml::Table {
        // Texts, numbers, switches and lists of texts: nothing that TOML could not hold.
        toml::Table::try_from(self).unwrap_or_default()
    }

    /// Whether nothing was said.
    pub(crate) fn is_empty(&self) -> bool {
        self.to_table().is_empty()
    }

    /// Every key, as it is written in `flaskship.toml`.
    pub(crate) fn keys() -> Vec<String> {
        macro_rules! names {
            ($($field:ident),*) => { vec![$(stringify!($field).replace('_', "-")),*] };
        }
        with_fields!(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Answers {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_first_layer_that_speaks_wins() {
        let (merged, origins) = merge([
            (Origin::Flag, file("server = 'waitress'")),
            (Origin::File, file("server = 'gunicorn'\ndomain = 'a.example'\nport = 80")),
            (Origin::Detected, file("domain = ['b.example', 'c.example']\nwebsockets = true")),
        ]);
        assert_eq!(merged.server, Some(Server::Waitress));
        assert_eq!(merged.domain.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["a.example"]);
        assert_eq!(merged.websockets, Some(true));
        let expected = [
            ("domain", Origin::File),
            ("port", Origin::File),
            ("server", Origin::Flag),
            ("websockets", Origin::Detected),
        ];
        assert_eq!(origins.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn answers_are_made_from_texts() {
        let answers = Answers::default().with("port", "8000").unwrap().with("websockets", "true").unwrap();
        let answers = answers.with("domain", "shop.example.com").unwrap();
        assert_eq!(answers, file("port = 8000\nwebsockets = true\ndomain = 'shop.example.com'"));
        assert_eq!(answers.to_table().len(), 3);
        assert!(answers.with("port", "http").unwrap_err().contains("1 to 65535"));
        assert!(answers.with("prot", "1").unwrap_err().contains("unknown field"));
    }

    #[test]
    fn layers_that_came_in_one_come_apart() {
        let (flags, environment) = file("server = 'waitress'\nport = 80").split(|key| key == "port");
        assert_eq!((flags.server, flags.port), (Some(Server::Waitress), None));
        assert_eq!((environment.server, environment.port.map(|port| port.to_string())), (None, Some("80".to_owned())));
    }

    #[test]
    fn every_field_is_a_flag_a_variable_and_a_key() {
        let command = Answers::augment_args(clap::Command::new("new"));
        let mut keys = Vec::new();
        for argument in command.get_arguments() {
            let key = argument.get_long().unwrap().to_owned();
            let variable = format!("FLASKSHIP_{}", key.to_uppercase().replace('-', "_"));
            assert_eq!(argument.get_env().and_then(std::ffi::OsStr::to_str), Some(variable.as_str()));
            assert_eq!(argument.get_id().as_str().replace('_', "-"), key);
            keys.push(key);
        }
        assert_eq!(keys.len(), Answers::keys().len());
        assert!(Answers::keys().iter().all(|key| keys.contains(key)));
    }

    #[test]
    fn values_of_the_file_are_checked_as_on_the_command_line() {
        for (text, why) in [
            ("port = 0", "1 to 65535"),
            ("domain = ['a b']", "without scheme"),
            ("domain = 3", "a text or a list"),
            ("server = 'uwsgi'", "gunicorn"),
        ] {
            let error = toml::from_str::<Answers>(text).unwrap_err();
            assert!(error.message().contains(why), "{text}: {}", error.message());
        }
    }
}
