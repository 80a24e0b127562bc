//! Commands that the code hands to the system: `subprocess.run(["flask", "run"])`.

use super::super::facts::{CommandCall, CommandWords, Const, EnvironmentWrite, Place, When};
use super::value::{Arguments, Code, Obj, Value};
use super::{Interpreter, Kind, call};
use crate::syntax::python::ast;

/// Decorators of functions that a person calls by name on the command line: click, invoke, nox.
const COMMANDS: &[&str] = &["cli", "command", "session", "task"];

/// Where a function of the standard library takes the command: by name and position.
fn taken_at(path: &str) -> Option<(&'static str, usize)> {
    Some(match path {
        "subprocess.run"
        | "subprocess.call"
        | "subprocess.Popen"
        | "subprocess.check_call"
        | "subprocess.check_output" => ("args", 0),
        "subprocess.getoutput" | "subprocess.getstatusoutput" => ("cmd", 0),
        "os.system" => ("command", 0),
        "os.popen" => ("cmd", 0),
        "os.execv" | "os.execvp" | "os.execve" | "os.execvpe" => ("args", 1),
        _ => return None,
    })
}

impl<'p> Interpreter<'p> {
    /// Notes a command that is handed to the system, and the variables that are given to it.
    pub(super) fn note_command(&mut self, path: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) {
        let Some((name, position)) = taken_at(path) else { return };
        let place = self.place(call);
        let Some(passing) = arguments.get(name, Some(position)) else { return };
        let written = passing.value.single().and_then(|alt| alt.origin).unwrap_or(passing.at);
        let words = match passing.value.single().map(|alt| &alt.obj) {
            Some(Obj::Const(Const::Str(text))) => CommandWords::Line(text.clone(), written),
            Some(Obj::Object(id)) if matches!(self.objects[id.0].kind, Kind::Sequence) && !self.objects[id.0].open => {
                let word = |value: &Value<'p>| match &value.single()?.obj {
                    Obj::Const(Const::Str(text)) => Some(text.clone()),
                    Obj::External(path) if &**path == "sys.executable" => Some("python".to_owned()),
                    _ => None,
                };
                let items = &self.objects[id.0].items;
                let words: Vec<(String, Place)> =
                    items.iter().map_while(|item| Some((word(&item.value)?, item.at))).collect();
                CommandWords::List(words)
            }
            _ => return,
        };
        let dir = arguments.keyword("cwd").and_then(|passing| passing.value.as_str()).map(str::to_owned);
        let for_people = self.when == When::CommandLine || self.in_command();
        let found = CommandCall { place, words, dir, for_people, when: self.when };
        match self.facts.commands.iter_mut().find(|have| have.place == place) {
            Some(have) => have.when = have.when.min(found.when),
            None => self.facts.commands.push(found),
        }
        if let Some(Obj::Object(id)) = arguments.keyword("env").and_then(|env| env.value.single()).map(|alt| &alt.obj) {
            for item in self.objects[id.0].items.clone() {
                let Some(Const::Str(name)) = item.key else { continue };
                let setting = self.setting(&item.value, item.at);
                let write = EnvironmentWrite {
                    name,
                    place: item.place,
                    value: item.at,
                    setting,
                    only_default: false,
                    when: if for_people { When::CommandLine } else { self.when },
                };
                if !self.facts.environment_writes.iter().any(|have| have.place == write.place) {
                    self.facts.environment_writes.push(write);
                }
            }
        }
    }

    /// Whether what is walked is a command that a person calls.
    fn in_command(&self) -> bool {
        self.frames.iter().filter_map(|frame| frame.code).any(|code| {
            self.functions.iter().any(|function| {
                let Code::Def(def) = function.code else { return false };
                super::address(function.code) == code && COMMANDS.iter().any(|name| call::is_decorated(def, name))
            })
        })
    }
}
