//! How the project's dependencies get onto the machine, and who proposes updates of them.

use serde::Serialize;

use super::platform::Abilities;
use crate::project::{Installer, Profile};
use crate::source::ProjectPath;

/// What pip calls pdm with the versions of its own dependencies that it was tried with: with the newest of
/// them (hishel 2) pdm 2.29 ends in an `AttributeError`.
const PDM: &str = "pdm[locked]";

/// The commands that make the virtual environment, for a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Setup {
    /// What installs: `pip`, `uv`.
    pub(crate) with: &'static str,
    /// The commands that make the environment, once.
    pub(crate) create: Vec<String>,
    /// The commands that bring it up to date, after each change of the dependencies.
    pub(crate) update: Vec<String>,
}

/// What installs the dependencies, in the words of those who propose updates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct InstallerPlan {
    /// Whether the project says what it depends on.
    pub(crate) is_known: bool,
    /// The folder of the file that says so, relative to the project.
    pub(crate) dir: String,
    /// [Dependabot's name](https://docs.github.com/en/code-security/dependabot/ecosystems-supported-by-dependabot/supported-ecosystems-and-repositories)
    /// for its ecosystem.
    pub(crate) ecosystem: &'static str,
    /// [Renovate's name](https://docs.renovatebot.com/modules/manager/) for its manager.
    pub(crate) manager: &'static str,
    /// The commands that look for known holes in what it installs.
    pub(crate) audit: Vec<String>,
}

/// Where things are on the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Where<'a> {
    /// The folder of the deployment.
    pub(super) home: &'a str,
    /// The project's files in it.
    pub(super) code: &'a str,
    /// The virtual environment.
    pub(super) venv: &'a str,
}

/// The version of Python to run it on, and whether the machine ships it: the one that the project asks
/// for, or the machine's own where that will do.
pub(super) fn python(profile: &Profile, abilities: Abilities) -> (String, bool) {
    let minor = |version: &str| version.rsplit('.').next().and_then(|minor| minor.parse::<u32>().ok());
    match &profile.python {
        Some(asked) if asked.or_later && minor(&asked.version) <= minor(abilities.python) => {
            (abilities.python.to_owned(), true)
        }
        Some(asked) => (asked.version.clone(), asked.version == abilities.python),
        None => (abilities.python.to_owned(), true),
    }
}

