//! Which files and packages get into the image of a Dockerfile, where it names them one by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::project::launch;
use crate::source::{ProjectPath, Span, is_in};
use crate::syntax::command::{self, Command, Shell, Word};
use crate::syntax::dockerfile::{self, Dockerfile, Form, Instruction, What};

/// Images of programs that are no Python, by the last part of their name.
const NO_PYTHON: &[&str] = &[
    "adminer",
    "caddy",
    "elasticsearch",
    "golang",
    "grafana",
    "haproxy",
    "httpd",
    "kibana",
    "mailhog",
    "mariadb",
    "memcached",
    "minio",
    "mongo",
    "mongo-express",
    "mysql",
    "nginx",
    "node",
    "openjdk",
    "php",
    "phpmyadmin",
    "postgis",
    "postgres",
    "prometheus",
    "rabbitmq",
    "redis",
    "ruby",
    "rust",
    "solr",
    "traefik",
];

/// Whether an image is one of a program that is no Python: `postgres:16`, `bitnami/redis`.
pub(super) fn is_no_python(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    NO_PYTHON.contains(&name)
}

/// The line that copies a new file to where the Python files of its folder are copied one by one.
/// `None` where the whole folder is copied, nothing of it is, or it cannot be told.
pub(crate) fn copy_line(dockerfile: &ProjectPath, text: &str, wanted: &ProjectPath) -> Option<(usize, String)> {
    let mut found = None;
    let file = dockerfile::parse(text);
    for instruction in &file.instructions {
        let words = words(&file, instruction)?;
        let Some(Copied { flags, sources, to }) = copy(instruction, &words) else { continue };
        // What a variable stands for may be the whole folder.
        if sources.iter().any(|source| source.contains('$')) {
            return None;
        }
        let is_list = instruction.arguments.of(&file.flat).contains('[');
        for source in sources {
            let plain = plain(source);
            for base in [dockerfile.dir(), ""] {
                let path = ProjectPath::in_dir(base, plain);
                let inside = wanted.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
                if matches!(plain, "" | ".") || plain.contains('*') || path == *wanted || inside {
                    return None;
                }
                if path.name().ends_with(".py") && path.dir() == wanted.dir() {
                    let source = source.replace(path.name(), wanted.name());
                    // A folder takes any file, another place is that of one file.
                    let to =
                        if to.ends_with(path.name()) { to.replace(path.name(), wanted.name()) } else { to.clone() };
                    let paths = if is_list { format!("[\"{source}\", \"{to}\"]") } else { format!("{source} {to}") };
                    let ended = instruction.span.of(text).ends_with('\n');
                    let (start, stop) = if ended { ("", "\n") } else { ("\n", "") };
                    let flags: String = flags.iter().map(|flag| format!("{flag} ")).collect();
                    // As it is written, in capitals or not.
                    let keyword = instruction.span.of(text).split_whitespace().next()?;
                    let line = format!("{start}{keyword} {flags}{paths}{stop}");
                    found = Some((instruction.span.end, line));
                }
            }
        }
    }
    found
}

