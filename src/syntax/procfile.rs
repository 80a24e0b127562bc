//! Procfiles: a process name, a colon, a command.

use crate::source::Span;

/// One process type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    /// Its name: `web`.
    pub(crate) name: String,
    /// Its command.
    pub(crate) command: Span,
}

/// Reads the processes of a Procfile; lines that are none are passed over.
pub(crate) fn parse(text: &str) -> Vec<Process> {
    let mut processes = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((name, command)) = line.split_once(':') else { continue };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let trimmed = name.trim();
        if trimmed.is_empty() || !trimmed.bytes().all(plain) || command.trim().is_empty() {
            continue;
        }
        let command_start = start + name.len() + 1 + (command.len() - command.trim_start().len());
        let command = Span::new(command_start, command_start + command.trim().len());
        processes.push(Process { name: trimmed.to_owned(), command });
    }
    processes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn processes_have_names_and_commands() {
        let text = "# web: flask run\r\nweb: flask run: now \r\n\r\nworker:celery -A x worker\nrelease:\nno colon";
        let processes = parse(text);
        let seen: Vec<_> = processes.iter().map(|process| (process.name.as_str(), process.command.of(text))).collect();
        assert_eq!(seen, [("web", "flask run: now"), ("worker", "celery -A x worker")]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ a:é#\n\r]{0,30}") {
            for process in parse(&text) {
                prop_assert!(text.get(process.command.start..process.command.end).is_some());
            }
        }
    }
}