/// The commands for an installer. `packages` is for projects that name no dependencies.
pub(super) fn setup(installer: &Installer, place: Where<'_>, python: (&str, bool), packages: &[String]) -> Setup {
    let Where { home, code, venv } = place;
    let (version, shipped) = python;
    let tools = format!("{home}/tools");
    let word = |path: String| quoted(&path);
    let pip = word(format!("{venv}/bin/pip"));
    let tool = |name: &str| word(format!("{tools}/bin/{name}"));
    let file = |path: &ProjectPath| word(format!("{code}/{path}"));
    let dir =
        |path: &ProjectPath| word(ProjectPath::in_dir(code, path.dir()).as_str().trim_end_matches('/').to_owned());
    // Root's own folder is closed to the app, so a Python that uv brings goes beside the code.
    let store = format!("UV_PYTHON_INSTALL_DIR={}", word(format!("{home}/python")));
    let venv_word = word(venv.to_owned());
    let (with, update) = match installer {
        Installer::Requirements(path) => ("pip", vec![format!("sudo {pip} install -r {}", file(path))]),
        // pip would build the project; uv reads what it depends on.
        Installer::Project(path) if path.name() == "pyproject.toml" => {
            let command = format!("sudo {} pip install --python {venv_word} -r {}", tool("uv"), file(path));
            ("uv", vec![command])
        }
        Installer::Project(path) => ("pip", vec![format!("sudo {pip} install {}", dir(path))]),
        Installer::Uv(path) => {
            let environment = format!("env UV_PROJECT_ENVIRONMENT={venv_word} {store}");
            ("uv", vec![format!("sudo {environment} {} sync --locked --no-dev --project {}", tool("uv"), dir(path))])
        }
        Installer::Poetry(path) => {
            let command = format!("{} --directory {} install --only main --no-root", tool("poetry"), dir(path));
            ("poetry", vec![format!("sudo env VIRTUAL_ENV={venv_word} {command}")])
        }
        Installer::Pipenv(path) => {
            // It would say at each run that it uses an environment that it did not make.
            let environment = format!("env VIRTUAL_ENV={venv_word} PIPENV_VERBOSITY=-1 PIPENV_PIPFILE={}", file(path));
            ("pipenv", vec![format!("sudo {environment} {} install --deploy", tool("pipenv"))])
        }
        Installer::Pdm(path) => {
            let list = word(format!("{home}/requirements.txt"));
            // Told of no environment, it makes one among the project's files.
            let environment = format!("env VIRTUAL_ENV={venv_word} PDM_CHECK_UPDATE=0");
            let export = format!("{} export --project {} --prod --output {list}", tool("pdm"), dir(path));
            ("pdm", vec![format!("sudo {environment} {export}"), format!("sudo {pip} install -r {list}")])
        }
        Installer::None => (
            "pip",
            vec![format!(
                "sudo {pip} install flask {}",
                packages.iter().map(|package| quoted(package)).collect::<Vec<_>>().join(" ")
            )],
        ),
    };
    let mut create = Vec::new();
    let uv_makes_it = matches!(installer, Installer::Uv(_));
    let mut helpers: Vec<&str> = if with == "pip" { Vec::new() } else { vec![with] };
    if !shipped && !helpers.contains(&"uv") {
        helpers.push("uv");
    }
    if !helpers.is_empty() {
        create.push(format!("sudo python3 -m venv {}", word(tools.clone())));
        let package = |tool| quoted(if tool == "pdm" { PDM } else { tool });
        let helpers: Vec<String> = helpers.into_iter().map(package).collect();
        create.push(format!("sudo {} install {}", tool("pip"), helpers.join(" ")));
    }
    match (uv_makes_it, shipped) {
        (true, _) => {}
        (false, true) => create.push(format!("sudo python3 -m venv {venv_word}")),
        // The machine ships another Python than the project asks for.
        (false, false) => {
            create.push(format!("sudo env {store} {} venv --seed --python {version} {venv_word}", tool("uv")));
        }
    }
    Setup { with, create, update }
}

/// What an installer is called by those who propose updates.
pub(super) fn installer(installer: &Installer) -> InstallerPlan {
    let (ecosystem, manager, audit) = match installer {
        Installer::None => return InstallerPlan::default(),
        Installer::Requirements(path) => {
            ("pip", "pip_requirements", vec![format!("pip-audit --requirement {}", quoted(path.as_str()))])
        }
        Installer::Project(path) if path.name() == "pyproject.toml" => {
            ("pip", "pep621", vec![format!("pip-audit {}", folder(path))])
        }
        Installer::Project(path) => (
            "pip",
            "setup-cfg",
            vec![format!("pip install {}", folder(path)), "pip-audit --local --skip-editable".to_owned()],
        ),
        Installer::Uv(path) => {
            let export = "export --locked --no-dev --no-emit-project --output-file audit.txt";
            ("uv", "pep621", exported("uv", &format!("uv --project {} {export}", folder(path))))
        }
        Installer::Poetry(path) => {
            let command = format!("poetry --project {} export --output audit.txt", folder(path));
            ("pip", "poetry", exported("poetry poetry-plugin-export", &command))
        }
        Installer::Pipenv(path) => {
            let command = format!("PIPENV_PIPFILE={} pipenv requirements --hash > audit.txt", quoted(path.as_str()));
            ("pip", "pipenv", exported("pipenv", &command))
        }
        Installer::Pdm(path) => {
            let command = format!("pdm export --project {} --prod --output audit.txt", folder(path));
            ("pip", "pep621", exported(&quoted(PDM), &command))
        }
    };
    let dir = installer.path().map(|path| path.dir().to_owned()).unwrap_or_default();
    let audit = std::iter::once("pip install pip-audit".to_owned()).chain(audit).collect();
    InstallerPlan { is_known: true, dir, ecosystem, manager, audit }
}

/// The commands for what is locked in a format of its own.
fn exported(tool: &str, command: &str) -> Vec<String> {
    vec![
        format!("pip install {tool}"),
        command.to_owned(),
        "pip-audit --requirement audit.txt --disable-pip".to_owned(),
    ]
}

