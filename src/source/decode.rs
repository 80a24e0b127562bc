//! Bytes to text and back, so that what no edit touches stays the same to the byte.

use std::sync::OnceLock;

use encoding_rs::Encoding;

use super::{LineColumn, LineIndex, ProjectPath, Span, Unread};

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the bytes of a file encode its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Utf8,
    /// Python's latin-1: each byte is the code point of that number (WHATWG has no such encoding).
    Latin1,
    /// PowerShell's `>` writes it.
    Utf16(Order),
    Other(&'static Encoding),
}

/// Which byte of two comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The order that a byte order mark tells.
    fn of(bytes: &[u8]) -> Option<Self> {
        [Self::Little, Self::Big].into_iter().find(|order| bytes.starts_with(&order.mark()))
    }

    /// The byte order mark.
    fn mark(self) -> [u8; 2] {
        self.bytes(0xfeff)
    }

    fn bytes(self, unit: u16) -> [u8; 2] {
        match self {
            Self::Little => unit.to_le_bytes(),
            Self::Big => unit.to_be_bytes(),
        }
    }

    /// The text of bytes without a mark; `None` where they are none.
    fn text(self, bytes: &[u8]) -> Option<String> {
        let pairs = bytes.chunks_exact(2);
        let unit = |pair: &[u8]| match self {
            Self::Little => u16::from_le_bytes([pair[0], pair[1]]),
            Self::Big => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let whole = pairs.remainder().is_empty();
        let text = char::decode_utf16(pairs.map(unit)).collect::<Result<String, _>>().ok();
        text.filter(|text| whole && !text.contains('\0'))
    }
}

/// A file read and decoded.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The file.
    pub(crate) path: ProjectPath,
    /// Its text, without a byte order mark; line ends as they are in the file.
    pub(crate) text: String,
    codec: Codec,
    bom: bool,
    lines: OnceLock<LineIndex>,
}

/// A text that the encoding of its file cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: the new text cannot be written in the file's encoding ({encoding})")]
pub(crate) struct EncodeError {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The name of its encoding.
    pub(crate) encoding: &'static str,
}

impl Source {
    /// Decodes a file as Python does: a byte order mark, else a coding comment in the first two
    /// lines, else UTF-8 ([PEP 263](https://peps.python.org/pep-0263/)).
    ///
    /// # Errors
    /// An encoding that is unknown, bytes that are not of the encoding, or text that would not
    /// come back to the same bytes.
    pub(crate) fn decode(path: ProjectPath, bytes: &[u8]) -> Result<Self, Unread> {
        let unread = |line, message: String| Unread { path: path.clone(), line, message };
        let (bom, body) = match bytes.strip_prefix(BOM) {
            Some(body) => (true, body),
            None => (false, bytes),
        };
        if Order::of(bytes).is_some() {
            return Err(unread(None, "the file is UTF-16, which Python does not read; save it as UTF-8".to_owned()));
        }
        if let Some(at) = memchr::memchr(0, body) {
            return Err(unread(
                Some(line_of(body, at)),
                "the file holds a NUL byte, so it is not text; rename it or exclude it with .gitignore".to_owned(),
            ));
        }
        let codec = match cookie(body) {
            None => Codec::Utf8,
            Some((label, line)) => match codec_of(&label) {
                None => {
                    let message = format!("unknown source encoding `{label}`; save the file as UTF-8");
                    return Err(unread(Some(line), message));
                }
                Some(codec) if bom && codec != Codec::Utf8 => {
                    let message = format!(
                        "its byte order mark says UTF-8 and its coding comment `{label}`, which Python refuses; take the comment out"
                    );
                    return Err(unread(Some(line), message));
                }
                Some(codec) => codec,
            },
        };
        let text = match codec {
            Codec::Utf8 => std::str::from_utf8(body)
                .map_err(|error| {
                    unread(
                        Some(line_of(body, error.valid_up_to())),
                        "not UTF-8, and no coding comment names another encoding; save it as UTF-8 or add `# -*- coding: … -*-`"
                            .to_owned(),
                    )
                })?
                .to_owned(),
            Codec::Latin1 => encoding_rs::mem::decode_latin1(body).into_owned(),
            Codec::Utf16(order) => order.text(body).ok_or_else(|| unread(None, "not valid UTF-16".to_owned()))?,
            Codec::Other(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(body)
                .ok_or_else(|| {
                    unread(
                        None,
                        format!("not valid {}, the encoding it names; save it as UTF-8", encoding.name()),
                    )
                })?
                .into_owned(),
        };
        let source = Self { path: path.clone(), text, codec, bom, lines: OnceLock::new() };
        match source.encode(&source.text) {
            Ok(back) if back == bytes => Ok(source),
            _ => Err(unread(
                None,
                format!(
                    "its {} bytes would not survive being read and written; save it as UTF-8",
                    source.encoding_name()
                ),
            )),
        }
    }

    /// Decodes a file that other programs than Python read too: also UTF-16 with a byte order mark, in which
    /// PowerShell's `pip freeze > requirements.txt` writes, and which pip reads.
    ///
    /// # Errors
    /// Those of [`Source::decode`].
    pub(crate) fn decode_text(path: ProjectPath, bytes: &[u8]) -> Result<Self, Unread> {
        let utf16 = Order::of(bytes).filter(|_| !path.is_python());
        match utf16.and_then(|order| Some((order, order.text(&bytes[2..])?))) {
            Some((order, text)) => {
                Ok(Self { path, text, codec: Codec::Utf16(order), bom: true, lines: OnceLock::new() })
            }
            None => Self::decode(path, bytes),
        }
    }

    /// The bytes of `text` in this file's encoding, with its byte order mark.
    ///
    /// # Errors
    /// A character that the encoding does not have.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u8>, EncodeError> {
        let error = || EncodeError { path: self.path.clone(), encoding: self.encoding_name() };
        let mut bytes = match (self.bom, self.codec) {
            (true, Codec::Utf16(order)) => order.mark().to_vec(),
            (true, _) => BOM.to_vec(),
            (false, _) => Vec::new(),
        };
        match self.codec {
            Codec::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Codec::Latin1 => {
                for character in text.chars() {
                    bytes.push(u8::try_from(u32::from(character)).map_err(|_| error())?);
                }
            }
            Codec::Utf16(order) => bytes.extend(text.encode_utf16().flat_map(|unit| order.bytes(unit))),
            Codec::Other(encoding) => {
                let (encoded, _, unmappable) = encoding.encode(text);
                if unmappable {
                    return Err(error());
                }
                bytes.extend_from_slice(&encoded);
            }
        }
        Ok(bytes)
    }

