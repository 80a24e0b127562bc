//! What was rendered last time, and what becomes of a file when it is rendered again.
//!
//! `.flaskship/rendered/` holds each file as it was last rendered. It is the base of a three-way
//! merge: what a person changed since is the difference from it to the file, what changed in the
//! templates or the answers is the difference from it to what is rendered now.

use std::collections::BTreeSet;
use std::io;

use super::sets::Rendered;
use crate::merge::{Merged, has_marks, merge};
use crate::source::{ProjectPath, Tree};

/// The folder of what was rendered last time. It is tracked with the project, for whoever renders next.
const FOLDER: &str = ".flaskship/rendered";

/// What to do where a person and the templates changed the same lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnConflict {
    /// Mark both versions in the file, as git does.
    #[default]
    Mark,
    /// Leave the person's version, and write what did not fit into a file beside it that ends in `.rej`.
    Rej,
}

/// What a person chose about files that are there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    /// What becomes of conflicts.
    pub(crate) on_conflict: OnConflict,
    /// Whether files that were deleted by hand come back.
    pub(crate) restore: bool,
    /// Whether files are replaced whatever they hold.
    pub(crate) force: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It was not there.
    New,
    /// It was as last rendered, and is now as rendered.
    Updated,
    /// What a person changed and what changed in the rendering are both in it.
    Merged,
    /// `--force` put the rendering in the place of what was there.
    Replaced,
    /// Nobody wants it any more, and it was as last rendered: it goes.
    Removed,
    /// It is as it should be.
    Unchanged,
    /// Both changed the same lines, which are marked.
    Marked,
    /// Both changed the same lines; what did not fit lies beside it.
    Rejected,
    /// It still has the marks of an earlier conflict and was left alone.
    Unresolved,
    /// Something else is there that flaskship has not rendered: left alone.
    Foreign,
    /// A person deleted it, and it stays so.
    StaysDeleted,
    /// Nobody wants it any more, but a person changed it: it stays.
    Orphan,
}

/// A file and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The file.
    pub(crate) path: ProjectPath,
    /// What became of it.
    pub(crate) fate: Fate,
    /// What it is for.
    pub(crate) description: String,
    /// What flaskship would put in the place of a file that is not its own.
    pub(crate) offered: Option<String>,
}

/// Lays what is rendered over a tree, and says what became of each file, in order of path.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn lay(tree: &mut Tree, rendered: Vec<Rendered>, choices: Choices) -> io::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let wanted: BTreeSet<ProjectPath> = rendered.iter().map(|file| file.path.clone()).collect();
    for Rendered { path, text, description } in rendered {
        let fate = lay_one(tree, &path, text.as_bytes(), choices)?;
        let offered = (fate == Fate::Foreign).then_some(text);
        outcomes.push(Outcome { path, fate, description, offered });
    }
    for base in tree.files_below(FOLDER)?.into_iter().map(ProjectPath::new) {
        if wanted.contains(&base) {
            continue;
        }
        let was = tree.read(&kept(&base))?;
        let now = tree.read(&base)?;
        tree.remove(kept(&base));
        let fate = match now {
            None => continue,
            Some(now) if Some(&now) == was.as_ref() => {
                tree.remove(base.clone());
                Fate::Removed
            }
            Some(_) => Fate::Orphan,
        };
        outcomes.push(Outcome { path: base, fate, description: String::new(), offered: None });
    }
    outcomes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(outcomes)
}

fn lay_one(tree: &mut Tree, path: &ProjectPath, new: &[u8], choices: Choices) -> io::Result<Fate> {
    let base = tree.read(&kept(path))?;
    let now = tree.read(path)?;
    let fate = match (base, now) {
        (None, None) => Fate::New,
        (Some(_), None) if choices.restore => Fate::New,
        (Some(_), None) => return Ok(Fate::StaysDeleted),
        (_, Some(now)) if now == new => Fate::Unchanged,
        (_, Some(_)) if choices.force => Fate::Replaced,
        (None, Some(_)) => return Ok(Fate::Foreign),
        (Some(base), Some(now)) if base == now => Fate::Updated,
        (Some(_), Some(now)) if has_marks(&now) => return Ok(Fate::Unresolved),
        (Some(base), Some(now)) => {
            let (text, fate) = match merge(&base, &now, new) {
                Merged::Clean(text) if text == now => (text, Fate::Unchanged),
                Merged::Clean(text) => (text, Fate::Merged),
                Merged::Conflict(conflict) => match choices.on_conflict {
                    OnConflict::Mark => (conflict.marked, Fate::Marked),
                    OnConflict::Rej => {
                        tree.write(rejected(path), conflict.rejected);
                        (conflict.yours, Fate::Rejected)
                    }
                },
            };
            if text != now {
                tree.write(path.clone(), text);
            }
            tree.write(kept(path), new.to_vec());
            return Ok(fate);
        }
    };
    if fate != Fate::Unchanged {
        tree.write(path.clone(), new.to_vec());
    }
    tree.write(kept(path), new.to_vec());
    Ok(fate)
}

/// Where the last rendering of a file is.
pub(super) fn kept(path: &ProjectPath) -> ProjectPath {
    ProjectPath::in_dir(FOLDER, path.as_str())
}

