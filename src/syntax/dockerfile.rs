//! Dockerfiles.

use super::command::Word;
use super::nodes::{self, Kind};
use crate::source::Span;

/// One `NAME=value` of an `ENV` instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: String,
    /// The value, without quotes.
    pub(crate) value: String,
    /// All of it.
    pub(crate) span: Span,
    /// The value as written.
    pub(crate) value_span: Span,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `["flask", "run"]`, the exec form.
    List(Vec<Word>),
    /// `flask run`, the shell form.
    Shell,
}

/// What an instruction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `FROM image AS name`.
    From {
        /// The image, or the name of an earlier stage.
        image: String,
        /// The name of the stage.
        name: Option<String>,
    },
    /// `ENV`.
    Env(Vec<Pair>),
    /// `ARG name=default`.
    Arg {
        /// The name.
        name: String,
        /// What it is when the build says nothing.
        default: Option<String>,
    },
    /// `CMD`.
    Cmd(Form),
    /// `ENTRYPOINT`.
    Entrypoint(Form),
    /// `RUN`.
    Run(Form),
    /// Any other.
    Other,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// What it says.
    pub(crate) what: What,
    /// Its keyword, in capitals.
    pub(crate) keyword: String,
    /// Its arguments, from first to last byte.
    pub(crate) arguments: Span,
    /// Its lines, line end included.
    pub(crate) span: Span,
}

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// Its instructions, in order.
    pub(crate) instructions: Vec<Instruction>,
    /// The text with continuation marks and comments between continued lines blanked out, byte for
    /// byte as long as the file: what to read command lines from.
    pub(crate) flat: String,
}

/// Reads a Dockerfile.
pub(crate) fn parse(text: &str) -> Dockerfile {
    let escape = escape(text);
    let mut flat = text.as_bytes().to_vec();
    let lines: Vec<Span> = lines(text);
    let mut spans = Vec::new();
    let mut row = 0;
    while row < lines.len() {
        let line = lines[row].of(text);
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            row += 1;
            continue;
        }
        let first = row;
        let mut last = row;
        loop {
            let content = lines[row].of(text);
            let between = row > first && (content.trim().is_empty() || content.trim_start().starts_with('#'));
            row += 1;
            if between {
                blank(&mut flat, lines[row - 1]);
                if row < lines.len() { continue } else { break }
            }
            last = row - 1;
            let trimmed = content.trim_end();
            if trimmed.ends_with(escape) && row < lines.len() {
                let mark = lines[row - 1].start + trimmed.len() - 1;
                blank(&mut flat, Span::new(mark, lines[row - 1].end));
            } else {
                break;
            }
        }
        let span = Span::new(lines[first].start, lines[last].end);
        spans.push(span);
        // The bodies of here-documents are no instructions.
        for delimiter in heredocs(span.of(text)) {
            while row < lines.len() {
                let line = lines[row].of(text).trim();
                row += 1;
                if line == delimiter {
                    break;
                }
            }
        }
    }
    // Only whole characters were blanked, so this is the text itself again at worst.
    let flat = String::from_utf8(flat).unwrap_or_else(|_| text.to_owned());
    let instructions = spans.into_iter().filter_map(|span| instruction(&flat, span)).collect();
    Dockerfile { instructions, flat }
}

/// The escape character: a backslash, unless a directive at the top says otherwise.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some(comment) = line.trim().strip_prefix('#') else { break };
        if let Some((name, value)) = comment.split_once('=')
            && name.trim().eq_ignore_ascii_case("escape")
            && value.trim() == "`"
        {
            return '`';
        }
    }
    '\\'
}

fn lines(text: &str) -> Vec<Span> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            at += line.len();
            Span::new(at - line.len(), at)
        })
        .collect()
}

fn blank(flat: &mut [u8], span: Span) {
    if let Some(bytes) = flat.get_mut(span.start..span.end) {
        bytes.fill(b' ');
    }
}

/// The delimiters of the here-documents an instruction opens.
fn heredocs(instruction: &str) -> Vec<String> {
    let keyword = instruction.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if !matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let words = instruction.split_whitespace().filter_map(|word| word.strip_prefix("<<"));
    words
        .map(|word| word.trim_start_matches('-').trim_matches(['"', '\'']).to_owned())
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .collect()
}

fn instruction(flat: &str, span: Span) -> Option<Instruction> {
    let source = span.of(flat);
    let trimmed = source.trim_start();
    let start = span.start + (source.len() - trimmed.len());
    let (keyword, mut arguments) = trimmed.split_once(char::is_whitespace)?;
    let mut at = start + keyword.len() + 1;
    let mut keyword = keyword.to_ascii_uppercase();
    if keyword == "ONBUILD" {
        keyword = "OTHER".to_owned();
    }
    at += arguments.len() - arguments.trim_start().len();
    arguments = arguments.trim();
    let place = Span::new(at, at + arguments.len());
    let what = match keyword.as_str() {
        "FROM" => from(arguments),
        "ENV" => What::Env(env(flat, place)),
        "ARG" => {
            let first = words(flat, place).into_iter().next()?;
            match first.text.split_once('=') {
                Some((name, default)) => What::Arg { name: name.to_owned(), default: Some(default.to_owned()) },
                None => What::Arg { name: first.text, default: None },
            }
        }
        "CMD" => What::Cmd(form(flat, place)),
        "ENTRYPOINT" => What::Entrypoint(form(flat, place)),
        "RUN" => What::Run(form(flat, place)),
        _ => What::Other,
    };
    Some(Instruction { what, keyword, arguments: place, span })
}

fn from(arguments: &str) -> What {
    let mut words = arguments.split_whitespace().filter(|word| !word.starts_with("--"));
    let image = words.next().unwrap_or_default().to_owned();
    let name = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
    What::From { image, name: name.map(str::to_owned) }
}