    fn encoding_name(&self) -> &'static str {
        match self.codec {
            Codec::Utf8 => "UTF-8",
            Codec::Latin1 => "latin-1",
            Codec::Utf16(_) => "UTF-16",
            Codec::Other(encoding) => encoding.name(),
        }
    }

    /// The lines of the text.
    pub(crate) fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset into the text.
    pub(crate) fn line_column(&self, offset: usize) -> LineColumn {
        self.lines().line_column(&self.text, offset)
    }

    /// The text of a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        span.of(&self.text)
    }

    /// The line end that this file uses: that of its first line, `\n` where it has only one.
    pub(crate) fn newline(&self) -> &'static str {
        match memchr::memchr2(b'\n', b'\r', self.text.as_bytes()) {
            Some(at) if self.text[at..].starts_with("\r\n") => "\r\n",
            Some(at) if self.text.as_bytes()[at] == b'\r' => "\r",
            _ => "\n",
        }
    }
}

/// The line, from 1, of a byte.
fn line_of(bytes: &[u8], at: usize) -> usize {
    memchr::memchr_iter(b'\n', &bytes[..at]).count() + 1
}

/// The label in a PEP 263 coding comment, and its line.
fn cookie(bytes: &[u8]) -> Option<(String, usize)> {
    // Python ends a line at `\r` too, also when it looks for this comment.
    let rows = bytes.split_inclusive(|byte| *byte == b'\n').flat_map(|line| {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        body.strip_suffix(b"\r").unwrap_or(body).split(|byte| *byte == b'\r')
    });
    for (row, line) in rows.take(2).enumerate() {
        let line = line.trim_ascii();
        if line.first() == Some(&b'#')
            && let Some(label) = memchr::memmem::find_iter(line, b"coding").find_map(|at| label(&line[at..]))
        {
            return Some((label, row + 1));
        }
        // A second-line comment counts only when the first line holds no code.
        if !line.is_empty() && line.first() != Some(&b'#') {
            return None;
        }
    }
    None
}

/// The label behind the word `coding`, where it is one: prose may speak of coding too.
fn label(comment: &[u8]) -> Option<String> {
    let rest = comment.strip_prefix(b"coding")?;
    let (b':' | b'=', rest) = rest.split_first()? else { return None };
    let rest = rest.trim_ascii_start();
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_.".contains(byte));
    let label = &rest[..end.unwrap_or(rest.len())];
    (!label.is_empty()).then(|| String::from_utf8_lossy(label).into_owned())
}

