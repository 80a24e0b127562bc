//! Commands that Python code starts.

use super::{Around, Site};
use crate::project::Project;
use crate::project::facts::{CommandCall, CommandWords, Place, When};
use crate::project::launch::Reader;
use crate::project::scope::{self, Scope};
use crate::source::Span;
use crate::syntax::command::{self, Shell, Word};

/// Files of commands that a developer calls.
const FOR_DEVELOPERS: &[&str] =
    &["conftest.py", "dodo.py", "fabfile.py", "manage.py", "noxfile.py", "setup.py", "tasks.py"];

impl Around {
    /// Takes a command that the code hands to the system.
    pub(super) fn started_by_code(&mut self, project: &Project, call: &CommandCall) {
        let module = project.module(call.place.module);
        let path = module.path();
        let for_people = call.for_people || FOR_DEVELOPERS.contains(&path.name());
        let own = if for_people || matches!(call.when, When::CommandLine | When::Unknown) {
            Scope::Development
        } else {
            Scope::Unknown
        };
        let scope = if crate::project::is_test(path.as_str()) { Scope::Test } else { own.within(scope::of_path(path)) };
        let text = module.source.text.as_str();
        let here = |place: &Place| place.module == call.place.module;
        let mut site = Site::new(path, scope, Reader::List);
        site.dir.clone_from(&call.dir);
        let commands = match &call.words {
            CommandWords::Line(said, place) if here(place) => match content(text, place.span, said) {
                Some(content) => {
                    site.reader = Reader::Shell;
                    command::parse(text, content, Shell::Posix)
                }
                None => return,
            },
            CommandWords::List(words) if words.iter().all(|(_, place)| here(place)) => {
                let word = |(said, place): &(String, Place)| Word {
                    text: said.clone(),
                    span: place.span,
                    content: content(text, place.span, said),
                };
                command::from_list(text, words.iter().map(word).collect())
            }
            _ => return,
        };
        self.commands(text, site, commands);
        self.sources.entry(path.clone()).or_insert_with(|| module.source.clone());
    }
}

/// The inside of a plain text in quotes that says this.
fn content(text: &str, span: Span, said: &str) -> Option<Span> {
    let inside = text.get(span.start + 1..span.end.checked_sub(1)?)?;
    (inside == said).then(|| Span::new(span.start + 1, span.end - 1))
}
