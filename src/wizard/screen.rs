//! A terminal, and the kinds of question that can be put on it.

use std::io;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{MultiSelect, Select};

use super::line::Line;

/// What a person answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply<T> {
    /// This.
    Answer(T),
    /// To the question before.
    Back,
    /// Nothing more: Esc, Ctrl-C, or "quit".
    Quit,
}

/// The last choice of a list that can go back.
const BACK: &str = "← back";

/// What is typed to go back from a text.
const TYPED_BACK: &str = "<";

/// A terminal that a person sits at.
pub(crate) struct Screen {
    term: Term,
    coloured: bool,
}

impl Screen {
    /// The terminal; `None` where nobody can answer. What is asked goes to stderr, so that stdout is for
    /// data alone.
    ///
    /// # Errors
    /// Ctrl-C cannot be caught, so that it would leave the cursor hidden.
    pub(crate) fn open(coloured: bool) -> Result<Option<Self>> {
        use std::io::IsTerminal as _;
        let term = Term::stderr();
        // A program can have a terminal on stderr and none to read from, and would wait there for ever.
        if !term.is_term() || !io::stdin().is_terminal() {
            return Ok(None);
        }
        // Reading a key is interrupted by it, which is told as `Quit`.
        ctrlc::set_handler(|| {}).context("Ctrl-C cannot be caught")?;
        Ok(Some(Self { term, coloured }))
    }

    /// Says something.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn say(&self, line: &str) -> Result<()> {
        Ok(self.term.write_line(line)?)
    }

    /// One of several; `default` is chosen by Enter alone.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn choose(&self, prompt: &str, choices: &[String], default: usize, back: bool) -> Result<Reply<usize>> {
        let mut items = choices.to_vec();
        items.extend(back.then(|| BACK.to_owned()));
        let theme = self.theme();
        let items: Vec<String> = items.iter().map(|item| self.fitting(item)).collect();
        let asked =
            Select::with_theme(&*theme).with_prompt(prompt).items(&items).default(default).interact_on_opt(&self.term);
        self.told(asked.map(|chosen| match chosen {
            Some(index) if index == choices.len() => Reply::Back,
            Some(index) => Reply::Answer(index),
            None => Reply::Quit,
        }))
    }

    /// Some of several, all of them at first.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn choose_several(&self, prompt: &str, choices: &[String]) -> Result<Reply<Vec<usize>>> {
        let theme = self.theme();
        let items = choices.iter().map(|item| (self.fitting(item), true));
        let asked =
            MultiSelect::with_theme(&*theme).with_prompt(prompt).items_checked(items).interact_on_opt(&self.term);
        self.told(asked.map(|chosen| chosen.map_or(Reply::Quit, Reply::Answer)))
    }

    /// A text, checked by `valid`. An empty one is the default.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn text(
        &self,
        prompt: &str,
        default: &str,
        back: bool,
        valid: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Reply<String>> {
        let theme = self.theme();
        let prompt = if back { format!("{prompt} ({TYPED_BACK} goes back)") } else { prompt.to_owned() };
        let default = Some(default).filter(|default| !default.is_empty());
        let entered = Line::new(&self.term, &*theme, &prompt, default).read(&|text| {
            let text = text.trim();
            if text.is_empty() || (back && text == TYPED_BACK) { Ok(()) } else { valid(text) }
        });
        self.told(entered.map_err(dialoguer::Error::IO).map(|entered| match entered.as_deref().map(str::trim) {
            None => Reply::Quit,
            Some(TYPED_BACK) if back => Reply::Back,
            Some(text) => Reply::Answer(text.to_owned()),
        }))
    }

    /// Shows a long text, page by page where it does not fit.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn page(&self, text: &[u8]) -> Result<()> {
        let height = usize::from(self.term.size().0);
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        if lines < height || !self.paged(text) {
            use std::io::Write as _;
            let mut term = &self.term;
            term.write_all(text)?;
            term.flush()?;
        }
        Ok(())
    }

    /// Whether a pager took the text: that of `PAGER`, else `less`, as git does.
    fn paged(&self, text: &[u8]) -> bool {
        use std::io::Write as _;
        let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
        let words: Vec<String> = pager.as_deref().unwrap_or("less").split_whitespace().map(str::to_owned).collect();
        let Some((program, arguments)) = words.split_first() else { return false };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            // Colours as they are, no wrapping surprise, and gone if it fits after all.
            command.env("LESS", "FRX");
        }
        let Ok(mut child) = command.spawn() else { return false };
        if let Some(mut stdin) = child.stdin.take() {
            // Whoever has seen enough closes the pager, and the rest has no reader.
            let _ = stdin.write_all(text);
        }
        child.wait().is_ok_and(|status| status.success())
    }

    /// What came of a question. Ctrl-C ends it; the cursor must not stay hidden.
    fn told<T>(&self, asked: dialoguer::Result<Reply<T>>) -> Result<Reply<T>> {
        match asked {
            Ok(reply) => Ok(reply),
            Err(dialoguer::Error::IO(error)) if error.kind() == io::ErrorKind::Interrupted => {
                self.term.show_cursor()?;
                self.term.write_line("")?;
                Ok(Reply::Quit)
            }
            Err(dialoguer::Error::IO(error)) => {
                let _ = self.term.show_cursor();
                Err(error).context("the terminal cannot be read")
            }
        }
    }

    fn theme(&self) -> Box<dyn Theme> {
        if self.coloured { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
    }

    /// A line of a list, cut where it would wrap: a wrapped line spoils the redrawing.
    fn fitting(&self, text: &str) -> String {
        let width = usize::from(self.term.size().1).saturating_sub(6).max(20);
        console::truncate_str(text, width, "…").into_owned()
    }
}
