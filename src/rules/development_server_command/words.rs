//! The new command, and how it is written in the place of the old one.

use super::super::Context;
use super::served::{Part, Served, dotted};
use super::{Manual, Wanted, is_dockerfile};
use crate::project::{Launch, Reader, WorkerClass, is_compose};
use crate::source::Span;
use crate::startup::Target;
use crate::syntax::command::{Word, base_name};

/// The new command. Variables stand as a shell writes them.
pub(super) fn words(launch: &Launch, server: Wanted, served: &Served) -> Result<Vec<String>, Manual> {
    let class = class(server, served)?;
    let mut words = program(launch, server)?;
    let address = &served.address;
    let manual = || {
        Manual(format!(
            "host and port are read from the environment, which this file does not fill in; start `{} {}` with the address it is to listen on",
            server.program(),
            dotted(&served.target)
        ))
    };
    // Gunicorn listens on `0.0.0.0:$PORT` by itself where `PORT` is set.
    let own_port = match &address.port {
        None => launch.platform,
        Some(Part::Variable(name, default)) => name == "PORT" && (launch.platform || default.is_none()),
        Some(Part::Text(_)) => false,
    };
    let anywhere = address.host.is_none() || address.host == Some(Part::Text("0.0.0.0".to_owned()));
    if !(own_port && anywhere && server == Wanted::Gunicorn) {
        let host = address.host.clone().unwrap_or_else(|| {
            Part::Text(if own_port || served.is_exposed { "0.0.0.0" } else { "127.0.0.1" }.to_owned())
        });
        let port = address.port.clone().unwrap_or_else(|| {
            if own_port { Part::Variable("PORT".to_owned(), None) } else { Part::Text("5000".to_owned()) }
        });
        let text = |part: Part| match part {
            Part::Text(text) => Ok(text),
            Part::Variable(name, default) if shell(launch) => {
                Ok(default.map_or_else(|| format!("${name}"), |default| format!("${{{name}:-{default}}}")))
            }
            Part::Variable(..) => Err(manual()),
        };
        let (host, port) = (text(host)?, text(port)?);
        let host = if host.contains(':') && !host.contains('$') { format!("[{host}]") } else { host };
        match server {
            Wanted::Gunicorn => words.extend(["--bind".to_owned(), format!("{host}:{port}")]),
            Wanted::Waitress => words.push(format!("--listen={host}:{port}")),
        }
    }
    if let Some(cert) = &address.cert {
        if server == Wanted::Waitress {
            return Err(Manual("Waitress does not serve TLS; put a proxy in front of it".to_owned()));
        }
        words.extend(["--certfile".to_owned(), cert.clone()]);
        words.extend(address.key.iter().flat_map(|key| ["--keyfile".to_owned(), key.clone()]));
    }
    match server {
        Wanted::Gunicorn => {
            let waits = class != WorkerClass::Gthread;
            if waits {
                words.extend(["--worker-class".to_owned(), class.name().to_owned()]);
            }
            if served.is_single {
                words.extend(["--workers".to_owned(), "1".to_owned()]);
            }
            let threads = served.threads.iter().filter(|_| !waits);
            words.extend(threads.flat_map(|threads| ["--threads".to_owned(), threads.to_string()]));
        }
        // Waitress has one process, and four threads by itself.
        Wanted::Waitress => {
            words.extend(served.threads.filter(|threads| *threads > 4).map(|threads| format!("--threads={threads}")));
        }
    }
    match (served.below.as_deref(), server) {
        (Some(""), _) => {}
        (Some(below), Wanted::Gunicorn) => words.extend(["--pythonpath".to_owned(), below.to_owned()]),
        _ => return Err(elsewhere(words, &served.target)),
    }
    words.push(dotted(&served.target));
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || b"_.:-/${}@%+=,~[]".contains(&byte)
            || byte == b'\\' && launch.reader == Reader::Batch
    };
    if words.iter().all(|word| !word.is_empty() && word.bytes().all(is_plain)) {
        Ok(words)
    } else {
        let command = words.join(" ");
        Err(Manual(format!("start `{command}` instead by hand; it holds characters that need quoting")))
    }
}

/// What to do where the command is started in a folder in which the target is not found.
fn elsewhere(mut words: Vec<String>, target: &Target) -> Manual {
    words.push(dotted(target));
    let place = match target.dir.as_str() {
        "" => "the project folder".to_owned(),
        dir => format!("the folder `{dir}`"),
    };
    let command = words.join(" ");
    Manual(format!("start `{command}` in {place} by hand; this command is started in another, where it finds no app"))
}

