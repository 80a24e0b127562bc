//! The values of a YAML, JSON or TOML file as one tree of places, whatever the format.

mod json;
mod toml;
mod yaml;

pub(crate) use json::{parse as json, parse_in as json_at, parse_script as ecosystem};
pub(crate) use toml::parse as toml;
pub(crate) use yaml::parse as yaml;

use crate::source::Span;

/// Deeper than any file written by hand; a guard for parsers that recurse.
const MAX_DEPTH: usize = 100;

/// A node of a tree, by its place in [`Nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(usize);

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes; numbers and booleans too.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// In triple quotes, or as a YAML block that keeps its line ends.
    Literal,
    /// As a YAML block whose line ends are spaces.
    Folded,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text, a number, a boolean, nothing.
    Scalar {
        /// What it says, decoded.
        text: String,
        /// How it is written.
        style: Style,
        /// What is inside the quotes.
        content: Span,
    },
    /// Keys and values.
    Map,
    /// A list.
    List,
    /// A YAML alias: the value of another node.
    Alias,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// What it says, decoded.
    pub(crate) text: String,
    /// Where it is written, with its quotes.
    pub(crate) span: Span,
}

/// A value, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The map or list it is in; `None` for a document.
    pub(crate) parent: Option<Id>,
    /// Its key, where it is in a map.
    pub(crate) key: Option<Key>,
    /// Where the value is written, with its quotes or brackets.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether its children are between brackets, parted by commas, and not one to a line.
    flow: bool,
    children: Vec<Id>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The byte the trouble is at.
    pub(crate) at: usize,
    /// What is wrong, in the parser's words.
    pub(crate) message: String,
}

/// All nodes of a file, parents before their children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nodes {
    list: Vec<Node>,
}

