//! The kinds of value an answer can have. Each is checked where it enters, so that no rendered file
//! ever has to cope with a newline in a user name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not a value of its kind, without a final period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(pub(super) String);

fn invalid<T>(why: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(why.into()))
}

/// What editors are told of a value in `flaskship.toml`.
macro_rules! described_as {
    ($name:ident, $schema:tt) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

/// A checked text: a tuple struct around a `String` that only `FromStr` makes.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(String);

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> Result<String, Invalid> = $check;
                check(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }

        described_as!($name, { "type": "string" });
    };
}

described_as!(Endpoint, { "type": "string" });
described_as!(Port, { "type": "integer", "minimum": 1, "maximum": 65535 });
described_as!(Size, { "type": ["integer", "string"] });
described_as!(Count, { "type": "integer", "minimum": 1, "maximum": 1_000_000 });

/// Users that Debian's base system has (`base-passwd`), and units of programs that often run beside an
/// app: a service called like one would run with its rights, or replace it.
const TAKEN: &[&str] = &[
    "apache2",
    "backup",
    "bin",
    "cron",
    "daemon",
    "dbus",
    "docker",
    "games",
    "irc",
    "list",
    "lp",
    "mail",
    "man",
    "memcached",
    "mongod",
    "mysql",
    "news",
    "nginx",
    "nobody",
    "postgres",
    "postgresql",
    "proxy",
    "redis",
    "redis-server",
    "rsyslog",
    "ssh",
    "sshd",
    "supervisor",
    "sync",
    "sys",
    "ufw",
    "uucp",
    "www-data",
];

word! {
    /// What the service is called: the unit, the site, the folder on the server. Lower case letters,
    /// digits and dashes, at most 30, so that every program takes it.
    ServiceName, |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text == "root" {
            invalid("the service's user is called like it, and an app must not run as `root`")
        } else if TAKEN.contains(&text) {
            invalid(format!("the system has a user or a service called `{text}` already; say for example `{text}-app`"))
        } else if text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-') && text.len() <= 30 && text.chars().all(inner) {
            Ok(text.to_owned())
        } else {
            invalid("a name starts with a letter and has only lower case letters, digits and dashes, at most 30")
        }
    }
}

word! {
    /// A user of the system
    /// ([systemd's strict rules](https://systemd.io/USER_NAMES/)).
    UserName, |text| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text == "root" {
            invalid("an app that runs as `root` can do everything; give it a user of its own")
        } else if text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && text.len() <= 31 && text.chars().all(inner) {
            Ok(text.to_owned())
        } else {
            invalid("a user name starts with a letter or `_` and has only lower case letters, digits, `-` and `_`, at most 31")
        }
    }
}

word! {
    /// A host name as it is asked for in DNS
    /// ([RFC 1123 section 2.1](https://www.rfc-editor.org/rfc/rfc1123#section-2.1)), in lower case.
    Domain, |text| {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        if !name.is_ascii() {
            return invalid("write the name in its ASCII form: `xn--…`");
        }
        if name.starts_with("*.") {
            return invalid("a wildcard is no name of a site; give each name of its own");
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if name.len() > 253 || !name.split('.').all(label) {
            return invalid("a domain is a name like `www.example.com`, without scheme, port or path");
        }
        if name.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit())) {
            return invalid("this is an address, and a site needs a name");
        }
        Ok(name)
    }
}

word! {
    /// An e-mail address, as certificate authorities take it.
    Email, |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".!#&*+/=?^_{|}~-".contains(c);
        match text.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() && local.chars().all(plain) => {
                let domain: Domain = domain.parse()?;
                Ok(format!("{local}@{domain}"))
            }
            _ => invalid("an address is like `name@example.com`"),
        }
    }
}

word! {
    /// An absolute path on the server, without `..`.
    ServerPath, |text| {
        let path = text.trim_end_matches('/');
        if !path.starts_with('/') {
            return invalid("a path on the server starts with `/`");
        }
        plain_path(path).map(str::to_owned)
    }
}

word! {
    /// A path in the project, without `..`; `""` is the project folder.
    RelativePath, |text| {
        let path = text.trim_end_matches('/').trim_start_matches("./");
        if path.starts_with('/') {
            return invalid("a path in the project does not start with `/`");
        }
        plain_path(path).map(str::to_owned)
    }
}

/// Folders that more than one program keeps things in: they are given to no app as a whole.
const SHARED: &[&str] =
    &["bin", "boot", "dev", "etc", "home", "lib", "proc", "root", "run", "sbin", "sys", "tmp", "usr"];

