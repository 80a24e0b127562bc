//! Paths of the project's own files: `__file__`, `os.path`, `pathlib`.
//!
//! Nobody knows where the project will lie, so such a path is a text that starts with [`ROOT`], which
//! no real path does, and goes on from the project folder; one from the working directory starts with
//! [`WORKING`]. `pathlib.Path` is taken for its text.

use super::super::facts::Const;

/// Stands for the project folder at the start of a path.
pub(super) const ROOT: &str = "\u{fdd0}";

/// Stands for the working directory at the start of a path.
pub(super) const WORKING: &str = "\u{fdd1}";

/// The path of a file of the project.
pub(super) fn own(path: &str) -> Const {
    Const::Str(format!("{ROOT}/{path}"))
}

/// Whether a text is, or holds, a path that hangs on where the project will lie.
pub(super) fn is_own(text: &str) -> bool {
    text.contains(ROOT) || text.contains(WORKING)
}

/// The path relative to the project folder; `None` for other paths.
pub(super) fn relative(text: &str) -> Option<String> {
    let inner = text.strip_prefix(ROOT)?;
    Some(normal(inner)?.trim_start_matches('/').to_owned())
}

/// What a function of `os.path`, or of a path object, makes of texts.
pub(super) fn call(function: &str, texts: &[&str]) -> Option<String> {
    match (function, texts) {
        ("os.path.join" | "flask.safe_join" | "joinpath", [first, rest @ ..]) => {
            Some(rest.iter().fold((*first).to_owned(), |path, part| join(&path, part)))
        }
        ("os.path.dirname" | "parent", [path]) => Some(parent(path).to_owned()),
        ("os.path.basename" | "name", [path]) => Some(path.rsplit('/').next().unwrap_or(path).to_owned()),
        ("pathlib.Path" | "pathlib.PurePath", [path, rest @ ..]) => {
            Some(rest.iter().fold((*path).to_owned(), |path, part| join(&path, part)))
        }
        ("os.getcwd" | "pathlib.Path.cwd", []) => Some(WORKING.to_owned()),
        // A path from the root is what it is.
        ("os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "resolve" | "absolute" | "as_posix", [path]) => {
            match is_own(path) {
                true => normal(path),
                false if path.starts_with('/') => Some((*path).to_owned()),
                false => normal(&join(WORKING, path)),
            }
        }
        _ => None,
    }
}

/// Whether only paths have a method of this name, and it gives another path.
pub(super) fn is_method(name: &str) -> bool {
    matches!(name, "joinpath" | "resolve" | "absolute")
}

/// `os.path.join(path, part)`
pub(super) fn join(path: &str, part: &str) -> String {
    if part.starts_with('/') || part.starts_with(ROOT) || part.starts_with(WORKING) || path.is_empty() {
        part.to_owned()
    } else {
        format!("{}/{part}", path.trim_end_matches('/'))
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Without `.` and `..`; `None` where it leads out of the project.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." => {
                // The first part is what stands before the first slash.
                if parts.len() < 2 {
                    return None;
                }
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_to_the_project() {
        let Const::Str(file) = own("shop/web/app.py") else { panic!() };
        let dir = call("os.path.dirname", &[&file]).unwrap();
        let dir = call("os.path.abspath", &[&dir]).unwrap();
        let up = call("os.path.join", &[&dir, "..", "static"]).unwrap();
        assert_eq!(relative(&up).as_deref(), Some("shop/static"));
        assert_eq!(relative(&call("os.path.join", &[&dir, "../../../x"]).unwrap()), None);
        assert_eq!(relative(&call("joinpath", &[&dir, "a", "b"]).unwrap()).as_deref(), Some("shop/web/a/b"));
        assert_eq!(relative(&call("parent", &[&dir]).unwrap()).as_deref(), Some("shop"));
        assert_eq!(relative("static"), None);
        let working = call("os.path.abspath", &["./static"]).unwrap();
        assert_eq!(working, call("os.path.join", &[&call("os.getcwd", &[]).unwrap(), "static"]).unwrap());
        assert!(is_own(&working) && relative(&working).is_none());
    }
}