/// The JSON form where the arguments are a list of strings, else the shell form.
fn form(flat: &str, place: Span) -> Form {
    if !place.of(flat).starts_with('[') {
        return Form::Shell;
    }
    let Ok(nodes) = nodes::json_at(&flat[..place.end], place.start) else { return Form::Shell };
    let Some(root) = nodes.roots().next().filter(|root| nodes.is_list(*root)) else { return Form::Shell };
    let mut words = Vec::new();
    for id in nodes.children(root) {
        let node = nodes.node(*id);
        let Kind::Scalar { text, content, .. } = &node.kind else { return Form::Shell };
        let verbatim = content.of(flat) == text;
        words.push(Word { text: text.clone(), span: node.span, content: verbatim.then_some(*content) });
    }
    Form::List(words)
}

/// The pairs of an `ENV` instruction, in its new and its old form (`ENV NAME the rest`).
fn env(flat: &str, place: Span) -> Vec<Pair> {
    let words = words(flat, place);
    if words.first().is_some_and(|word| !word.text.contains('=')) {
        let Some(first) = words.first() else { return Vec::new() };
        let rest = flat[first.span.end..place.end].trim();
        let start = place.end - rest.len();
        let value_span = Span::new(start, place.end);
        let value = rest.trim_matches(['"', '\'']).to_owned();
        return vec![Pair { name: first.text.clone(), value, span: place, value_span }];
    }
    let pairs = words.into_iter().filter_map(|word| {
        let (name, value) = word.text.split_once('=')?;
        let value_span = Span::new((word.span.start + name.len() + 1).min(word.span.end), word.span.end);
        Some(Pair { name: name.to_owned(), value: value.to_owned(), span: word.span, value_span })
    });
    pairs.collect()
}

/// Words parted by spaces, with quotes and backslashes taken out.
fn words(flat: &str, place: Span) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote: Option<char> = None;
    let mut characters = place.of(flat).char_indices();
    while let Some((offset, character)) = characters.next() {
        let at = place.start + offset;
        if quote.is_none() && character.is_whitespace() {
            if let Some((start, text)) = word.take() {
                words.push(Word { text, span: Span::new(start, at), content: None });
            }
            continue;
        }
        let (_, text) = word.get_or_insert_with(|| (at, String::new()));
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            Some('\'') => text.push(character),
            _ if character == '\\' => {
                if let Some((_, next)) = characters.next() {
                    text.push(next);
                }
            }
            _ => text.push(character),
        }
    }
    if let Some((start, text)) = word {
        words.push(Word { text, span: Span::new(start, place.end), content: None });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_env_is_read() {
        let text = "# escape=\\\nFROM --platform=linux/amd64 python:3.12 AS base\r\nENV FLASK_DEBUG 1\nenv A=1 \\\n    # why\n\n    FLASK_DEBUG=\"tr ue\" \\\n    C=a\\ b\nARG X=\"2\"\n";
        let file = parse(text);
        assert_eq!(file.flat.len(), text.len());
        let whats: Vec<&What> = file.instructions.iter().map(|instruction| &instruction.what).collect();
        assert_eq!(whats[0], &What::From { image: "python:3.12".to_owned(), name: Some("base".to_owned()) });
        let What::Env(old) = whats[1] else { panic!("{whats:?}") };
        assert_eq!((old[0].name.as_str(), old[0].value.as_str()), ("FLASK_DEBUG", "1"));
        assert_eq!(old[0].value_span.of(text), "1");
        let What::Env(new) = whats[2] else { panic!("{whats:?}") };
        let seen: Vec<_> =
            new.iter().map(|pair| (pair.name.as_str(), pair.value.as_str(), pair.span.of(text))).collect();
        assert_eq!(
            seen,
            [("A", "1", "A=1"), ("FLASK_DEBUG", "tr ue", "FLASK_DEBUG=\"tr ue\""), ("C", "a b", "C=a\\ b")]
        );
        assert_eq!(whats[3], &What::Arg { name: "X".to_owned(), default: Some("2".to_owned()) });
    }

    #[test]
    fn commands_are_lists_or_lines_and_here_documents_are_neither() {
        let text = "FROM x\nRUN <<EOF\nCMD [\"flask\", \"run\"]\nEOF\nCMD [\"flask\", \\\n  \"run\"]\nENTRYPOINT ['a']\nCMD flask run";
        let file = parse(text);
        let seen: Vec<&str> = file.instructions.iter().map(|instruction| instruction.keyword.as_str()).collect();
        assert_eq!(seen, ["FROM", "RUN", "CMD", "ENTRYPOINT", "CMD"]);
        let What::Cmd(Form::List(words)) = &file.instructions[2].what else { panic!("{file:?}") };
        assert_eq!(words[1].span.of(text), "\"run\"");
        assert_eq!(file.instructions[3].what, What::Entrypoint(Form::Shell));
        assert_eq!(file.instructions[4].arguments.of(text), "flask run");
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_are_in_bounds(text in "(FROM |ENV |CMD |RUN |[ a-bé=#\"'\\\\`,<\n\r\\[\\]]){0,40}") {
            let file = parse(&text);
            prop_assert_eq!(file.flat.len(), text.len());
            for instruction in &file.instructions {
                prop_assert!(text.get(instruction.span.start..instruction.span.end).is_some());
                prop_assert!(text.get(instruction.arguments.start..instruction.arguments.end).is_some());
                if let What::Env(pairs) = &instruction.what {
                    for pair in pairs {
                        prop_assert!(text.get(pair.span.start..pair.span.end).is_some());
                        prop_assert!(text.get(pair.value_span.start..pair.value_span.end).is_some());
                    }
                }
            }
        }
    }
}