word! {
    /// A folder that an app writes into: one of the project, or an absolute path on the server.
    WritableFolder, |text| {
        if !text.starts_with('/') {
            return text.parse::<RelativePath>().map(|path| path.0);
        }
        let path = text.parse::<ServerPath>()?.0;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let is_shared = match &parts[..] {
            [top] => ["mnt", "opt", "srv", "var", ""].contains(top) || SHARED.contains(top),
            ["var", _] => true,
            [top, ..] => SHARED.contains(top) && *top != "home",
            [] => true,
        };
        match is_shared {
            true => invalid(format!("`{path}` is not for one app alone; name a folder of its own in it")),
            false => Ok(path),
        }
    }
}

word! {
    /// The path of a URL, from `/`, without query or fragment.
    UrlPath, |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~!&'()*+,=:@".contains(c);
        if !text.starts_with('/') {
            invalid("a URL path starts with `/`")
        } else if !text.chars().all(plain) || text.contains("//") || text.split('/').any(|part| part == "..") {
            invalid("a URL path has only letters, digits and `-._~!&'()*+,=:@`; write others as `%XX` in the app")
        } else {
            Ok(text.to_owned())
        }
    }
}

word! {
    /// What a WSGI server loads: a module and a name in it, `wsgi:app`. Non-ASCII names are Python, but
    /// not every configuration file can hold them.
    ImportTarget, |text| {
        let identifier = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        match text.split_once(':') {
            Some((module, name)) if module.split('.').all(identifier) && identifier(name) => Ok(text.to_owned()),
            _ => invalid("write the module, a colon and the name of the app in it, as in `wsgi:app`"),
        }
    }
}

word! {
    /// A host to listen on or to reach: a name, an IPv4 address, or an IPv6 address without brackets.
    Host, |text| {
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>() {
            return Ok(address.to_string());
        }
        match text.parse::<Domain>() {
            Ok(domain) => Ok(domain.0),
            Err(_) => invalid("a host is a name or an address, without port"),
        }
    }
}

impl Host {
    /// As it stands before a port: an IPv6 address gets brackets.
    pub(crate) fn bracketed(&self) -> String {
        if self.is_ipv6() { format!("[{}]", self.0) } else { self.0.clone() }
    }

    /// Whether it is an IPv6 address.
    pub(super) fn is_ipv6(&self) -> bool {
        self.0.contains(':')
    }

    /// Whether it is a name, and no address.
    pub(super) fn is_name(&self) -> bool {
        self.0.parse::<std::net::IpAddr>().is_err()
    }

    /// The host by which a machine reaches what listens here on it.
    pub(super) fn reached_at(&self) -> Self {
        match self.0.as_str() {
            "0.0.0.0" => Self("127.0.0.1".to_owned()),
            "::" => Self("::1".to_owned()),
            _ => self.clone(),
        }
    }
}

impl WritableFolder {
    /// Whether it is a path on the server, and no folder of the project.
    pub(crate) fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }
}

/// A host and a port: `10.0.0.2:8000`, `[::1]:8000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The host.
    pub(crate) host: Host,
    /// The TCP port.
    pub(crate) port: Port,
}

impl FromStr for Endpoint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || (host.starts_with('[') && host.ends_with(']')) => {
                Ok(Self { host: host.parse()?, port: port.parse()? })
            }
            _ => invalid("write a host and a port, as in `10.0.0.2:8000`"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host.bracketed(), self.port)
    }
}

/// A TCP port, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Port(pub(super) u16);

impl FromStr for Port {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => invalid("a port is a number from 1 to 65535"),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A size in bytes, written with or without `k`, `m` or `g` (powers of 1024), as nginx writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(super) u64);

impl FromStr for Size {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let lower = text.to_ascii_lowercase();
        let (digits, shift) = match lower.chars().last() {
            Some('k') => (&lower[..lower.len() - 1], 10),
            Some('m') => (&lower[..lower.len() - 1], 20),
            Some('g') => (&lower[..lower.len() - 1], 30),
            _ => (lower.as_str(), 0),
        };
        let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
        match bytes {
            // 1 TiB: beyond it a limit limits nothing, and some programs count in 64 bits with a sign.
            Some(bytes) if (1..=1 << 40).contains(&bytes) => Ok(Self(bytes)),
            _ => invalid("a size is a number of bytes, or one with `k`, `m` or `g`: `16m`"),
        }
    }
}

impl fmt::Display for Size {
    /// The shortest way to write it exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "g"), (20, "m"), (10, "k")] {
            if self.0.is_multiple_of(1 << shift) {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        self.0.fmt(f)
    }
}

/// A whole number from 1, small enough to count processes, threads or seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Count(pub(super) u32);

