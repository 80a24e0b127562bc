//! What an app does to the machine that a sandbox keeps others from.

use super::super::facts::{CommandWords, When};
use super::super::needs::DeedKind;
use super::{Desk, Device, DeviceClass};
use crate::source::Span;
use crate::syntax::command::{self, Shell};

/// Programs that run another with the rights of somebody else.
const AS_ANOTHER: &[&str] = &["doas", "pkexec", "su", "sudo"];

impl DeviceClass {
    /// What a person calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Camera => "a camera",
            Self::SerialPort => "a serial port",
            Self::Pins => "pins of the board",
        }
    }
}

/// The devices that it opens unless the environment is to say so first, one of each class.
pub(super) fn devices(desk: &Desk<'_>) -> Vec<Device> {
    let classes = [
        (DeedKind::Camera, DeviceClass::Camera),
        (DeedKind::SerialPort, DeviceClass::SerialPort),
        (DeedKind::Pins, DeviceClass::Pins),
    ];
    let first = |(kind, class)| {
        let deed = desk.deeds(kind).find(|deed| matches!(deed.when, When::Default | When::Unknown))?;
        Some(Device { class, place: desk.at(deed.place) })
    };
    classes.into_iter().filter_map(first).collect()
}

/// Where it calls a program with the rights of another user.
pub(super) fn sudo(desk: &Desk<'_>) -> Option<String> {
    let of_another = |word: &str| AS_ANOTHER.contains(&command::base_name(word));
    let commands = desk.facts.commands.iter().filter(|command| desk.modules.contains(&command.place.module));
    let mut calls = commands.filter(|command| match &command.words {
        CommandWords::List(words) => words.first().is_some_and(|(word, _)| of_another(word)),
        CommandWords::Line(line, _) => command::parse(line, Span::new(0, line.len()), Shell::Posix)
            .iter()
            .any(|command| command.words.first().is_some_and(|word| of_another(&word.text))),
    });
    calls.next().map(|command| desk.at(command.place))
}
