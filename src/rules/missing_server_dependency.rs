//! # missing-server-dependency
//!
//! ## What it does
//!
//! Finds projects whose launch command needs Gunicorn or Waitress, or will once it is rewritten,
//! while neither their dependencies nor their Dockerfiles and scripts install it, or ask for one that
//! is without the workers which the command names: Gunicorn 26 has none of eventlet any more.
//!
//! ## Why is this bad
//!
//! The container or service would not start: `gunicorn: command not found`.
//!
//! ## Example
//!
//! ```text
//! flask==3.1.3
//! ```
//!
//! ## Use instead
//!
//! ```text
//! flask==3.1.3
//! gunicorn
//! ```
//!
//! ## Fix safety
//!
//! The package is added where the project keeps its dependencies, which is safe; without a version,
//! unless only older ones have the workers (`gunicorn<26`).
//! Where there is a lock file, the finding says which command brings it up to date. A file with
//! hashes, or one compiled from another, is left to a person.
//!
//! ## References
//!
//! - [Gunicorn: Installation](https://docs.gunicorn.org/en/stable/install.html)
//! - [Waitress](https://docs.pylonsproject.org/projects/waitress/en/stable/)

use super::development_server_command::{Wanted, addition, class_of, is_installed, planned};
use super::{Context, Rule};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{Addition, Launch, What, WorkerClass, behind_flask, installs_by_name, installs_in, is_dockerfile};
use crate::source::{ProjectPath, Span};
use crate::syntax::names::has_word;

pub(super) const RULE: Rule = Rule {
    name: "missing-server-dependency",
    kind: Kind::Startup,
    source: include_str!("missing_server_dependency.rs"),
    check,
};

/// Finds servers that are started and not installed.
pub(super) fn check(context: Context<'_>) -> Vec<Finding> {
    let servers = [Wanted::Gunicorn, Wanted::Waitress];
    let missing = servers.into_iter().filter_map(|server| finding(context, server));
    let in_images = servers.into_iter().flat_map(|server| {
        let mut launches: Vec<&Launch> = started(context, server);
        launches.sort_by_key(|launch| &launch.path);
        launches.dedup_by_key(|launch| &launch.path);
        launches.into_iter().filter_map(move |launch| in_image(context, server, launch))
    });
    missing.chain(in_images).chain(too_new(context)).collect()
}

/// The Dockerfile of a launch, or one that starts the script of a launch, where that gets its packages by
/// name; or a script that does where nothing lists them.
fn image<'a>(context: Context<'a>, launch: &'a Launch) -> Option<&'a ProjectPath> {
    let around = context.around;
    if !around.dependencies.any() && behind_flask(&launch.path, around.text(&launch.path)).is_some() {
        return Some(&launch.path);
    }
    let starts = |path: &&ProjectPath| {
        let names = || path.dir() == launch.path.dir() && has_word(around.text(path), launch.path.name());
        is_dockerfile(path) && (**path == launch.path || names())
    };
    context.project.files.iter().find(starts).filter(|path| installs_by_name(path, around.text(path)))
}

