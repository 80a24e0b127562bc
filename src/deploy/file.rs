//! `[deploy]` and `[[app]]` of `flaskship.toml`.

use serde::Deserialize;

use super::answers::Answers;
use super::words::{Host, Port, RelativePath, ServerPath};
use crate::nearest::nearest;
use crate::source::{ProjectPath, Tree};

/// Where what is said of a project is kept.
pub(crate) const FILE: &str = "flaskship.toml";

/// What `flaskship.toml` says of deployment.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// `[deploy]`.
    pub(crate) answers: Answers,
    /// `[[app]]`: what each app was told when its own code started the server.
    pub(crate) told: Vec<Told>,
}

/// One `[[app]]`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(crate) struct Told {
    /// The folder that the server is started in, relative to the project.
    pub(crate) dir: String,
    /// `module:name`.
    pub(crate) target: String,
    /// The host to listen on.
    pub(crate) host: Option<Setting>,
    /// The port to listen on.
    pub(crate) port: Option<Setting>,
    /// The files of its certificate and key, or anything else that stands for TLS.
    pub(crate) ssl_context: Option<Setting>,
    /// How many worker processes may serve it: 1 where something in it happens once.
    pub(crate) workers: Option<u32>,
}

/// What an app's own server was told of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToldTls {
    /// To speak it with this certificate and its key.
    Files {
        /// The certificate, as the code names it.
        certificate: String,
        /// Its key.
        key: String,
    },
    /// To speak it, with what no file of settings can name.
    Other,
}

/// A value that is written there, or read from the environment with a default.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum Setting {
    /// `{ env = "PORT", default = 5000 }`
    Environment {
        /// The variable.
        env: String,
        /// What it is without the variable.
        default: Option<toml::Value>,
    },
    /// `5000`
    Written(toml::Value),
}

impl Setting {
    /// The value where nothing is set in the environment.
    fn text(&self) -> Option<String> {
        match self {
            Self::Written(value) | Self::Environment { default: Some(value), .. } => match value {
                toml::Value::String(text) => Some(text.clone()),
                toml::Value::Integer(number) => Some(number.to_string()),
                _ => None,
            },
            Self::Environment { default: None, .. } => None,
        }
    }

    /// The variable that it is read from.
    pub(crate) fn variable(&self) -> Option<&str> {
        match self {
            Self::Environment { env, .. } => Some(env),
            Self::Written(_) => None,
        }
    }
}

impl Told {
    /// The host, where it is one.
    pub(crate) fn host(&self) -> Option<Host> {
        self.host.as_ref()?.text()?.parse().ok()
    }

    /// What it was told of TLS.
    pub(crate) fn tls(&self) -> Option<ToldTls> {
        let value = match self.ssl_context.as_ref()? {
            Setting::Written(toml::Value::Boolean(false)) => return None,
            Setting::Written(value) => value,
            Setting::Environment { .. } => return Some(ToldTls::Other),
        };
        let path = |value: &toml::Value| {
            let text = value.as_str()?;
            let absolute = text.parse::<ServerPath>().ok().map(|path| path.to_string());
            absolute.or_else(|| Some(text.parse::<RelativePath>().ok()?.to_string())).filter(|path| !path.is_empty())
        };
        Some(match value.as_array().map(Vec::as_slice) {
            Some([certificate, key]) => match (path(certificate), path(key)) {
                (Some(certificate), Some(key)) => ToldTls::Files { certificate, key },
                _ => ToldTls::Other,
            },
            _ => ToldTls::Other,
        })
    }

    /// The port, where it is one.
    pub(crate) fn port(&self) -> Option<Port> {
        self.port.as_ref()?.text()?.parse().ok()
    }
}

/// A `flaskship.toml` that cannot be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{FILE}`{}: {message}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub(crate) struct FileError {
    /// The line, from 1.
    pub(crate) line: Option<usize>,
    /// What is wrong, without a final period.
    pub(crate) message: String,
    /// What was probably meant, without a final period.
    pub(crate) hint: Option<String>,
}