/// The codec that Python means by a label: `get_normal_name` of its tokenizer (which takes Emacs's
/// `utf-8-unix` for UTF-8), then the aliases of its `encodings` package that WHATWG does not have.
fn codec_of(label: &str) -> Option<Codec> {
    let label = label.to_ascii_lowercase().replace('_', "-");
    let is = |name: &str| label.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if is("utf-8") {
        return Some(Codec::Utf8);
    }
    if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        return Some(Codec::Latin1);
    }
    let known = match label.as_str() {
        "utf8" | "u8" | "cp65001" | "ascii" | "us-ascii" => return Some(Codec::Utf8),
        "latin1" | "iso8859-1" | "8859" | "cp819" | "l1" => return Some(Codec::Latin1),
        "cp932" | "932" | "mskanji" => "shift_jis",
        "cp936" | "936" | "ms936" => "gbk",
        "cp950" | "950" | "ms950" => "big5",
        "latin9" | "l9" => "iso-8859-15",
        "mac-roman" | "macroman" => "macintosh",
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
        other => other,
    };
    let encoding = Encoding::for_label(known.as_bytes())
        .or_else(|| Encoding::for_label(known.replace("cp", "windows-").as_bytes()))?;
    // Python source must agree with ASCII; an encoder for UTF-16 does not exist either.
    encoding.is_ascii_compatible().then_some(Codec::Other(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Source, Unread> {
        Source::decode(ProjectPath::new("a.py"), bytes)
    }

    #[test]
    fn every_readable_encoding_comes_back_to_the_same_bytes() {
        for bytes in [
            &b"x = 1\r\n"[..],
            b"\xef\xbb\xbfx = 1\n",
            b"# -*- coding: latin-1 -*-\ns = '\xe9\x80'\n",
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n",
            b"# coding: shift_jis\ns = '\x82\xa0'\n",
            b"# the coding style is ours; coding: latin-1\ns = '\xe9'\n",
            b"#!/usr/bin/python\r# coding: latin-1\rs = '\xe9'\r",
            b"# coding: cp932\ns = '\x82\xa0'\n",
            b"# coding: mac-roman\ns = '\x8e'\n",
            b"# coding: latin9\ns = '\xa4'\n",
            b"# -*- coding: latin-1-unix -*-\ns = '\xe9'\n",
            "# -*- coding: utf-8-unix -*-\ns = 'ü'".as_bytes(),
            "s = 'ü'".as_bytes(),
        ] {
            let source = decode(bytes).unwrap();
            assert_eq!(source.encode(&source.text).unwrap(), bytes);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let unread = decode(b"x = 1\ns = '\xe9'\n").unwrap_err();
        assert_eq!(unread.line, Some(2));
        assert!(unread.message.contains("not UTF-8"), "{}", unread.message);
        assert!(decode(b"# coding: klingon\n").unwrap_err().message.contains("klingon"));
        assert!(decode(b"x\0").unwrap_err().message.contains("NUL"));
        assert!(decode(b"\xff\xfex\0").unwrap_err().message.contains("UTF-16"));
    }

    #[test]
    fn what_pip_reads_may_be_utf16() {
        let encoded = |text: &str, order: Order| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(|unit| order.bytes(unit));
            order.mark().into_iter().chain(units).collect()
        };
        for order in [Order::Little, Order::Big] {
            let bytes = encoded("flask\r\n# \u{1f980}", order);
            let source = Source::decode_text(ProjectPath::new("requirements.txt"), &bytes).unwrap();
            assert_eq!((source.text.as_str(), source.newline()), ("flask\r\n# \u{1f980}", "\r\n"));
            assert_eq!(source.encode(&source.text).unwrap(), bytes);
            assert_eq!(source.encode("x\n").unwrap(), encoded("x\n", order));
            assert!(Source::decode_text(ProjectPath::new("a.py"), &bytes).is_err());
            // Half a character, and what is UTF-32.
            assert!(Source::decode_text(ProjectPath::new("a.txt"), &bytes[..bytes.len() - 1]).is_err());
            assert!(Source::decode_text(ProjectPath::new("a.txt"), &encoded("\0a\0", order)).is_err());
        }
        assert_eq!(Source::decode_text(ProjectPath::new("a.txt"), b"x\n").unwrap().text, "x\n");
    }

    #[test]
    fn a_character_the_encoding_lacks_is_an_error() {
        let source = decode(b"# coding: latin-1\n").unwrap();
        assert!(source.encode("\u{4e00}").is_err());
    }

    #[test]
    fn a_mark_and_a_comment_that_contradict_each_other_are_named() {
        let unread = decode(b"\xef\xbb\xbf# coding: latin-1\n").unwrap_err();
        assert_eq!(unread.line, Some(1));
        assert!(unread.message.contains("byte order mark") && unread.message.contains("latin-1"), "{}", unread.message);
        assert!(decode(b"\xef\xbb\xbf# coding: utf8\n").is_ok());
    }

    #[test]
    fn a_line_of_old_ends_at_its_carriage_return() {
        assert!(decode(b"# a\rf = open(name, encoding=klingon)\r").is_ok());
    }

    #[test]
    fn a_coding_comment_below_code_does_not_count() {
        assert!(decode(b"x = 1\n# coding: latin-1\ns = '\xe9'\n").is_err());
    }
}