/// What a server has to be for the workers of a launch: `gunicorn<26`.
fn wanted(context: Context<'_>, server: Wanted, launch: &Launch) -> &'static str {
    let class = match &launch.what {
        // Its `--worker-class eventlet`, by whichever of its spellings.
        What::Server(_) => {
            let is_eventlet = |word: &str| word.rsplit('=').next() == Some("eventlet") || word == "-keventlet";
            launch.command.program().iter().any(|word| is_eventlet(&word.text)).then_some(WorkerClass::Eventlet)
        }
        _ => class_of(context, launch),
    };
    class
        .filter(|_| server == Wanted::Gunicorn)
        .and_then(|class| class.packages().first().copied())
        .unwrap_or(server.package())
}

/// A Gunicorn among the dependencies that may be one without the workers of a launch.
fn too_new(context: Context<'_>) -> Option<Finding> {
    let dependencies = &context.around.dependencies;
    let launches = started(context, Wanted::Gunicorn);
    let (launch, package, addition) = launches.into_iter().find_map(|launch| {
        let package = wanted(context, Wanted::Gunicorn, launch);
        Some((launch, package, dependencies.narrow(package, launch.path.dir())?))
    })?;
    let lock = lock(context, &addition);
    let (path, fix, hint) = match addition {
        Addition::Insert { path, span, text } => {
            let title = format!("ask for `{package}`{}", lock.map_or_else(String::new, |lock| format!("; {lock}")));
            let fix = Fix::edit(title, Applicability::Safe, Edit::replace(&path, span, text));
            (path, Some(fix), None)
        }
        Addition::Manual { path, reason } => (path, None, Some(format!("ask for `{package}` by hand: {reason}"))),
    };
    let started = "it is started here".to_owned();
    Some(Finding {
        rule: "missing-server-dependency",
        kind: Kind::Startup,
        severity: Severity::Warning,
        path,
        span: Span::empty(0),
        message: "the launch needs workers of eventlet, which Gunicorn 26 has no more".to_owned(),
        hint,
        fix,
        related: vec![Related { path: launch.path.clone(), span: launch.command.span()?, message: started }],
    })
}

/// What brings the lock file up to date behind an addition.
fn lock(context: Context<'_>, addition: &Addition) -> Option<String> {
    let (Addition::Insert { path, .. } | Addition::Manual { path, .. }) = addition;
    context.around.dependencies.lock_command(path).map(|command| format!("then run `{command}`"))
}

fn finding(context: Context<'_>, server: Wanted) -> Option<Finding> {
    let launch = needs(context, server)?;
    let package = wanted(context, server, launch);
    let addition = addition(context, package, launch)?;
    let lock = lock(context, &addition);
    let (path, span, fix, hint) = match addition {
        Addition::Insert { path, span, text } => {
            // In the title, because that is what is left to read once the fix is applied.
            let then = lock.map_or_else(String::new, |lock| format!("; {lock}"));
            let title = format!("add `{package}`{then}");
            let fix = Fix::edit(title, Applicability::Safe, Edit::replace(&path, span, text));
            // An insertion behind the last byte is reported at the first one, which has a line.
            (path, Span::empty(0), Some(fix), None)
        }
        Addition::Manual { path, reason } => {
            let then = lock.map_or_else(String::new, |lock| format!(", {lock}"));
            (
                path,
                Span::empty(0),
                None,
                Some(format!("add `{package}` by hand, or {} does not start: {reason}{then}", server.name())),
            )
        }
    };
    let place = launch.command.span()?;
    Some(Finding {
        rule: "missing-server-dependency",
        kind: Kind::Startup,
        severity: Severity::Warning,
        path,
        span,
        message: format!("the launch needs {}, and `{package}` is not among the dependencies", server.name()),
        hint,
        fix,
        related: vec![Related { path: launch.path.clone(), span: place, message: "it is started here".to_owned() }],
    })
}

/// The same for an image that gets its packages by name.
fn in_image(context: Context<'_>, server: Wanted, launch: &Launch) -> Option<Finding> {
    let image = image(context, launch)?;
    let text = context.around.text(image);
    if installs_in(image, text, server.package()) {
        return None;
    }
    let package = wanted(context, server, launch);
    let quoted = if package.contains('<') { format!("\"{package}\"") } else { package.to_owned() };
    let edit = Edit::replace(image, behind_flask(image, text)?, format!(" {quoted}"));
    Some(Finding {
        rule: "missing-server-dependency",
        kind: Kind::Startup,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span: launch.command.span()?,
        message: format!("the launch needs {}, and the image does not install `{package}`", server.name()),
        hint: None,
        fix: Some(Fix::edit(format!("install `{package}`"), Applicability::Safe, edit)),
        related: Vec::new(),
    })
}

/// The launches for production that start the server, or will once they are rewritten.
fn started<'a>(context: Context<'a>, server: Wanted) -> Vec<&'a Launch> {
    let starts = |launch: &&Launch| launch.what == What::Server(server.name()) && launch.scope.reaches_production();
    let now = context.around.launches.iter().filter(starts);
    let then = planned(context).into_iter().filter(|(wanted, _)| *wanted == server).map(|(_, launch)| launch);
    now.chain(then).collect()
}