/// The class of worker that the app can wait in.
pub(super) fn class(server: Wanted, served: &Served) -> Result<WorkerClass, Manual> {
    let class = WorkerClass::of(served.waits_with).ok_or_else(|| {
        Manual(format!(
            "Flask-SocketIO waits with the gevent of uWSGI here: start `uwsgi --http … --gevent 1000 --http-websockets \
             --master --module {}`",
            dotted(&served.target)
        ))
    })?;
    if server == Wanted::Waitress && class != WorkerClass::Gthread {
        return Err(Manual(format!(
            "Waitress has threads, and the app waits with gevent or eventlet: start `gunicorn --worker-class {}{} {}`",
            class.name(),
            if served.is_single { " --workers 1" } else { "" },
            dotted(&served.target)
        )));
    }
    Ok(class)
}

/// The program of the server, reached the same way as the one before: by its name, or in the folder
/// of the Python that ran the script.
fn program(launch: &Launch, server: Wanted) -> Result<Vec<String>, Manual> {
    let first =
        launch.command.program().first().filter(|_| launch.also.is_empty()).map_or("", |word| word.text.as_str());
    let name = base_name(first);
    // The launcher of Windows finds packages whose programs no path leads to.
    if name == "py" {
        return Ok(vec![first.to_owned(), "-m".to_owned(), server.package().to_owned()]);
    }
    let Some(at) = first.rfind(['/', '\\']) else { return Ok(vec![server.program().to_owned()]) };
    if name == "flask" {
        return Ok(vec![format!("{}{}", &first[..=at], server.program())]);
    }
    if name.ends_with(".py") {
        return if launch.reader == Reader::Split {
            Err(Manual(format!("start `{}` by its full path instead of the script", server.program())))
        } else {
            Ok(vec![server.program().to_owned()])
        };
    }
    // Next to a Python there need not be a `gunicorn` program, but its module is always found.
    Ok(vec![first.to_owned(), "-m".to_owned(), server.package().to_owned()])
}

/// Whether variables can be given to a shell: the command is read by one, or can be handed to one.
fn shell(launch: &Launch) -> bool {
    match launch.reader {
        // Compose fills variables in itself, from where it is run and not from the container.
        Reader::Shell => !is_compose(launch.path.name()),
        Reader::List => is_dockerfile(&launch.path),
        Reader::Split | Reader::Batch => false,
    }
}

/// What takes the place of a command.
pub(super) struct Rewrite {
    pub(super) span: Span,
    pub(super) text: String,
}

/// Writes the new command as the old one is written: a line of words, or a list with its quotes and
/// commas.
pub(super) fn render(context: Context<'_>, launch: &Launch, words: &[String]) -> Result<Rewrite, Manual> {
    let manual = || Manual(format!("start `{}` instead", words.join(" ")));
    let span = launch.command.span().ok_or_else(manual)?;
    if !launch.editable {
        return Ok(Rewrite { span, text: String::new() });
    }
    let text = context.around.text(&launch.path);
    let own = launch.command.program();
    if !launch.command.list {
        // A folder in a variable may have a space in it, where it was quoted.
        let is_quoted = |word: &Word| word.span.of(text).starts_with('"') && word.text.contains('$');
        let quotes = launch.reader == Reader::Shell && own.iter().any(is_quoted);
        let quote = |word: &String| if quotes && word.contains('$') { format!("\"{word}\"") } else { word.clone() };
        return Ok(Rewrite { span, text: words.iter().map(quote).collect::<Vec<_>>().join(" ") });
    }
    let (Some(first), Some(content)) = (own.first(), own.first().and_then(|word| word.content)) else {
        return Err(manual());
    };
    let open = &text[first.span.start..content.start];
    let close = &text[content.end..first.span.end];
    let gap = own.get(1).map_or(", ", |second| &text[first.span.end..second.span.start]);
    // A mark that continues a line, or a comment, between the words is not repeated.
    let gap = if gap.contains(['\\', '#']) { ", " } else { gap }.replace("\r\n", "\n");
    let expands = words.iter().any(|word| word.contains('$'));
    let wrapped;
    let words = if expands && is_dockerfile(&launch.path) {
        wrapped = ["sh".to_owned(), "-c".to_owned(), format!("exec {}", words.join(" "))];
        &wrapped[..]
    } else {
        words
    };
    // Without quotes, YAML has a number where a word is wanted.
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let quote = |word: &String| match open {
        "" if is_number(word) => format!("\"{word}\""),
        _ => format!("{open}{word}{close}"),
    };
    let quoted: Vec<String> = words.iter().map(quote).collect();
    Ok(Rewrite { span, text: quoted.join(&gap) })
}