impl Stored {
    /// Reads the file of a project; nothing where there is none.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or says what nobody asks for.
    pub(crate) fn read(tree: &Tree) -> Result<Self, FileError> {
        let fail = |message: String| FileError { line: None, message, hint: None };
        let bytes = tree.read(&ProjectPath::new(FILE)).map_err(|error| fail(format!("cannot be read ({error})")))?;
        let Some(bytes) = bytes else { return Ok(Self::default()) };
        let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8".to_owned()))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, FileError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct File {
            deploy: Answers,
            app: Vec<Told>,
        }

        match toml::from_str::<File>(text) {
            Ok(File { deploy, app }) => Ok(Self { answers: deploy, told: app }),
            Err(error) => {
                let span = error.span();
                let line = span.as_ref().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                let word = span.and_then(|span| text.get(span)).unwrap_or_default();
                let keys = Answers::keys();
                let unknown = error.message().starts_with("unknown field");
                let meant = nearest(word, keys.iter().map(String::as_str)).filter(|_| unknown);
                let message = match unknown {
                    true => format!("unknown key `{word}` in `[deploy]`"),
                    false => match line.and_then(|line| key_on(text, line)) {
                        Some(key) => format!("`{key}`: {}", error.message().trim_end_matches('.')),
                        None => error.message().trim_end_matches('.').to_owned(),
                    },
                };
                let list = || unknown.then(|| "`flaskship new --help` lists them, each as a flag".to_owned());
                let hint = meant.map(|key| format!("did you mean `{key}`?")).or_else(list);
                Err(FileError { line, message, hint })
            }
        }
    }
}

/// The key that a line gives a value to.
fn key_on(text: &str, line: usize) -> Option<&str> {
    let (key, _) = text.lines().nth(line - 1)?.split_once('=')?;
    let key = key.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fix_recorded_is_read() {
        let text = "[check]\nignore = []\n[[app]]\ntarget = \"wsgi:app\"\nhost = \"0.0.0.0\" # told in app.py\n\
                    port = { env = \"PORT\", default = 5000 }\nuse_reloader = true\n";
        let stored = Stored::parse(text).unwrap();
        let told = &stored.told[0];
        assert_eq!((told.dir.as_str(), told.target.as_str()), ("", "wsgi:app"));
        assert_eq!(told.host().unwrap().as_ref(), "0.0.0.0");
        assert_eq!(told.port().unwrap().to_string(), "5000");
        assert_eq!(told.port.as_ref().unwrap().variable(), Some("PORT"));
        assert_eq!((told.workers, told.tls()), (None, None));
        let tls = |value: &str| {
            Stored::parse(&format!("[[app]]\ntarget = \"wsgi:app\"\nssl_context = {value}\n")).unwrap().told[0].tls()
        };
        let files = ToldTls::Files { certificate: "tls/cert.pem".to_owned(), key: "/etc/key.pem".to_owned() };
        assert_eq!(tls("['tls/cert.pem', '/etc/key.pem']"), Some(files));
        for other in ["'adhoc'", "true", "['../cert.pem', 'key.pem']", "['cert.pem']", "{ env = 'TLS' }"] {
            assert_eq!(tls(other), Some(ToldTls::Other), "{other}");
        }
        assert_eq!(tls("false"), None);
        let one = Stored::parse("[[app]]\ntarget = \"wsgi:app\"\nworkers = 1 # it starts a thread\n").unwrap();
        assert_eq!(one.told[0].workers, Some(1));
        assert_eq!(Stored::parse("[[app]]\ntarget = \"wsgi:app\"\nworkers = \"one\"\n").unwrap_err().line, Some(3));
    }

    #[test]
    fn mistakes_are_told_with_line_and_remedy() {
        for (text, line, message, hint) in [
            ("\n[deploy]\nsevrer = 1\n", 3, "unknown key `sevrer` in `[deploy]`", Some("did you mean `server`?")),
            (
                "[deploy]\nxyzzy = 1\n",
                2,
                "unknown key `xyzzy` in `[deploy]`",
                Some("`flaskship new --help` lists them, each as a flag"),
            ),
            ("[deploy]\nport = 0\n", 2, "`port`: a port is a number from 1 to 65535", None),
        ] {
            let error = Stored::parse(text).unwrap_err();
            assert_eq!((error.line, error.message.as_str(), error.hint.as_deref()), (Some(line), message, hint));
        }
    }
}
