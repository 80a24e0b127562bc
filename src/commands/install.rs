//! The packages that a deployment needs, added to the project's dependencies.

use anyhow::{Context, Result};

use crate::edit::{self, Edit};
use crate::engine;
use crate::project::{self, Addition, Around, Project};
use crate::source::{Source, Tree};

/// What was done about one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Installed {
    /// It was added to this file; then this command brings the lock file up to date.
    Added { package: String, path: String, lock: Option<&'static str> },
    /// A person has to add it.
    ByHand { package: String, path: String, reason: String },
}

/// Adds packages to the dependencies of what is started from a folder, where they are not yet, and keeps
/// those that are there to the versions that will do (`gunicorn<26`). A project that keeps no list gets none:
/// its instructions install them.
///
/// # Errors
/// A file is there and cannot be read or written in its encoding.
pub(super) fn install(tree: &mut Tree, dir: &str, packages: &[String]) -> Result<Vec<Installed>> {
    engine::on_deep_stack(|| each(tree, dir, packages))?
}

fn each(tree: &mut Tree, dir: &str, packages: &[String]) -> Result<Vec<Installed>> {
    let mut done = Vec::new();
    for package in packages {
        let name = project::split(package).0;
        // Each addition moves what follows it, so what is there is read anew.
        let project = Project::load(tree);
        let around = Around::gather(tree, &project);
        let dependencies = &around.dependencies;
        let addition = if dependencies.names(name, dir) || around.installs(name, dir) {
            dependencies.narrow(package, dir)
        } else {
            dependencies.add(package, dir)
        };
        let package = package.clone();
        match addition {
            None => {}
            Some(Addition::Manual { path, reason }) => {
                done.push(Installed::ByHand { package, path: path.to_string(), reason });
            }
            Some(Addition::Insert { path, span, text }) => {
                let bytes = tree.read(&path)?.with_context(|| format!("`{path}` is gone"))?;
                let source =
                    Source::decode_text(path.clone(), &bytes).map_err(|unread| anyhow::anyhow!(unread.message))?;
                let change = Edit::replace(&path, span, text);
                let after = edit::apply(&source.text, source.newline(), &[&change])?;
                tree.set_base(path.clone(), Tree::read_disk(tree.root(), &path)?);
                tree.write(path.clone(), source.encode(&after)?);
                let lock = dependencies.lock_command(&path);
                done.push(Installed::Added { package, path: path.to_string(), lock });
            }
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ProjectPath;

    fn installed(files: &[(&str, &str)], packages: &[&str]) -> (Tree, Vec<Installed>) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            std::fs::write(dir.path().join(path), text).unwrap();
        }
        let mut tree = Tree::open(dir.path()).unwrap();
        let packages: Vec<String> = packages.iter().map(|package| (*package).to_owned()).collect();
        let done = install(&mut tree, "", &packages).unwrap();
        (tree, done)
    }

    fn text(tree: &Tree, path: &str) -> String {
        String::from_utf8(tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn packages_go_where_the_project_keeps_its_dependencies() {
        let app = ("app.py", "import flask\n");
        let (tree, done) = installed(&[app, ("requirements.txt", "flask\r\n")], &["gunicorn", "gevent"]);
        assert_eq!(text(&tree, "requirements.txt"), "flask\r\ngevent\r\ngunicorn\r\n");
        assert_eq!(done.len(), 2);
        let project = "[project]\ndependencies = [\"flask\"]\n";
        let (tree, done) = installed(&[app, ("pyproject.toml", project), ("uv.lock", "version = 1\n")], &["gunicorn"]);
        assert_eq!(text(&tree, "pyproject.toml"), "[project]\ndependencies = [\"flask\", \"gunicorn\"]\n");
        assert!(matches!(&done[..], [Installed::Added { lock: Some("uv lock"), .. }]), "{done:?}");
    }

    #[test]
    fn what_is_there_stays_and_what_cannot_be_changed_is_said() {
        let app = ("app.py", "import flask\n");
        for files in [vec![app], vec![app, ("requirements.txt", "flask\ngunicorn[gevent]==23\n")]] {
            let (tree, done) = installed(&files, &["gunicorn"]);
            assert_eq!((tree.changed().count(), done), (0, vec![]), "{files:?}");
        }
        let (_, done) = installed(&[app, ("requirements.txt", "flask==3 --hash=sha256:00\n")], &["gunicorn"]);
        assert!(matches!(&done[..], [Installed::ByHand { .. }]), "{done:?}");
    }

    #[test]
    fn a_version_goes_with_the_package() {
        let app = ("app.py", "import flask\n");
        let (tree, _) = installed(&[app, ("requirements.txt", "flask\n")], &["gunicorn<26"]);
        assert_eq!(text(&tree, "requirements.txt"), "flask\ngunicorn<26\n");
        let poetry = ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.11\"\nflask = \"*\"\n");
        let (tree, _) = installed(&[app, poetry], &["gunicorn<26"]);
        assert!(text(&tree, "pyproject.toml").ends_with("flask = \"*\"\ngunicorn = \"<26\"\n"));
    }

    #[test]
    fn a_package_that_is_there_is_kept_to_the_versions_that_will_do() {
        let app = ("app.py", "import flask\n");
        let poetry = |version: &str| format!("[tool.poetry.dependencies]\nflask = \"*\"\ngunicorn = {version}\n");
        for (path, before, after) in [
            ("requirements.txt", "flask\ngunicorn\n".to_owned(), "flask\ngunicorn<26\n".to_owned()),
            (
                "requirements.txt",
                "gunicorn[setproctitle] >= 20 ; python_version > '3' # the server\nflask\n".to_owned(),
                "gunicorn[setproctitle] >= 20,<26 ; python_version > '3' # the server\nflask\n".to_owned(),
            ),
            (
                "pyproject.toml",
                "[project]\ndependencies = ['flask', \"gunicorn>=22\"]\n".to_owned(),
                "[project]\ndependencies = ['flask', \"gunicorn>=22,<26\"]\n".to_owned(),
            ),
            ("pyproject.toml", poetry("\"*\""), poetry("\"<26\"")),
            ("pyproject.toml", poetry("{ version = \">=20\" }"), poetry("{ version = \">=20,<26\" }")),
        ] {
            let (tree, done) = installed(&[app, (path, &before)], &["gunicorn<26"]);
            assert_eq!(text(&tree, path), after);
            assert!(matches!(&done[..], [Installed::Added { .. }]), "{done:?}");
        }
        // What is older anyway stays, and so does whatever version where any will do.
        for (asked, wanted) in
            [("gunicorn==23", "gunicorn<26"), ("gunicorn<25", "gunicorn<26"), ("gunicorn", "gunicorn")]
        {
            let (tree, done) = installed(&[app, ("requirements.txt", &format!("flask\n{asked}\n"))], &[wanted]);
            assert_eq!((tree.changed().count(), done), (0, vec![]), "{asked}");
        }
        // The project decided otherwise.
        let (tree, done) = installed(&[app, ("requirements.txt", "flask\ngunicorn==27.0.1\n")], &["gunicorn<26"]);
        assert_eq!(tree.changed().count(), 0);
        assert!(
            matches!(&done[..], [Installed::ByHand { reason, .. }] if reason == "it asks for `gunicorn==27.0.1`"),
            "{done:?}"
        );
    }
}
