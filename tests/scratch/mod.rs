//! Projects in temporary folders, the program run on them, and what a tree holds.

#![allow(dead_code, clippy::unwrap_used, reason = "each test program uses its own part, and a test fails by panic")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The longest a run may take: a hang must not stop the suite.
const PATIENCE: Duration = Duration::from_secs(120);

/// A project in a temporary folder that goes when the value does.
pub(crate) struct Project {
    holder: tempfile::TempDir,
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        // In memory where the system has that: every apply waits for the disk.
        let holder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        fs::create_dir(holder.path().join("project")).unwrap();
        Self { holder }
    }

    /// A project with these files.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let project = Self::empty();
        for (path, bytes) in files {
            project.write(path, bytes);
        }
        project
    }

    /// A copy of a folder, links and modes included.
    pub(crate) fn copy_of(folder: &Path) -> Self {
        let project = Self::empty();
        copy(folder, &project.root());
        project
    }

    /// The project folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.holder.path().join("project")
    }

    /// Writes a file, making the folders it is in.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs flaskship in the project folder.
    pub(crate) fn flaskship<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.flaskship_in(&self.root(), arguments)
    }

    /// Runs flaskship in a folder of the project.
    pub(crate) fn flaskship_in<S: AsRef<OsStr>>(&self, folder: &Path, arguments: impl IntoIterator<Item = S>) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flaskship"));
        command.args(arguments);
        self.run_with(command, folder, Stdio::null())
    }

    /// Runs flaskship as someone whom file permissions bind: root goes without its right to ignore them.
    pub(crate) fn flaskship_bound(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("setpriv");
        if may_ignore_permissions(self.holder.path()) {
            command.args(["--bounding-set", "-dac_override,-dac_read_search"]);
        }
        command.arg(env!("CARGO_BIN_EXE_flaskship")).args(arguments);
        self.run(command)
    }

    /// Runs git in the project folder, knowing nothing of the machine's git settings.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
        let patch = self.holder.path().join("input");
        fs::write(&patch, input).unwrap();
        let mut command = Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]);
        command.args(arguments);
        self.run_with(command, folder, fs::File::open(patch).unwrap().into())
    }

    /// Runs a program in the project folder.
    pub(crate) fn run(&self, command: Command) -> Ran {
        self.run_with(command, &self.root(), Stdio::null())
    }

    fn run_with(&self, mut command: Command, folder: &Path, input: Stdio) -> Ran {
        let out = self.holder.path().join("stdout");
        let err = self.holder.path().join("stderr");
        let mut child = command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.holder.path())
            .env("LANG", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.holder.path())
            .stdin(input)
            .stdout(fs::File::create(&out).unwrap())
            .stderr(fs::File::create(&err).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{command:?} took more than {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let stderr = String::from_utf8_lossy(&fs::read(err).unwrap()).into_owned();
        assert!(!stderr.contains("panicked at"), "{command:?} panicked: {stderr}");
        let code = status.code().unwrap_or_else(|| panic!("{command:?} died: {status}; {stderr}"));
        Ran { code, stdout: fs::read(out).unwrap(), stderr }
    }
}

/// What a program did.
pub(crate) struct Ran {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its standard output, as bytes: a diff of a Latin-1 file is no UTF-8.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}; status {}; {}; {}", self.code, self.text(), self.stderr))
    }
}

/// Whether this user reads files whose mode forbids it.
fn may_ignore_permissions(folder: &Path) -> bool {
    let probe = folder.join("probe");
    fs::write(&probe, b"").unwrap();
    set_mode(&probe, 0o000);
    let may = fs::File::open(&probe).is_ok_and(|mut file| file.read(&mut []).is_ok());
    fs::remove_file(&probe).unwrap();
    may
}

/// Sets a file's permission bits.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Copies what is in one folder into another.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a file is: its mode and its bytes, or where it points to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// A regular file.
    File(u32, Vec<u8>),
    /// A symbolic link.
    Link(PathBuf),
}

/// Everything below a folder but what git and flaskship keep for themselves.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, Held> {
    let mut found = BTreeMap::new();
    gather(root, root, &mut found);
    found
}

fn gather(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Held>) {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if entry.file_name() == ".git" || entry.file_name() == ".flaskship" {
            continue;
        }
        if kind.is_dir() {
            gather(root, &path, found);
            continue;
        }
        let held = if kind.is_symlink() {
            Held::Link(fs::read_link(&path).unwrap())
        } else if kind.is_file() {
            Held::File(entry.metadata().unwrap().permissions().mode() & 0o7777, fs::read(&path).unwrap())
        } else {
            continue;
        };
        found.insert(path.strip_prefix(root).unwrap().to_path_buf(), held);
    }
}

/// How two trees differ, one line a file.
pub(crate) fn differences(one: &BTreeMap<PathBuf, Held>, other: &BTreeMap<PathBuf, Held>) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, held) in one {
        match other.get(path) {
            None => lines.push(format!("{path:?} is missing")),
            Some(now) if now != held => lines.push(match (held, now) {
                (Held::File(old, _), Held::File(new, _)) if old != new => {
                    format!("{path:?} has mode {new:o}, not {old:o}")
                }
                _ => format!("{path:?} holds something else: {} not {}", shown(now), shown(held)),
            }),
            Some(_) => {}
        }
    }
    lines.extend(other.keys().filter(|path| !one.contains_key(*path)).map(|path| format!("{path:?} is new")));
    lines
}

fn shown(held: &Held) -> String {
    match held {
        Held::File(_, bytes) => format!("{:?}", bytes.escape_ascii().to_string()),
        Held::Link(target) => format!("a link to {target:?}"),
    }
}