/// The folder of a file as a word of a command.
fn folder(path: &ProjectPath) -> String {
    match path.dir() {
        "" => ".".to_owned(),
        dir => quoted(dir),
    }
}

/// A word for a shell, quoted where it has to be.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+,@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::PythonVersion;

    const PLACE: Where<'_> = Where { home: "/srv/shop", code: "/srv/shop/app", venv: "/srv/shop/venv" };

    fn commands(installer: &Installer, python: (&str, bool)) -> Vec<String> {
        let setup = setup(installer, PLACE, python, &["gunicorn".to_owned()]);
        setup.create.into_iter().chain(setup.update).collect()
    }

    fn path(path: &str) -> ProjectPath {
        ProjectPath::new(path)
    }

    #[test]
    fn pip_needs_nothing_but_what_the_machine_ships() {
        assert_eq!(
            commands(&Installer::Requirements(path("web/requirements.txt")), ("3.13", true)),
            [
                "sudo python3 -m venv /srv/shop/venv",
                "sudo /srv/shop/venv/bin/pip install -r /srv/shop/app/web/requirements.txt"
            ]
        );
        assert_eq!(commands(&Installer::None, ("3.13", true))[1], "sudo /srv/shop/venv/bin/pip install flask gunicorn");
        let odd = commands(&Installer::Requirements(path("it's/my requirements.txt")), ("3.13", true));
        assert_eq!(odd[1], r"sudo /srv/shop/venv/bin/pip install -r '/srv/shop/app/it'\''s/my requirements.txt'");
    }

    #[test]
    fn another_python_than_the_machines_is_brought_by_uv() {
        let all = commands(&Installer::Requirements(path("requirements.txt")), ("3.9", false));
        assert_eq!(
            all[..3],
            [
                "sudo python3 -m venv /srv/shop/tools",
                "sudo /srv/shop/tools/bin/pip install uv",
                "sudo env UV_PYTHON_INSTALL_DIR=/srv/shop/python /srv/shop/tools/bin/uv venv --seed --python 3.9 /srv/shop/venv"
            ]
        );
    }

    #[test]
    fn each_installer_installs_what_its_lock_file_says() {
        let last = |installer: &Installer| commands(installer, ("3.13", true)).pop().unwrap_or_default();
        assert!(last(&Installer::Uv(path("uv.lock"))).ends_with("uv sync --locked --no-dev --project /srv/shop/app"));
        assert!(last(&Installer::Poetry(path("a/poetry.lock"))).contains("--directory /srv/shop/app/a install"));
        assert!(last(&Installer::Pipenv(path("Pipfile"))).contains("PIPENV_PIPFILE=/srv/shop/app/Pipfile"));
        let pdm = commands(&Installer::Pdm(path("pdm.lock")), ("3.13", true));
        assert_eq!(pdm[1], "sudo /srv/shop/tools/bin/pip install 'pdm[locked]'");
        assert!(pdm[3].starts_with("sudo env VIRTUAL_ENV=/srv/shop/venv "), "{pdm:?}");
        assert!(last(&Installer::Project(path("pyproject.toml"))).ends_with("-r /srv/shop/app/pyproject.toml"));
        assert!(last(&Installer::Project(path("setup.py"))).ends_with("pip install /srv/shop/app"));
    }

    #[test]
    fn the_machines_python_will_do_unless_the_project_wants_another() {
        let abilities = crate::deploy::answers::Platform::Debian13.abilities();
        let asked = |version: &str, or_later: bool| {
            let python = PythonVersion { version: version.to_owned(), or_later, path: path("x") };
            python_of(&Profile { python: Some(python), ..Profile::default() }, abilities)
        };
        fn python_of(profile: &Profile, abilities: Abilities) -> (String, bool) {
            super::python(profile, abilities)
        }
        assert_eq!(asked("3.9", true), ("3.13".to_owned(), true));
        assert_eq!(asked("3.14", true), ("3.14".to_owned(), false));
        assert_eq!(asked("3.9", false), ("3.9".to_owned(), false));
        assert_eq!(asked("3.13", false), ("3.13".to_owned(), true));
        assert_eq!(python_of(&Profile::default(), abilities), ("3.13".to_owned(), true));
    }
}