impl Count {
    /// As a number.
    pub(crate) fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for Count {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.parse::<u32>() {
            Ok(number) if (1..=1_000_000).contains(&number) => Ok(Self(number)),
            _ => invalid("a whole number from 1 to 1000000 is needed"),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Numbers and pairs serialize as what templates print; all are read from text or a number.
macro_rules! read_as_text {
    ($($name:ident => $write:expr),* $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&Self, S) -> Result<S::Ok, S::Error> = $write;
                write(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }
    )*};
}

read_as_text! {
    Endpoint => |endpoint, serializer| serializer.collect_str(endpoint),
    Port => |port, serializer| serializer.serialize_u16(port.0),
    Size => |size, serializer| serializer.serialize_u64(size.0),
    Count => |count, serializer| serializer.serialize_u32(count.0),
}

/// Reads a value from a text, or from a number written without quotes.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = Invalid>>(deserializer: D) -> Result<T, D::Error> {
    struct Text<T>(std::marker::PhantomData<T>);

    impl<T: FromStr<Err = Invalid>> de::Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a number")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            self.visit_str(&number.to_string())
        }
    }

    deserializer.deserialize_any(Text(std::marker::PhantomData))
}

/// A sentence for people, with `_` for what some format has no way to hold: names of files in a project
/// may hold anything.
pub(super) fn sentence(text: &str) -> String {
    let strange = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '"' | '`' | '\\' | '$' | '%' | ';');
    text.chars().map(|c| if strange(c) { '_' } else { c }).collect()
}

/// A path of parts that every format and program we write for can hold.
fn plain_path(path: &str) -> Result<&str, Invalid> {
    // Letters of any script and spaces are fine between quotes; these would end them, or mean something.
    let strange = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}' || "\"'`\\$%;{}<>|&*?#^~!".contains(c);
    if let Some(found) = path.chars().find(|c| strange(*c)) {
        return invalid(format!("a path may not hold `{}`", found.escape_debug()));
    }
    if path.split('/').any(|part| part == ".." || part == ".") {
        return invalid("a path may not hold `.` or `..`");
    }
    if path.contains("//") || path.split('/').any(|part| part.trim() != part) {
        return invalid("a path may not hold an empty part or spaces at the ends of one");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: FromStr<Err = Invalid> + fmt::Display>(good: &[(&str, &str)], bad: &[&str]) {
        for (text, shown) in good {
            assert_eq!(text.parse::<T>().map(|value| value.to_string()), Ok((*shown).to_owned()), "{text}");
        }
        for text in bad {
            let Err(Invalid(why)) = text.parse::<T>() else { panic!("`{text}` was taken") };
            assert!(!why.is_empty() && !why.ends_with('.'), "{why}");
        }
    }

    #[test]
    fn values_are_checked_where_they_enter() {
        all::<ServiceName>(
            &[("shop-2", "shop-2")],
            &["", "root", "docker", "Shop", "2shop", "a\nb", "a;b", "-a", "a-", "é"],
        );
        all::<UserName>(&[("www-data", "www-data"), ("_x", "_x")], &["", "root", "root user", "a:b", "ROOT"]);
        all::<Domain>(
            &[("Shop.Example.com.", "shop.example.com"), ("localhost", "localhost")],
            &["", "https://a.b", "a b", "a..b", "-a.b", "*.a.b", "café.fr", "10.0.0.1", "a.b;", "a.b\n"],
        );
        all::<Email>(&[("a.b@Example.com", "a.b@example.com")], &["a", "@a.b", "a b@c.d", "a@b;", "\"a\"@b.c"]);
        all::<ServerPath>(
            &[("/srv/shop/", "/srv/shop"), ("/srv/my shop", "/srv/my shop")],
            &["srv", "/a/../b", "/a\nb", "/$HOME", "/a;b"],
        );
        all::<RelativePath>(&[("./static/", "static"), ("", "")], &["/a", "../a", "a\"b", "a//b"]);
        all::<WritableFolder>(
            &[("uploads/", "uploads"), ("", ""), ("/var/log/shop", "/var/log/shop"), ("/data", "/data")],
            &["../a", "/", "/etc/shop", "/var/log", "/srv", "/home", "/usr/share/x", "a\"b"],
        );
        all::<UrlPath>(
            &[("/static", "/static"), ("/", "/")],
            &["static", "/a b", "/a;b", "/a{", "/a?b", "//a", "/../a"],
        );
        all::<ImportTarget>(&[("shop.wsgi:app", "shop.wsgi:app")], &["app", "a:b()", "a-b:c", ":a", "a:", "a.:b"]);
        all::<Host>(&[("::1", "::1"), ("[::1]", "::1"), ("0.0.0.0", "0.0.0.0"), ("db-1", "db-1")], &["", "a:b", "a b"]);
        all::<Endpoint>(
            &[("10.0.0.2:80", "10.0.0.2:80"), ("[::1]:8000", "[::1]:8000"), ("app-1:8000", "app-1:8000")],
            &["a", "a:0", "::1:80", "a:b", "a:70000"],
        );
        all::<Size>(&[("16m", "16m"), ("1024K", "1m"), ("1000", "1000")], &["", "0", "-1", "m", "1.5m", "99999g"]);
        all::<Count>(&[("4", "4")], &["0", "-1", "x"]);
    }
}