/// The folder of the project, as a Dockerfile writes it and without `./`, whose files are in a folder of the
/// image; `None` where none is, or it cannot be told.
pub(crate) fn copied_from(text: &str, folder: &str) -> Option<String> {
    let folder = in_image("/", folder);
    let file = dockerfile::parse(text);
    // By the folder of the image that is copied to.
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (instruction, workdir) in placed(&file) {
        let words = words(&file, instruction)?;
        let Some(Copied { sources: [source], to, .. }) = copy(instruction, &words) else { continue };
        let plain = plain(source);
        // A file in a folder says nothing of where the rest of it is from.
        let is_file = plain.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'));
        if !is_file && !source.contains(['$', '*']) {
            let plain = if plain == "." { String::new() } else { plain.to_owned() };
            found.entry(in_image(&workdir, to)).or_default().insert(plain);
        }
    }
    let holds = |to: &str| {
        to == folder || folder.strip_prefix(to.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    let (to, mut sources) = found.into_iter().filter(|(to, _)| holds(to)).max_by_key(|(to, _)| to.len())?;
    // What else is put beside the whole project does not make it another.
    let first = sources.pop_first().filter(|first| first.is_empty() || sources.is_empty())?;
    let rest = folder[to.len().min(folder.len())..].trim_matches('/');
    Some([first.as_str(), rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
}

/// The folder of the image that its command is started in; `None` where a Dockerfile says none.
pub(crate) fn work_folder(text: &str) -> Option<String> {
    let file = dockerfile::parse(text);
    let last = placed(&file).pop().map(|(_, workdir)| workdir);
    last.filter(|workdir| workdir != "/")
}

/// The instructions of a Dockerfile, each with the folder of the image that paths in it start from. A stage
/// starts where the one that it builds on ends.
fn placed(file: &Dockerfile) -> Vec<(&Instruction, String)> {
    let mut stages: BTreeMap<String, String> = BTreeMap::new();
    let (mut stage, mut workdir) = (None, String::from("/"));
    let mut placed = Vec::new();
    for instruction in &file.instructions {
        match &instruction.what {
            What::From { image, name } => {
                workdir = stages.get(&image.to_ascii_lowercase()).cloned().unwrap_or_else(|| String::from("/"));
                stage = name.as_ref().map(|name| name.to_ascii_lowercase());
            }
            What::Other if instruction.keyword == "WORKDIR" => {
                workdir = in_image(&workdir, instruction.arguments.of(&file.flat).trim_matches(['"', ' ']));
            }
            _ => {}
        }
        if let Some(stage) = &stage {
            stages.insert(stage.clone(), workdir.clone());
        }
        placed.push((instruction, workdir.clone()));
    }
    placed
}

/// The folder that a Dockerfile makes an image of: its own, or one around it that it copies by name.
pub(super) fn home(dockerfile: &ProjectPath, file: &Dockerfile) -> String {
    let own = dockerfile.dir();
    let around = file.instructions.iter().filter_map(|instruction| {
        let words = words(file, instruction)?;
        let Copied { sources, .. } = copy(instruction, &words)?;
        let folders = sources.iter().map(|source| plain(source));
        let around = folders.filter(|folder| !matches!(*folder, "" | ".") && is_in(own, folder));
        around.min_by_key(|folder| folder.len()).map(str::to_owned)
    });
    around.min_by_key(String::len).unwrap_or_else(|| own.to_owned())
}

/// An instruction that copies files of the project into the image.
struct Copied<'a> {
    flags: &'a [String],
    sources: &'a [String],
    to: &'a String,
}

/// Takes an instruction, with its words, for such a one; `None` where it is another, or copies from elsewhere.
fn copy<'a>(instruction: &Instruction, words: &'a [String]) -> Option<Copied<'a>> {
    let (flags, paths) = words.split_at(words.iter().take_while(|word| word.starts_with("--")).count());
    let (to, sources) = paths.split_last()?;
    let copies = matches!(instruction.keyword.as_str(), "COPY" | "ADD");
    (copies && !flags.iter().any(|flag| flag.starts_with("--from"))).then_some(Copied { flags, sources, to })
}

/// A path of the project as it is without what stands for the folder that is built.
fn plain(source: &str) -> &str {
    source.trim_start_matches("./").trim_matches('/')
}

/// A folder of a container, as it is called from another: absolute, without `.` and slashes at its end.
pub(crate) fn in_image(from: &str, dir: &str) -> String {
    let whole = if dir.starts_with('/') { dir.to_owned() } else { format!("{from}/{dir}") };
    let parts: Vec<&str> = whole.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    format!("/{}", parts.join("/"))
}

/// The words behind the keyword of an instruction, those of a list in JSON among them; `None` for a list
/// that is none.
fn words(file: &Dockerfile, instruction: &Instruction) -> Option<Vec<String>> {
    let line = instruction.arguments.of(&file.flat);
    let Some(at) = line.find('[').filter(|at| line[..*at].split_whitespace().all(|word| word.starts_with("--"))) else {
        return Some(line.split_whitespace().map(str::to_owned).collect());
    };
    let list: Vec<String> = serde_json::from_str(line[at..].trim()).ok()?;
    Some(line[..at].split_whitespace().map(str::to_owned).chain(list).collect())
}

/// Whether a file is a Dockerfile, by its name.
pub(crate) fn is_dockerfile(path: &ProjectPath) -> bool {
    let name = path.name().to_ascii_lowercase();
    name.contains("dockerfile") || name.contains("containerfile")
}

/// The commands that the instructions of a Dockerfile run.
pub(super) fn run(file: &Dockerfile) -> Vec<Command> {
    let commands = file.instructions.iter().flat_map(|instruction| match &instruction.what {
        What::Run(Form::Shell) => command::parse(&file.flat, instruction.arguments, Shell::Posix),
        What::Run(Form::List(words)) => command::from_list(&file.flat, words.clone()),
        _ => Vec::new(),
    });
    commands.collect()
}

/// The commands that a Dockerfile or a script runs.
fn commands(path: &ProjectPath, text: &str) -> Vec<Command> {
    if is_dockerfile(path) {
        return run(&dockerfile::parse(text));
    }
    command::parse(text, Span::new(0, text.len()), Shell::Posix)
}

/// Whether a Dockerfile or a script installs a package by name.
pub(crate) fn installs_in(path: &ProjectPath, text: &str, package: &str) -> bool {
    commands(path, text).iter().flat_map(launch::installed).any(|name| name == package)
}

/// Whether a package is Flask or brings it along.
fn brings_flask(package: &str) -> bool {
    matches!(package, "flask" | "dash" | "connexion" | "apiflask") || package.starts_with("flask-")
}

/// Where a Dockerfile or a script installs Flask by name with pip, or what brings it along: the place behind
/// that word.
pub(crate) fn behind_flask(path: &ProjectPath, text: &str) -> Option<Span> {
    flask_in(&commands(path, text))
}

fn flask_in(commands: &[Command]) -> Option<Span> {
    commands.iter().filter(|command| !command.list).find_map(|command| {
        let words = launch::installation(command)?;
        let is_flask = |word: &&Word| launch::package(word).is_some_and(|name| brings_flask(&name));
        // Flask itself before what needs it.
        let flask = words.iter().filter(is_flask).min_by_key(|word| launch::package(word).map(|name| name.len()))?;
        Some(Span::empty(flask.span.end))
    })
}

/// Whether a Dockerfile installs Flask by name and reads no list of dependencies: what such a list asks for is
/// not in its image.
pub(crate) fn installs_by_name(path: &ProjectPath, text: &str) -> bool {
    const LISTS: &[&str] = &["-r", "--requirement", "-e", "--editable", "."];
    const TOOLS: &[&str] = &["pipenv", "poetry", "pdm", "conda", "mamba", "setup.py"];
    let reads_list = |command: &Command| {
        let words: Vec<&str> = command.program().iter().map(|word| command::base_name(&word.text)).collect();
        let is_list = |word: &&str| LISTS.contains(word) || word.starts_with(".[") || word.contains("requirements");
        words.starts_with(&["uv", "sync"]) || words.iter().any(|word| TOOLS.contains(word) || is_list(word))
    };
    let commands = commands(path, text);
    flask_in(&commands).is_some() && !commands.iter().any(reads_list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<String> {
        copy_line(&ProjectPath::new("Dockerfile"), text, &ProjectPath::new("wsgi.py")).map(|(_, line)| line)
    }

    #[test]
    fn a_new_file_is_copied_like_its_neighbours() {
        for (text, wanted) in [
            ("FROM x\nCOPY app.py /srv/app.py\nCOPY data /srv/\n", "COPY wsgi.py /srv/wsgi.py\n"),
            ("FROM x\nADD ./app.py .\n", "ADD ./wsgi.py .\n"),
            ("FROM x\nCOPY --chown=app app.py util.py ./\n", "COPY --chown=app wsgi.py ./\n"),
            ("FROM x\nCOPY app.py .", "\nCOPY wsgi.py ."),
            ("FROM x\nCOPY [\"app.py\", \".\"]\n", "COPY [\"wsgi.py\", \".\"]\n"),
            ("FROM x\nCOPY app.py \\\n     # settings too\n     config.py \\\n     ./\nRUN y\n", "COPY wsgi.py ./\n"),
            ("FROM x\nCOPY app.py ${HOME}/\n", "COPY wsgi.py ${HOME}/\n"),
        ] {
            assert_eq!(line(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_copied_anyway_is_not_copied_twice() {
        for text in [
            "FROM x\nCOPY app.py .\nCOPY . .\n",
            "FROM x\nCOPY ./ /srv\n",
            "FROM x\nCOPY *.py ./\n",
            "FROM x\nCOPY app.py wsgi.py ./\n",
            "FROM x\nCOPY requirements.txt .\n",
            "FROM x\nCOPY --from=build /x/app.py .\n",
            "FROM x\nCOPY src/app.py .\n",
            "FROM x\nCOPY [\".\", \".\"]\n",
            "FROM x\nCOPY app.py \\\n  . ./\n",
            "FROM x\nCOPY app.py ./\nCOPY $SOURCES ./\n",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn a_folder_of_the_image_is_one_of_the_project() {
        for (text, wanted) in [
            ("FROM x\nWORKDIR /app\nCOPY requirements.txt .\nCOPY . .\n", Some("")),
            ("FROM x\nCOPY ./ /app/\n", Some("")),
            ("FROM x\nWORKDIR /\nWORKDIR app\nADD --chown=x [\"./web/\", \".\"]\n", Some("web")),
            ("FROM x\nCOPY src/shop /app\n", Some("src/shop")),
            ("FROM x\nWORKDIR /app\nCOPY . /app\nCOPY /ssl /app/\n", Some("")),
            ("FROM x\nCOPY web /app\nCOPY shop /app\n", None),
            ("FROM x\nWORKDIR /app\nCOPY shop /app/shop\n", None),
            ("FROM x\nWORKDIR /app\nCOPY app.py config.py ./\nCOPY app.py .\n", None),
            ("FROM x\nWORKDIR /app\nCOPY --from=build /app .\n", None),
            ("FROM x\nWORKDIR /app\nCOPY $SOURCES .\n", None),
        ] {
            assert_eq!(copied_from(text, "/app").as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn an_image_is_made_of_the_folder_that_is_copied() {
        for (text, wanted) in [
            ("FROM x\nCOPY backend/ /app/\n", "backend"),
            ("FROM x\nCOPY requirements.txt ./\nCOPY ./backend/web backend /app/\n", "backend"),
            ("FROM x\nCOPY . /app\n", "backend/web"),
            ("FROM x\nCOPY front /app\n", "backend/web"),
            ("FROM x\nCOPY --from=build /backend /app\n", "backend/web"),
            ("FROM x\nCOPY back /app\n", "backend/web"),
        ] {
            let path = ProjectPath::new("backend/web/Dockerfile");
            assert_eq!(home(&path, &dockerfile::parse(text)), wanted, "{text}");
        }
    }

    #[test]
    fn flask_is_found_where_pip_installs_it() {
        let text = "FROM x\nRUN pip install boto3 \"Flask==3\" flask_cors\n";
        let path = ProjectPath::new("Dockerfile");
        let behind_flask = |text: &str| behind_flask(&path, text);
        let installs_by_name = |text: &str| installs_by_name(&path, text);
        let span = behind_flask(text).unwrap();
        assert_eq!(&text[..span.start], "FROM x\nRUN pip install boto3 \"Flask==3\"");
        assert!(installs_by_name(text) && installs_by_name("FROM x\nCOPY . .\nRUN pip install --upgrade pip flask\n"));
        for more in ["-r base.txt", "-e .", ".", "&& poetry install", "&& uv sync --locked"] {
            let text = format!("FROM x\nRUN pip install flask \\\n  {more}\n");
            assert!(!installs_by_name(&text), "{text}");
        }
        let text = "FROM x\nRUN apt-get update && \\\n  # web\n  pip3 install \\\n    flask==3 \\\n    redis\n";
        let span = behind_flask(text).unwrap();
        assert!(text[..span.start].ends_with("flask==3") && installs_by_name(text));
        let text = "FROM x\nRUN pip3 install gpiozero Flask-RESTful==0.3 pigpio\n";
        assert!(text[..behind_flask(text).unwrap().start].ends_with("Flask-RESTful==0.3") && installs_by_name(text));
        for text in [
            "FROM x\nRUN pip install -r requirements.txt\n# pip install flask\n",
            "FROM x\nRUN <<EOF\npip install redis\nEOF\nCMD echo pip install flask\n",
            "FROM x\nRUN [\"pip\", \"install\", \"flask\"]\n",
        ] {
            assert_eq!(behind_flask(text), None, "{text}");
        }
    }
}