impl Nodes {
    /// All nodes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id, &Node)> {
        self.list.iter().enumerate().map(|(index, node)| (Id(index), node))
    }

    /// The documents of the file: one for JSON and TOML.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Id> {
        self.iter().filter(|(_, node)| node.parent.is_none()).map(|(id, _)| id)
    }

    /// A node.
    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.list[id.0]
    }

    /// The values in a map or list, in order.
    pub(crate) fn children(&self, id: Id) -> &[Id] {
        &self.node(id).children
    }

    /// The value of a key in a map.
    pub(crate) fn get(&self, id: Id, key: &str) -> Option<Id> {
        self.children(id).iter().copied().find(|child| self.key(*child) == Some(key))
    }

    /// The value at a path of keys below a node.
    pub(crate) fn at(&self, id: Id, path: &[&str]) -> Option<Id> {
        path.iter().try_fold(id, |id, key| self.get(id, key))
    }

    /// The key of a node.
    pub(crate) fn key(&self, id: Id) -> Option<&str> {
        self.node(id).key.as_ref().map(|key| key.text.as_str())
    }

    /// What a scalar says.
    pub(crate) fn text(&self, id: Id) -> Option<&str> {
        match &self.node(id).kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether a node is a list.
    pub(crate) fn is_list(&self, id: Id) -> bool {
        self.node(id).kind == Kind::List
    }

    /// Whether a node is a map.
    pub(crate) fn is_map(&self, id: Id) -> bool {
        self.node(id).kind == Kind::Map
    }

    /// The keys that lead to a node, outermost first; places in lists are left out.
    pub(crate) fn path(&self, id: Id) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            path.extend(self.key(id));
            at = self.node(id).parent;
        }
        path.reverse();
        path
    }

    /// The whole entry: key and value.
    pub(crate) fn entry(&self, id: Id) -> Span {
        let node = self.node(id);
        Span::new(node.key.as_ref().map_or(node.span.start, |key| key.span.start), node.span.end)
    }

    /// What to delete so that the entry is gone and the file is still well-formed: its lines, or
    /// the entry with one comma. A map or list of YAML that would be left empty goes with it,
    /// because an empty one reads as `null` there; `None` where that is one with an anchor, which is
    /// named elsewhere, or all there is in the file.
    pub(crate) fn removal(&self, text: &str, id: Id) -> Option<Span> {
        let node = self.node(id);
        let parent = node.parent?;
        let entry = self.entry(id);
        let siblings = self.children(parent);
        let place = siblings.iter().position(|sibling| *sibling == id)?;
        let next = siblings.get(place + 1).map(|next| self.entry(*next));
        if self.node(parent).flow {
            return Some(match (next, place.checked_sub(1).map(|previous| self.entry(siblings[previous]))) {
                (Some(next), _) => Span::new(entry.start, next.start),
                (None, Some(previous)) => Span::new(previous.end, entry.end),
                (None, None) => {
                    let outer = self.node(parent).span;
                    let inside = Span::new(outer.start + 1, outer.end.saturating_sub(1));
                    let blank =
                        |text: &str| text.chars().all(|character| character.is_whitespace() || character == ',');
                    let alone = inside.contains(entry)
                        && blank(&text[inside.start..entry.start])
                        && blank(&text[entry.end..inside.end]);
                    if alone { inside } else { entry }
                }
            });
        }
        if self.node(parent).span.start == entry.start
            && siblings.len() == 1
            && let Some(outer) = self.node(parent).parent
        {
            let key = self.node(parent).key.as_ref().map_or(entry.start, |key| key.span.end);
            let anchored = text.get(key..entry.start).is_some_and(|between| between.contains('&'));
            let all = self.node(outer).parent.is_none() && self.children(outer).len() == 1;
            return if anchored || all { None } else { self.removal(text, parent) };
        }
        let line = line_start(text, entry.start);
        let lead = text[line..entry.start].trim();
        if lead.is_empty() || (lead == "-" && self.node(parent).kind == Kind::List) {
            return Some(Span::new(line, line_end(text, entry.end)));
        }
        if self.dotted(text, line, entry) {
            return Some(Span::new(line, line_end(text, entry.end)));
        }
        // The first entry of a map that stands behind a dash: the next one moves up to it.
        next.map(|next| Span::new(entry.start, next.start))
    }

    /// What to delete so that a whole map or list is gone that has its entries one to a line; `None`
    /// where brackets would stay behind, which are well-formed when empty.
    pub(crate) fn removal_of_block(&self, text: &str, id: Id) -> Option<Span> {
        if self.node(id).flow { None } else { self.removal(text, id) }
    }

    /// Whether what stands before the key on its line is the rest of a dotted TOML key.
    fn dotted(&self, text: &str, line: usize, entry: Span) -> bool {
        let lead = text[line..entry.start].trim();
        lead.ends_with('.') && !lead.contains(['=', '#', ' ', '{'])
    }

    fn push(&mut self, parent: Option<Id>, key: Option<Key>, span: Span, kind: Kind, flow: bool) -> Id {
        let id = Id(self.list.len());
        self.list.push(Node { parent, key, span, kind, flow, children: Vec::new() });
        if let Some(parent) = parent {
            self.list[parent.0].children.push(id);
        }
        id
    }
}

/// Where the line of a byte starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

/// Where the line of a byte ends, its line end included.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    // A block scalar already ends behind its last line end.
    if at > 0 && text[..at].ends_with('\n') {
        return at;
    }
    match text[at..].find(['\n', '\r']) {
        Some(end) if text[at + end..].starts_with("\r\n") => at + end + 2,
        Some(end) => at + end + 1,
        None => text.len(),
    }
}

