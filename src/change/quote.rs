//! Paths in a diff, quoted as git quotes them.

/// The bytes of a path as git writes them in a diff: as they are, or in double quotes with C escapes
/// where a byte is a control character, a quote, a backslash or not ASCII
/// (`quote_c_style` in git's `quote.c`, with `core.quotePath` on, as it is by default).
pub(super) fn quote(path: &[u8]) -> Vec<u8> {
    if !path.iter().any(|byte| needs_escape(*byte)) {
        return path.to_vec();
    }
    let mut quoted = vec![b'"'];
    for byte in path {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', *byte]),
            0x07 => quoted.extend(b"\\a"),
            0x08 => quoted.extend(b"\\b"),
            b'\t' => quoted.extend(b"\\t"),
            b'\n' => quoted.extend(b"\\n"),
            0x0b => quoted.extend(b"\\v"),
            0x0c => quoted.extend(b"\\f"),
            b'\r' => quoted.extend(b"\\r"),
            byte if needs_escape(*byte) => quoted.extend(format!("\\{byte:03o}").bytes()),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'"');
    quoted
}

fn needs_escape(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_git_quotes_is_quoted() {
        assert_eq!(quote(b"a/with space.py"), b"a/with space.py");
        assert_eq!(quote("a/é\t\"\\.py".as_bytes()), br#""a/\303\251\t\"\\.py""#);
        assert_eq!(quote(b"a/\x7f\x01"), br#""a/\177\001""#);
    }
}
