//! A line of text that a person types. dialoguer's own takes no Escape, and drops what was typed when it
//! is not valid.

use std::fmt;
use std::io;

use console::{Key, Term, measure_text_width};
use dialoguer::theme::Theme;

/// A line that is being typed.
pub(super) struct Line<'a> {
    term: &'a Term,
    theme: &'a dyn Theme,
    prompt: &'a str,
    default: Option<&'a str>,
    typed: Vec<char>,
    /// Before which of `typed` the cursor stands.
    at: usize,
    /// Why what was entered last is not taken.
    error: Option<String>,
    /// How many rows below the first one drawn the cursor stands.
    row: usize,
}

impl<'a> Line<'a> {
    /// An empty one, for which Enter alone gives the default.
    pub(super) fn new(term: &'a Term, theme: &'a dyn Theme, prompt: &'a str, default: Option<&'a str>) -> Self {
        Self { term, theme, prompt, default, typed: Vec::new(), at: 0, error: None, row: 0 }
    }

    /// What was entered, once `valid` takes it; `None` after Escape.
    ///
    /// # Errors
    /// The terminal is gone, or Ctrl-C was typed ([`io::ErrorKind::Interrupted`]).
    pub(super) fn read(mut self, valid: &dyn Fn(&str) -> Result<(), String>) -> io::Result<Option<String>> {
        self.draw()?;
        loop {
            match self.term.read_key()? {
                Key::Escape => {
                    self.at = self.typed.len();
                    self.draw()?;
                    self.term.write_line("")?;
                    return Ok(None);
                }
                Key::Enter => {
                    let typed: String = self.typed.iter().collect();
                    let entered = match self.default {
                        Some(default) if typed.is_empty() => default.to_owned(),
                        _ => typed,
                    };
                    match valid(&entered) {
                        Ok(()) => {
                            self.erase()?;
                            let chosen =
                                written(|f| self.theme.format_input_prompt_selection(f, self.prompt, &entered));
                            self.term.write_line(&chosen)?;
                            return Ok(Some(entered));
                        }
                        Err(why) => self.error = Some(why),
                    }
                }
                Key::Char(c) if !c.is_control() => {
                    self.typed.insert(self.at, c);
                    self.at += 1;
                }
                Key::Backspace if self.at > 0 => {
                    self.at -= 1;
                    self.typed.remove(self.at);
                }
                Key::Del if self.at < self.typed.len() => {
                    self.typed.remove(self.at);
                }
                Key::ArrowLeft => self.at = self.at.saturating_sub(1),
                Key::ArrowRight => self.at = self.typed.len().min(self.at + 1),
                Key::Home => self.at = 0,
                Key::End => self.at = self.typed.len(),
                _ => continue,
            }
            self.draw()?;
        }
    }

    /// Draws it anew over what was drawn before, and puts the cursor where the next character comes.
    fn draw(&mut self) -> io::Result<()> {
        self.erase()?;
        let width = usize::from(self.term.size().1).max(1);
        let mut above = 0;
        if let Some(why) = &self.error {
            let why = written(|f| self.theme.format_error(f, why));
            above = 1 + measure_text_width(&why).saturating_sub(1) / width;
            self.term.write_line(&why)?;
        }
        let prompt = written(|f| self.theme.format_input_prompt(f, self.prompt, self.default));
        let before: String = self.typed[..self.at].iter().collect();
        let after: String = self.typed[self.at..].iter().collect();
        // The space is where the cursor stands at the end; without it a full row would leave none to stand on.
        self.term.write_str(&format!("{prompt}{before}{after} "))?;
        let cursor = measure_text_width(&prompt) + measure_text_width(&before);
        let last = cursor + measure_text_width(&after);
        self.term.move_cursor_up(last / width - cursor / width)?;
        self.term.write_str("\r")?;
        self.term.move_cursor_right(cursor % width)?;
        self.term.flush()?;
        self.row = above + cursor / width;
        Ok(())
    }

    fn erase(&mut self) -> io::Result<()> {
        self.term.move_cursor_up(self.row)?;
        self.term.write_str("\r")?;
        self.term.clear_to_end_of_screen()?;
        self.row = 0;
        Ok(())
    }
}

/// What a theme writes.
fn written(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text);
    text
}
