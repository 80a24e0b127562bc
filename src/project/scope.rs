//! Which run a file, or a part of one, belongs to.

use crate::source::ProjectPath;

/// Which run a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// What is deployed.
    Production,
    /// What a developer runs on their own machine, or a build server on its own.
    Development,
    /// What the tests run under.
    Test,
    /// Nothing says otherwise, so it has to be taken for production.
    Unknown,
}

impl Scope {
    /// Whether a setting of this scope can reach production.
    pub(crate) fn reaches_production(self) -> bool {
        matches!(self, Self::Production | Self::Unknown)
    }

    /// This scope, or the wider one where this says nothing.
    pub(crate) fn within(self, outer: Self) -> Self {
        if self == Self::Unknown { outer } else { self }
    }
}

/// The scope that a name tells: of a stage, a service, a job, a section, a file.
pub(crate) fn of_name(name: &str) -> Scope {
    let mut found = Scope::Unknown;
    for word in words(name) {
        match word.as_str() {
            "prod" | "production" | "live" | "release" | "staging" => return Scope::Production,
            "dev" | "devel" | "develop" | "development" | "local" | "localdev" | "debug" | "devcontainer"
            | "vscode" | "idea" | "vagrantfile" | "watch" => found = Scope::Development,
            "test" | "tests" | "testing" | "pytest" | "tox" | "unittest" | "e2e" if found == Scope::Unknown => {
                found = Scope::Test;
            }
            _ => {}
        }
    }
    found
}

/// The scope of a file, told from its name, else from the folders it is in.
pub(crate) fn of_path(path: &ProjectPath) -> Scope {
    let name = path.name();
    if is_compose(name) && words(name).iter().any(|word| word == "override") {
        return Scope::Development;
    }
    let own = of_name(name);
    if own != Scope::Unknown {
        return own;
    }
    path.dir().rsplit('/').map(of_name).find(|scope| *scope != Scope::Unknown).unwrap_or(Scope::Unknown)
}

/// Whether a file is only there to be copied: `.env.example`.
pub(crate) fn is_sample(path: &ProjectPath) -> bool {
    words(path.name()).iter().any(|word| matches!(word.as_str(), "example" | "sample" | "template" | "tmpl" | "dist"))
}

/// Whether a file is a compose file, by its name.
pub(crate) fn is_compose(name: &str) -> bool {
    is_yaml(name) && words(name).iter().any(|word| word == "compose")
}

/// Whether a file is YAML, by its name.
pub(crate) fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// The words of a name, in lower case: `docker-compose.devServer.yml` has `docker`, `compose`,
/// `dev`, `server` and `yml`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous: Option<char> = None;
    for character in name.chars() {
        let is_word = character.is_ascii_alphanumeric();
        let starts = match previous {
            Some(previous) if previous.is_ascii_alphanumeric() => {
                previous.is_ascii_lowercase() && character.is_ascii_uppercase()
            }
            _ => true,
        };
        if is_word {
            if starts {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push(character.to_ascii_lowercase());
            }
        }
        previous = Some(character);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_run_they_belong_to() {
        let of = |path: &str| of_path(&ProjectPath::new(path));
        for path in [
            "docker-compose.override.yml",
            "example_docker-compose.override.yml",
            "Procfile.dev",
            ".env.development",
            "Dockerfile.dev",
            "dev/run.sh",
            ".vscode/launch.json",
            "docker-compose.local.yaml",
            "run_dev.sh",
            "compose.devServer.yml",
        ] {
            assert_eq!(of(path), Scope::Development, "{path}");
        }
        for path in ["tests/.env", "pytest.ini", "tox.ini", "docker-compose.test.yml"] {
            assert_eq!(of(path), Scope::Test, "{path}");
        }
        for path in [".env", "Dockerfile", "device.yml", "contest/Procfile", "latest.sh"] {
            assert_eq!(of(path), Scope::Unknown, "{path}");
        }
        for path in [".env.production", "dev/Dockerfile.prod", "test-release.sh"] {
            assert_eq!(of(path), Scope::Production, "{path}");
        }
    }
}