/// A launch that needs the server and does not have it.
fn needs<'a>(context: Context<'a>, server: Wanted) -> Option<&'a Launch> {
    let lacks = |launch: &&Launch| !is_installed(context, server.package(), launch) && image(context, launch).is_none();
    started(context, server).into_iter().find(lacks)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, check_tree, fixed, step, tree};
    use super::*;

    const PROCFILE: (&str, &str) = ("Procfile", "web: gunicorn wsgi:app\n");

    #[test]
    fn the_package_is_added_where_dependencies_are_kept() {
        assert_eq!(
            fixed(&[PROCFILE, ("requirements.txt", "flask\r\n")], check, "requirements.txt"),
            "flask\r\ngunicorn\r\n"
        );
        // A comment stays behind what it speaks of.
        for comma in [",", ""] {
            let project = format!("[project]\ndependencies = [\n  \"flask\"{comma} # web\n]\n");
            assert_eq!(
                fixed(&[PROCFILE, ("pyproject.toml", &project)], check, "pyproject.toml"),
                format!("[project]\ndependencies = [\n  \"flask\", # web\n  \"gunicorn\"{comma}\n]\n")
            );
        }
        let project = "[project]\ndependencies = [\"flask\"]\n";
        assert_eq!(
            fixed(&[PROCFILE, ("pyproject.toml", project)], check, "pyproject.toml"),
            "[project]\ndependencies = [\"flask\", \"gunicorn\"]\n"
        );
        let found = check_all(&[PROCFILE, ("pyproject.toml", project), ("uv.lock", "version = 1\n")], check);
        let title = found[0].fix.as_ref().map(|fix| fix.title.as_str());
        assert_eq!(title, Some("add `gunicorn`; then run `uv lock`"));
        // A lock of another list has nothing to do with it.
        for lock in [("uv.lock", "version = 1\n"), ("Pipfile.lock", "{}"), ("api/poetry.lock", "")] {
            let found = check_all(&[PROCFILE, ("requirements.txt", "flask\n"), lock], check);
            assert_eq!(found[0].fix.as_ref().map(|fix| fix.title.as_str()), Some("add `gunicorn`"), "{lock:?}");
        }
        let found = check_all(&[PROCFILE, ("requirements.in", "flask\n")], check);
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.title.as_str()), Some("add `gunicorn`; then run `pip-compile`"));
    }

    #[test]
    fn a_command_that_will_be_rewritten_counts() {
        let wsgi = ("wsgi.py", "from flask import Flask\napp = Flask(__name__)\n");
        let files = [("Procfile", "web: flask run\n"), wsgi, ("Pipfile", "[packages]\nflask = \"*\"\n")];
        assert_eq!(fixed(&files, check, "Pipfile"), "[packages]\nflask = \"*\"\ngunicorn = \"*\"\n");
    }

    #[test]
    fn workers_of_eventlet_get_a_gunicorn_that_has_them() {
        for command in ["-k eventlet", "-keventlet", "--worker-class=eventlet", "--worker-class eventlet"] {
            let procfile = format!("web: gunicorn {command} wsgi:app\n");
            for (before, after) in [("gunicorn\n", "gunicorn<26\n"), ("flask\n", "flask\ngunicorn<26\n")] {
                let files = [("Procfile", procfile.as_str()), ("requirements.txt", before)];
                assert_eq!(fixed(&files, check, "requirements.txt"), after, "{command}");
            }
        }
        for (command, list) in [
            ("gunicorn -k eventlet wsgi:app", "gunicorn==20.1.0\n"),
            ("gunicorn -k gevent wsgi:app", "gunicorn\n"),
            ("gunicorn eventlet:app", "gunicorn\n"),
        ] {
            let procfile = format!("web: {command}\n");
            assert_eq!(check_all(&[("Procfile", &procfile), ("requirements.txt", list)], check), [], "{command}");
        }
    }

    #[test]
    fn a_script_in_a_folder_of_its_own_needs_what_it_starts_from() {
        let app = "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run()\n";
        let wsgi = "from app import app\n__all__ = ['app']  # flask\n";
        let after = |script: (&str, &str), list: &str| {
            let app = [("backend/app.py", app), ("backend/wsgi.py", wsgi), ("backend/requirements.txt", list)];
            fixed(&[&app[..], &[script]].concat(), check, "backend/requirements.txt")
        };
        let enter = "cd \"$(dirname \"$0\")/..\"\ncd backend\npython app.py\n";
        assert_eq!(after(("scripts/run.sh", enter), "flask\n"), "flask\ngunicorn\n");
        let bat = "cd /d %~dp0\\..\\backend\r\npython app.py\r\n";
        assert_eq!(after(("scripts/run.bat", bat), "flask\n"), "flask\nwaitress\n");
        assert_eq!(after(("scripts/run.sh", "cd scripts\ncd ../backend\nflask run\n"), "flask\n"), "flask\ngunicorn\n");
        assert_eq!(after(("scripts/run.sh", enter), "flask\ngunicorn==20\n"), "flask\ngunicorn==20\n");
        // What is installed beside the script of launches counts too.
        assert_eq!(after(("scripts/run.sh", &format!("pip install gunicorn\n{enter}")), "flask\n"), "flask\n");
    }

    #[test]
    fn what_is_installed_some_other_way_is_not_missing() {
        for files in [
            vec![PROCFILE],
            vec![PROCFILE, ("requirements.txt", "flask\ngunicorn[gevent]==20.1\n")],
            vec![PROCFILE, ("requirements.txt", "flask\n"), ("Dockerfile", "FROM x\nRUN pip install gunicorn\n")],
            vec![PROCFILE, ("requirements.txt", "flask\n"), ("setup.py", "setup(install_requires=['gunicorn'])\n")],
            vec![("Procfile.dev", "web: gunicorn wsgi:app\n"), ("requirements.txt", "flask\n")],
        ] {
            assert_eq!(check_all(&files, check), [], "{files:?}");
        }
    }

    #[test]
    fn an_image_that_installs_by_name_gets_it_too() {
        let before = "FROM x\nRUN pip install flask requests\nCMD gunicorn wsgi:app\n";
        let after = "FROM x\nRUN pip install flask gunicorn requests\nCMD gunicorn wsgi:app\n";
        assert_eq!(fixed(&[("Dockerfile", before)], check, "Dockerfile"), after);
        // What the list of another folder asks for is not in the image, nor is what another image installs.
        let other = "FROM x\nRUN pip install flask gunicorn\nCMD gunicorn wsgi:app\n";
        let files = [("one/Dockerfile", before), ("two/Dockerfile", other), ("Pipfile", "[packages]\nflask = \"*\"\n")];
        assert_eq!(fixed(&files, check, "one/Dockerfile"), after);
        assert_eq!(check_all(&files, check).len(), 1);
        let script = [
            ("two/Dockerfile", other),
            ("one/Dockerfile", "FROM x\nRUN pip install flask\nADD start.sh /\nENTRYPOINT [\"/start.sh\"]\n"),
            ("one/start.sh", "#!/bin/sh\ngunicorn wsgi:app\n"),
            ("one/requirements.txt", "flask\n"),
        ];
        assert!(fixed(&script, check, "one/Dockerfile").contains("RUN pip install flask gunicorn\n"));
        assert_eq!(check_all(&script, check).len(), 1);
        let listed = "FROM x\nRUN pip install flask\nRUN pip install -r requirements.txt\nCMD gunicorn wsgi:app\n";
        let files = [("Dockerfile", listed), ("requirements.txt", "redis\n")];
        assert_eq!(fixed(&files, check, "requirements.txt"), "redis\ngunicorn\n");
        assert_eq!(check_all(&files, check).len(), 1);
    }

    #[test]
    fn requirements_in_utf16_stay_in_utf16() {
        let encoded = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
        };
        let path = crate::source::ProjectPath::new("requirements.txt");
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let (_dir, mut tree) = tree(&[PROCFILE]);
            tree.write(path.clone(), encoded("Flask==3.0.0\r\nWerkzeug==3.0.1\r\n", unit));
            let findings = check_tree(&tree, check, &|_| Vec::new());
            assert!(step(&mut tree, &findings));
            let after = encoded("Flask==3.0.0\r\ngunicorn\r\nWerkzeug==3.0.1\r\n", unit);
            assert_eq!(tree.read(&path).unwrap().unwrap(), after);
            assert_eq!(check_tree(&tree, check, &|_| Vec::new()), []);
        }
    }

    #[test]
    fn a_file_with_hashes_is_left_to_a_person() {
        let found = check_all(&[PROCFILE, ("requirements.txt", "flask==3 --hash=sha256:00\n")], check);
        assert!(found[0].fix.is_none() && found[0].hint.is_some(), "{found:#?}");
    }
}
