//! Which files and packages get into the image of a Dockerfile, where it names them one by one.

use std::collections::BTreeSet;

use crate::source::{ProjectPath, Span};

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
    for Instruction { end, text: line } in instructions(text) {
        let words: Vec<String> = words(&line)?;
        let Some(Copied { head, sources, to }) = copy(&words) else { continue };
        // What a variable stands for may be the whole folder.
        if sources.iter().any(|source| source.contains('$')) {
            return None;
        }
        let is_list = line.contains('[');
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
                    let ended = text[..end].ends_with('\n');
                    let (start, stop) = if ended { ("", "\n") } else { ("\n", "") };
                    found = Some((end, format!("{start}{} {paths}{stop}", head.join(" "))));
                }
            }
        }
    }
    found
}

/// The folder of the project, as a Dockerfile writes it and without `./`, that is copied to a folder of the
/// image; `None` where none is, or it cannot be told.
pub(crate) fn copied_from(text: &str, folder: &str) -> Option<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut workdir = String::from("/");
    for Instruction { text: line, .. } in instructions(text) {
        let words: Vec<String> = words(&line)?;
        let [instruction, arguments @ ..] = &words[..] else { continue };
        match (instruction.to_ascii_uppercase().as_str(), arguments) {
            ("FROM", _) => workdir = String::from("/"),
            ("WORKDIR", [dir]) => workdir = in_image(&workdir, dir),
            _ => {
                let Some(Copied { sources: [source], to, .. }) = copy(&words) else { continue };
                let plain = plain(source);
                // A file in a folder says nothing of where the rest of it is from.
                let is_file = plain.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'));
                if !is_file && !source.contains(['$', '*']) && in_image(&workdir, to) == in_image("/", folder) {
                    found.insert(if plain == "." { String::new() } else { plain.to_owned() });
                }
            }
        }
    }
    // What else is put beside the whole project does not make it another.
    let first = found.pop_first()?;
    (first.is_empty() || found.is_empty()).then_some(first)
}

/// An instruction that copies files of the project into the image.
struct Copied<'a> {
    /// The instruction itself, with its flags.
    head: &'a [String],
    sources: &'a [String],
    to: &'a String,
}

/// Takes the words of an instruction for such a one; `None` where it is another, or copies from elsewhere.
fn copy(words: &[String]) -> Option<Copied<'_>> {
    let (instruction, arguments) = words.split_first()?;
    let flags = arguments.iter().take_while(|word| word.starts_with("--")).count();
    let (head, paths) = words.split_at(1 + flags);
    let (to, sources) = paths.split_last()?;
    let copies = matches!(instruction.to_ascii_uppercase().as_str(), "COPY" | "ADD");
    (copies && !head.iter().any(|flag| flag.starts_with("--from"))).then_some(Copied { head, sources, to })
}

/// A path of the project as it is without what stands for the folder that is built.
fn plain(source: &str) -> &str {
    source.trim_start_matches("./").trim_matches('/')
}

/// A folder of the image, as it is called from another.
fn in_image(from: &str, dir: &str) -> String {
    let whole = if dir.starts_with('/') { dir.to_owned() } else { format!("{from}/{dir}") };
    let parts: Vec<&str> = whole.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    format!("/{}", parts.join("/"))
}

/// An instruction of a Dockerfile, in one line.
struct Instruction {
    /// Where its last line ends, its line end included.
    end: usize,
    text: String,
}

/// The instructions of a Dockerfile. A mark at the end of a line, the backslash where nothing else is
/// said at the top, leads on to the next.
fn instructions(text: &str) -> Vec<Instruction> {
    let directive = text.lines().next().unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    let mark = if directive.starts_with("#escape=`") { '`' } else { '\\' };
    let mut found: Vec<Instruction> = Vec::new();
    let (mut at, mut goes_on) = (0, false);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('#') || trimmed.is_empty() {
            continue;
        }
        let part = trimmed.strip_suffix(mark).unwrap_or(trimmed);
        match found.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(part);
                last.end = at;
            }
            None => found.push(Instruction { end: at, text: part.to_owned() }),
        }
        goes_on = trimmed.ends_with(mark);
    }
    found
}

/// The words of an instruction, those of a list in JSON among them; `None` for a list that is none.
fn words(line: &str) -> Option<Vec<String>> {
    let Some(at) =
        line.find('[').filter(|at| line[..*at].split_whitespace().skip(1).all(|word| word.starts_with("--")))
    else {
        return Some(line.split_whitespace().map(str::to_owned).collect());
    };
    let list: Vec<String> = serde_json::from_str(line[at..].trim()).ok()?;
    Some(line[..at].split_whitespace().map(str::to_owned).chain(list).collect())
}

/// Where a Dockerfile installs Flask by name with pip: the place behind that word.
pub(crate) fn behind_flask(text: &str) -> Option<Span> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.trim_start().starts_with('#') || !(line.contains("pip install") || line.contains("pip3 install")) {
            continue;
        }
        for word in line.split_whitespace() {
            let lower = word.to_ascii_lowercase();
            let rest = lower.trim_matches(['"', '\'']).strip_prefix("flask");
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!'])) {
                let offset = word.as_ptr() as usize - line.as_ptr() as usize;
                return Some(Span::empty(start + offset + word.len()));
            }
        }
    }
    None
}

/// Whether a Dockerfile installs Flask by name and reads no list of dependencies: what such a list asks for is
/// not in its image.
pub(crate) fn installs_by_name(text: &str) -> bool {
    const LISTS: &[&str] = &["-r", "--requirement", "-e", "--editable", "."];
    const TOOLS: &[&str] = &["pipenv", "poetry", "pdm", "conda", "mamba", "setup.py"];
    let reads_list = |line: &str| {
        let is_list = |word: &str| LISTS.contains(&word) || word.starts_with(".[") || word.contains("requirements");
        line.split_whitespace().any(|word| TOOLS.contains(&word) || is_list(word)) || line.contains("uv sync")
    };
    let is_run = |line: &str| line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("RUN "));
    behind_flask(text).is_some() && !instructions(text).iter().any(|it| is_run(&it.text) && reads_list(&it.text))
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
    fn flask_is_found_where_pip_installs_it() {
        let text = "FROM x\nRUN pip install boto3 \"Flask==3\" flask_cors\n";
        let span = behind_flask(text).unwrap();
        assert_eq!(&text[..span.start], "FROM x\nRUN pip install boto3 \"Flask==3\"");
        assert!(installs_by_name(text) && installs_by_name("FROM x\nCOPY . .\nRUN pip install --upgrade pip flask\n"));
        for more in ["-r base.txt", "-e .", ".", "&& poetry install", "&& uv sync --locked"] {
            let text = format!("FROM x\nRUN pip install flask \\\n  {more}\n");
            assert!(!installs_by_name(&text), "{text}");
        }
        assert_eq!(behind_flask("FROM x\nRUN pip install -r requirements.txt\n# pip install flask\n"), None);
    }
}