/// Whether brackets nest deeper than anyone writes.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn find(nodes: &Nodes, path: &[&str]) -> Id {
        nodes.roots().find_map(|root| nodes.at(root, path)).unwrap_or_else(|| panic!("{path:?} in {nodes:#?}"))
    }

    fn without(text: &str, parse: fn(&str) -> Result<Nodes, SyntaxError>, path: &[&str]) -> String {
        let nodes = parse(text).unwrap();
        let span = nodes.removal(text, find(&nodes, path)).unwrap();
        format!("{}{}", &text[..span.start], &text[span.end..])
    }

    #[test]
    fn a_yaml_entry_goes_with_its_line_and_an_emptied_map_goes_too() {
        let text = "services:\r\n  web:\r\n    environment:\r\n      A: 1 # why\r\n      B: \"2\"\r\n    image: x\r\n";
        assert_eq!(
            without(text, yaml, &["services", "web", "environment", "A"]),
            "services:\r\n  web:\r\n    environment:\r\n      B: \"2\"\r\n    image: x\r\n"
        );
        let text = "web:\n  environment:\n    A: 1\n  image: x\n";
        assert_eq!(without(text, yaml, &["web", "environment", "A"]), "web:\n  image: x\n");
        let text = "web:\n  environment: { A: 1, B: 2 }\n";
        assert_eq!(without(text, yaml, &["web", "environment", "A"]), "web:\n  environment: { B: 2 }\n");
        assert_eq!(without(text, yaml, &["web", "environment", "B"]), "web:\n  environment: { A: 1 }\n");
    }

    #[test]
    fn list_items_of_yaml_go_whole() {
        let text = "env:\n  - name: A\n    value: '1'\n  - name: B\n    value: '2'\n";
        let nodes = yaml(text).unwrap();
        let list = find(&nodes, &["env"]);
        let first = nodes.removal(text, nodes.children(list)[0]).unwrap();
        assert_eq!(first.of(text), "  - name: A\n    value: '1'\n");
        let last = nodes.removal(text, nodes.children(list)[1]).unwrap();
        assert_eq!(last.of(text), "  - name: B\n    value: '2'\n");
        let text = "env:\n- A: 1\n  B: 2\n- C: 3\n";
        let nodes = yaml(text).unwrap();
        let item = nodes.children(find(&nodes, &["env"]))[0];
        let removal = nodes.removal(text, nodes.get(item, "A").unwrap()).unwrap();
        assert_eq!(removal.of(text), "A: 1\n  ");
        let other = nodes.children(find(&nodes, &["env"]))[1];
        let removal = nodes.removal(text, nodes.get(other, "C").unwrap()).unwrap();
        assert_eq!(removal.of(text), "- C: 3\n");
    }

    #[test]
    fn json_entries_go_with_one_comma() {
        let text = "{\n\t\"a\": {\"x\": \"1\", \"y\": [1, 2]},\n\t\"b\": null\n}\n";
        assert_eq!(without(text, json, &["a", "x"]), "{\n\t\"a\": {\"y\": [1, 2]},\n\t\"b\": null\n}\n");
        assert_eq!(without(text, json, &["a", "y"]), "{\n\t\"a\": {\"x\": \"1\"},\n\t\"b\": null\n}\n");
        assert_eq!(without(text, json, &["b"]), "{\n\t\"a\": {\"x\": \"1\", \"y\": [1, 2]}\n}\n");
    }

    #[test]
    fn toml_entries_go_with_their_line() {
        let text = "app = \"x\"\n[env]\n  A = \"1\" # no\n  B = '''2'''\n";
        assert_eq!(without(text, toml, &["env", "A"]), "app = \"x\"\n[env]\n  B = '''2'''\n");
        assert_eq!(without(text, toml, &["env", "B"]), "app = \"x\"\n[env]\n  A = \"1\" # no\n");
        assert_eq!(without("env.A = 1\nenv.B = 2\n", toml, &["env", "A"]), "env.B = 2\n");
        assert_eq!(without("env = { A = 1, B = 2 }\n", toml, &["env", "A"]), "env = { B = 2 }\n");
    }

    #[test]
    fn depth_is_refused_without_a_crash() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(json(&deep).is_err());
        assert!(yaml(&deep).is_err());
        assert!(toml(&format!("x = {deep}")).is_err());
        let blocks: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        let _ = yaml(&blocks);
    }

    proptest! {
        #[test]
        fn spans_are_in_bounds_whatever_the_text(text in "[ \\-a-b:{}\\[\\],\"'|>#=é\n\r\t.&*!]{0,60}") {
            for parse in [yaml, json, toml, ecosystem] {
                let Ok(nodes) = parse(&text) else { continue };
                for (id, node) in nodes.iter() {
                    prop_assert!(text.get(node.span.start..node.span.end).is_some(), "{node:?}");
                    if let Some(key) = &node.key {
                        prop_assert!(text.get(key.span.start..key.span.end).is_some(), "{node:?}");
                    }
                    if let Kind::Scalar { content, .. } = &node.kind {
                        prop_assert!(text.get(content.start..content.end).is_some(), "{node:?}");
                    }
                    if let Some(removal) = nodes.removal(&text, id) {
                        prop_assert!(text.get(removal.start..removal.end).is_some(), "{node:?}");
                    }
                }
            }
        }
    }
}