/// Where what did not fit goes.
fn rejected(path: &ProjectPath) -> ProjectPath {
    ProjectPath::new(format!("{path}.rej"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn rendered(path: &str, text: &str) -> Rendered {
        Rendered { path: ProjectPath::new(path), text: text.to_owned(), description: String::new() }
    }

    /// Lays files over what is on disk, and writes the result there.
    fn run(root: &Path, files: &[(&str, &str)], choices: Choices) -> Vec<(String, Fate)> {
        let mut tree = Tree::open(root).unwrap();
        let outcomes =
            lay(&mut tree, files.iter().map(|(path, text)| rendered(path, text)).collect(), choices).unwrap();
        for (path, bytes) in tree.changed() {
            let file = path.to_fs(root);
            match bytes {
                Some(bytes) => {
                    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                    std::fs::write(file, bytes).unwrap();
                }
                None if file.exists() => std::fs::remove_file(file).unwrap(),
                None => {}
            }
        }
        outcomes.into_iter().map(|outcome| (outcome.path.to_string(), outcome.fate)).collect()
    }

    fn fate(root: &Path, text: &str, choices: Choices) -> Fate {
        run(root, &[("a", text)], choices)[0].1
    }

    fn read(root: &Path, name: &str) -> String {
        std::fs::read_to_string(root.join(name)).unwrap_or_default()
    }

    #[test]
    fn the_second_run_keeps_what_a_person_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let plain = Choices::default();
        assert_eq!(fate(root, "1\n2\n3\n4\n", plain), Fate::New);
        assert_eq!(fate(root, "1\n2\n3\n4\n", plain), Fate::Unchanged);
        assert_eq!(fate(root, "1\n2\n3\n5\n", plain), Fate::Updated);
        std::fs::write(root.join("a"), "mine\n1\n2\n3\n5\n").unwrap();
        assert_eq!(fate(root, "1\n2\n3\n5\n", plain), Fate::Unchanged);
        assert_eq!(fate(root, "1\n2\n3\n6\n", plain), Fate::Merged);
        assert_eq!(read(root, "a"), "mine\n1\n2\n3\n6\n");
        // A line that was deleted by hand stays deleted.
        std::fs::write(root.join("a"), "mine\n2\n3\n6\n").unwrap();
        assert_eq!(fate(root, "1\n2\n3\n7\n", plain), Fate::Merged);
        assert_eq!(read(root, "a"), "mine\n2\n3\n7\n");
        std::fs::remove_file(root.join("a")).unwrap();
        assert_eq!(fate(root, "1\n8\n", plain), Fate::StaysDeleted);
        assert_eq!(fate(root, "1\n8\n", Choices { restore: true, ..plain }), Fate::New);
        assert_eq!(read(root, "a"), "1\n8\n");
    }

    #[test]
    fn conflicts_are_marked_once_or_laid_beside() {
        for (on_conflict, expected) in [(OnConflict::Mark, Fate::Marked), (OnConflict::Rej, Fate::Rejected)] {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path();
            let choices = Choices { on_conflict, ..Choices::default() };
            fate(root, "1\n2\n", choices);
            std::fs::write(root.join("a"), "1\nmine\n").unwrap();
            assert_eq!(fate(root, "1\n3\n", choices), expected);
            if on_conflict == OnConflict::Mark {
                assert_eq!(read(root, "a"), "1\n<<<<<<< yours\nmine\n=======\n3\n>>>>>>> flaskship\n");
                assert_eq!(fate(root, "1\n4\n", choices), Fate::Unresolved);
            } else {
                assert_eq!(read(root, "a"), "1\nmine\n");
                assert!(read(root, "a.rej").ends_with("-mine\n+3\n"));
            }
            // Solved by hand, it is merged from what was rendered last.
            std::fs::write(root.join("a"), "1\nmine\n").unwrap();
            assert_eq!(fate(root, "1\n3\n", choices), Fate::Unchanged);
            assert_eq!(fate(root, "0\n1\n3\n", choices), Fate::Merged);
            assert_eq!(read(root, "a"), "0\n1\nmine\n");
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::write(root.join("a"), "theirs\n").unwrap();
        assert_eq!(fate(root, "ours\n", Choices::default()), Fate::Foreign);
        assert_eq!(read(root, "a"), "theirs\n");
        assert_eq!(fate(root, "ours\n", Choices { force: true, ..Choices::default() }), Fate::Replaced);
        assert_eq!(read(root, "a"), "ours\n");
    }

    #[test]
    fn what_nobody_wants_any_more_goes_unless_a_person_changed_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let plain = Choices::default();
        run(root, &[("nginx/a", "1\n"), ("nginx/b", "1\n"), ("c", "1\n")], plain);
        std::fs::write(root.join("nginx/b"), "mine\n").unwrap();
        let outcomes = run(root, &[("c", "1\n")], plain);
        let expected = [("c", Fate::Unchanged), ("nginx/a", Fate::Removed), ("nginx/b", Fate::Orphan)]
            .map(|(path, fate)| (path.to_owned(), fate));
        assert_eq!(outcomes, expected);
        assert!(!root.join("nginx/a").exists() && root.join("nginx/b").exists());
        assert_eq!(run(root, &[("c", "1\n")], plain).len(), 1);
    }
}
