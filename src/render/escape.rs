//! How a value is written so that it cannot break out of the text around it.
//!
//! In every format a template puts a value between the format's double quotes (PowerShell: single
//! quotes), or bare where its kind cannot hold a space. What a format has no way to write is refused.

use std::fmt::Write as _;

use serde::Deserialize;

/// A format that templates render.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Apache's configuration
    /// ([syntax](https://httpd.apache.org/docs/2.4/configuring.html#syntax)).
    Apache,
    /// INI as Supervisor reads it: `%` doubled, and ` ;` starts a comment
    /// ([configuration](https://supervisord.org/configuration.html)).
    Ini,
    /// JSON ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
    Json,
    /// logrotate's configuration (`man 8 logrotate`).
    Logrotate,
    /// Markdown: in running text or in code between backticks.
    Markdown,
    /// nginx's configuration, which has no way to write a dollar sign.
    Nginx,
    /// PowerShell, between single quotes
    /// ([quoting rules](https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules)).
    Powershell,
    /// Python, between quotes of either kind.
    Python,
    /// A POSIX shell.
    Shell,
    /// systemd's units, where `%` starts a specifier (`man 5 systemd.unit`, `man 7 systemd.syntax`).
    Systemd,
    /// TOML, in a basic string ([TOML](https://toml.io/en/v1.0.0#string)).
    Toml,
    /// XML, in an element or an attribute.
    Xml,
    /// YAML, between double quotes ([YAML 1.2 section 7.3.1](https://yaml.org/spec/1.2.2/#731-double-quoted-style)).
    Yaml,
}

impl Format {
    /// Escapes a value for the place where the format's templates put values.
    ///
    /// # Errors
    /// The format cannot hold it; the reason, without a final period.
    pub(super) fn escape(self, value: &str) -> Result<String, String> {
        let refused: &[char] = match self {
            Self::Apache => &['$', '%'],
            Self::Ini => &['"'],
            Self::Logrotate => &['"', '\\'],
            Self::Markdown => &['`'],
            Self::Nginx => &['$'],
            Self::Systemd => &['$'],
            Self::Json | Self::Powershell | Self::Python | Self::Shell | Self::Toml | Self::Xml | Self::Yaml => &[],
        };
        // Those that can write any character write these as escapes.
        let has_escapes = matches!(self, Self::Json | Self::Python | Self::Toml | Self::Yaml);
        let found =
            value.chars().find(|c| refused.contains(c) || (!has_escapes && (c.is_control() || is_separator(*c))));
        if let Some(c) = found {
            return Err(format!("`{}` cannot be written there", c.escape_debug()));
        }
        if self == Self::Ini && value.contains(" ;") {
            return Err("` ;` would start a comment there".to_owned());
        }
        Ok(match self {
            Self::Apache | Self::Nginx => backslashed(value, &['\\', '"']),
            Self::Shell => backslashed(value, &['\\', '"', '$', '`']),
            Self::Systemd => backslashed(value, &['\\', '"']).replace('%', "%%"),
            Self::Ini => value.replace('%', "%%"),
            Self::Logrotate | Self::Markdown => value.to_owned(),
            // PowerShell takes typographic quotes for plain ones.
            Self::Powershell => value.chars().fold(String::new(), |mut text, c| {
                text.push(c);
                if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
                    text.push(c);
                }
                text
            }),
            Self::Xml => value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&apos;"),
            Self::Python => python(value),
            Self::Json | Self::Toml | Self::Yaml => unicode_escaped(value),
        })
    }
}

/// Characters that some programs take for the end of a line.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn backslashed(value: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        if special.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// JSON, TOML and YAML share these escapes.
fn unicode_escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | '"' => escaped.extend(['\\', c]),
            // Writing to a string cannot fail.
            c if c.is_control() || is_separator(c) => drop(write!(escaped, "\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

fn python(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' | '"' | '\'' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            // Writing to a string cannot fail.
            it if it.is_control() => drop(write!(escaped, "\\x{:02x}", u32::from(it))),
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_a_python_string() {
        assert_eq!(python("a\"b'c\\d\ne\u{7f}"), "a\\\"b\\'c\\\\d\\ne\\x7f");
        assert_eq!(python("shop.app"), "shop.app");
    }

    #[test]
    fn values_stay_within_their_quotes() {
        let nasty = "a \"b\" 'c' \\ d";
        for (format, expected) in [
            (Format::Apache, r#"a \"b\" 'c' \\ d"#),
            (Format::Nginx, r#"a \"b\" 'c' \\ d"#),
            (Format::Shell, r#"a \"b\" 'c' \\ d"#),
            (Format::Systemd, r#"a \"b\" 'c' \\ d"#),
            (Format::Json, r#"a \"b\" 'c' \\ d"#),
            (Format::Toml, r#"a \"b\" 'c' \\ d"#),
            (Format::Yaml, r#"a \"b\" 'c' \\ d"#),
            (Format::Powershell, r#"a "b" ''c'' \ d"#),
            (Format::Xml, r#"a &quot;b&quot; &apos;c&apos; \ d"#),
        ] {
            assert_eq!(format.escape(nasty).as_deref(), Ok(expected), "{format:?}");
        }
        assert_eq!(Format::Systemd.escape("100%n").as_deref(), Ok("100%%n"));
        assert_eq!(Format::Ini.escape("100%n").as_deref(), Ok("100%%n"));
        assert_eq!(Format::Shell.escape("$(x)`y`").as_deref(), Ok("\\$(x)\\`y\\`"));
        assert_eq!(Format::Json.escape("\n").as_deref(), Ok("\\u000a"));
        assert_eq!(Format::Powershell.escape("\u{2019}").as_deref(), Ok("\u{2019}\u{2019}"));
    }

    #[test]
    fn what_a_format_cannot_hold_is_refused() {
        for (format, values) in [
            (Format::Apache, ["a\nb", "${x}", "%{x}"]),
            (Format::Ini, ["a\nb", "a ;b", "a\"b"]),
            (Format::Logrotate, ["a\nb", "a\"b", "a\\"]),
            (Format::Markdown, ["a\nb", "a`b", "a\rb"]),
            (Format::Nginx, ["a\nb", "$host", "a\0b"]),
            (Format::Powershell, ["a\nb", "a\u{2028}b", "a\0"]),
            (Format::Shell, ["a\nb", "a\0b", "a\rb"]),
            (Format::Systemd, ["a\nb", "$x", "a\u{2029}"]),
            (Format::Xml, ["a\nb", "a\0b", "a\u{b}"]),
        ] {
            for value in values {
                assert!(format.escape(value).is_err(), "{format:?} took {value:?}");
            }
        }
    }
}
