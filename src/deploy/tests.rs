//! Whatever a person answers and whatever stands in a project: no value gets out of the place it is put
//! in. A value is refused where it enters, or each rendered file still has the shape that it has with
//! a harmless one, and says exactly that value.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::project::{Device, DeviceClass, EnvironmentRead, Installer, Job, Profile, SecretKey, Writes};
use crate::source::ProjectPath;
use crate::syntax::nodes::{self, Nodes};
use crate::syntax::python;

/// Keys of `[deploy]` that take a text, each with a value that nobody objects to.
const TEXTS: &[(&str, &str)] = &[
    ("app", "wsgi:app"),
    ("domain", "shop.example.com"),
    ("email", "me@example.com"),
    ("health-url", "/up"),
    ("home", "/srv/shop"),
    ("host", "127.0.0.2"),
    ("name", "shop"),
    ("static-dir", "public"),
    ("static-url", "/files"),
    ("upstream", "10.0.0.2:8000"),
    ("user", "shop"),
    ("writable", "uploads"),
];

/// Layouts that render every set.
const LAYOUTS: &[&str] = &[
    "tls = 'self-signed'\nserver = 'gunicorn'\nproxy = 'nginx'\nmetrics = true\nupdates = 'dependabot'\n",
    "tls = 'self-signed'\nserver = 'waitress'\nproxy = 'apache'\nprocess-manager = 'supervisor'\nlogs = 'files'\nupdates = 'renovate'\n",
    "server = 'waitress'\ntarget = 'windows'\n",
    "tls = 'self-signed'\nserver = 'gunicorn'\nproxy = 'none'\nprocess-manager = 'none'\n",
];

/// What ends a value, starts another, or is left out, in one format or another.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a", "Z", "7", " ", "\"", "'", "`", "\n", "\r", "\t", ";", "{", "}", "$", "$(id)", "${x}", "%", "%h", "\\",
        "\\n", "#", "#{x}", "<", ">", "&", "|", "*", "?", "!", "~", "(", ")", "[", "]", "=", ",", ":", "/", "..", "@",
        "-", "_", ".", "\u{0}", "\u{7f}", "\u{85}", "\u{2028}", "\u{201c}", "\u{202e}", "é", "мир", "你", "🚀",
        "{{x}}", "]]>", "-->", "://", "www", ".com", "\u{feff}",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat()),
        "[a-z]{1,6}[^a-z]{1,3}[a-z]{1,6}",
        any::<String>(),
    ]
}

/// A value of a key, with the beginning that its kind asks for in one of two cases.
fn value_of(key: &str, good: &str, nasty: &str, on_top: bool) -> String {
    match (on_top, key) {
        (true, "home" | "static-url" | "health-url") => format!("{good}/{nasty}"),
        (true, _) => format!("{good}{nasty}"),
        (false, _) => nasty.to_owned(),
    }
}

/// The answers of a table; `None` where it is refused.
fn answers(layout: &str, key: &str, value: &str) -> Option<Answers> {
    let mut table: toml::Table = toml::from_str(layout).unwrap();
    table.insert("domain".to_owned(), "shop.example.com".into());
    table.insert(key.to_owned(), value.into());
    // By the text, as a person writes it.
    toml::from_str(&toml::to_string(&table).unwrap()).ok()
}

fn source() -> AppSource {
    AppSource {
        target: "wsgi:app".parse().unwrap(),
        dir: String::new(),
        port_variable: None,
        tls: None,
        taken: Taken::default(),
    }
}

fn plan(answers: Answers, profile: &Profile) -> Option<Plan> {
    let app = AppSource { target: answers.app.clone().unwrap_or(source().target), ..source() };
    let (answers, origins) = merge([(Origin::File, answers)]);
    Plan::decide(&answers, &origins, profile, app).ok()
}

fn rendered(plan: &Plan) -> BTreeMap<String, String> {
    render_all(&crate::render::Library::default(), plan)
        .unwrap()
        .into_iter()
        .map(|file| (file.path.to_string(), file.text))
        .collect()
}

/// The kinds and nesting of a document's nodes and keys, and its texts.
fn shape(nodes: &Nodes) -> (Vec<String>, Vec<String>) {
    let mut texts = Vec::new();
    let kinds = nodes
        .iter()
        .map(|(id, _)| {
            texts.extend(nodes.text(id).map(str::to_owned));
            format!("{:?}{}{}", nodes.path(id).len(), nodes.is_list(id), nodes.is_map(id))
        })
        .collect();
    (kinds, texts)
}

/// What a file looks like to who reads it: equal for two files that differ in values only.
fn outline(path: &str, text: &str) -> Vec<String> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let document = match extension {
        "yml" | "yaml" => Some(nodes::yaml(text).unwrap_or_else(|error| panic!("{path}: {error:?}\n{text}"))),
        "json" => {
            serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
            Some(nodes::json(text).unwrap_or_else(|error| panic!("{path}: {error:?}\n{text}")))
        }
        "py" => {
            let syntax = python::parse(text).unwrap_or_else(|error| panic!("{path}: {error:?}\n{text}"));
            return vec![format!("{} statements, {} comments", syntax.body().len(), syntax.comments(text).count())];
        }
        _ => None,
    };
    match document {
        Some(nodes) => shape(&nodes).0,
        // Formats of lines: what each starts with, up to its first value.
        None => text
            .lines()
            .map(|line| line.split(['"', '\'', '=', '/', ' ', ':']).next().unwrap_or_default().to_owned())
            .collect(),
    }
}

/// Whether two renderings differ in values only.
fn same_outlines(one: &BTreeMap<String, String>, two: &BTreeMap<String, String>, rename: &dyn Fn(&str) -> String) {
    // A name that is another has another place in the order too.
    assert_eq!(
        one.keys().map(|path| rename(path)).collect::<BTreeSet<_>>(),
        two.keys().cloned().collect::<BTreeSet<_>>(),
        "other files"
    );
    for (path, text) in one {
        let other = &two[&rename(path)];
        // The instructions are for people, who see what they are told; their commands are judged elsewhere.
        if path.ends_with(".md") {
            assert_eq!(text.matches("\n```").count(), other.matches("\n```").count(), "{path}");
            continue;
        }
        assert_eq!(outline(path, text), outline(path, other), "{path}\n{text}\n{other}");
    }
}

#[test]
fn the_code_is_no_static_file_and_static_files_are_no_site() {
    for (key, value) in [("static-dir", ""), ("static-url", "/"), ("home", "/home/ubuntu/shop")] {
        let answers = answers(LAYOUTS[0], key, value).unwrap();
        assert!(plan(answers, &Profile::default()).is_none(), "{key} = {value}");
    }
}

/// A profile with these texts of a project everywhere.
fn project(text: &str) -> Profile {
    Profile {
        statics: Vec::new(),
        single_process: Some(format!("it starts a thread in {text}.py:3")),
        secret_key: SecretKey::Literal(format!("{text}.py:1")),
        further_keys: vec![("JWT_SECRET_KEY", SecretKey::Random(format!("{text}.py:1")))],
        workers: vec![Job {
            name: "worker".to_owned(),
            words: vec!["celery".to_owned(), text.to_owned()],
            path: ProjectPath::new(text),
        }],
        devices: vec![Device { class: DeviceClass::Camera, place: format!("{text}.py:4") }],
        server_name: Some(text.to_owned()),
        health_url: Some(format!("/{text}")),
        environment: vec![EnvironmentRead {
            name: "TOKEN".to_owned(),
            required: false,
            default: Some(text.to_owned()),
            production: None,
            place: format!("{text}.py:2"),
        }],
        writes: Writes {
            folders: vec![text.to_owned()],
            data: vec![format!("{text}/"), text.to_owned()],
            ..Writes::default()
        },
        installer: Installer::Requirements(ProjectPath::new("requirements.txt")),
        ..Profile::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_stays_in_its_place(
        key in prop::sample::select(TEXTS),
        layout in prop::sample::select(LAYOUTS),
        nasty in nasty(),
        on_top in any::<bool>(),
    ) {
        let (key, good) = key;
        let value = value_of(key, good, &nasty, on_top);
        let harmless = answers(layout, key, good).and_then(|answers| plan(answers, &Profile::default()));
        let Some(answers) = answers(layout, key, &value) else { return Ok(()) };
        let Some(plan) = plan(answers, &Profile::default()) else { return Ok(()) };
        let harmless = harmless.unwrap();
        let name = plan.name.clone();
        same_outlines(&rendered(&harmless), &rendered(&plan), &|path| {
            if key == "name" { path.replace("shop", &name) } else { path.to_owned() }
        });
    }

    #[test]
    fn a_text_of_the_project_stays_in_its_place(text in nasty(), layout in prop::sample::select(LAYOUTS)) {
        let answers = |layout: &str| answers(layout, "name", "shop").unwrap();
        let text: String = text.chars().filter(|c| !c.is_control() && !"\u{2028}\u{2029}".contains(*c)).collect();
        let of = |text: &str| {
            let profile = project(text);
            let detected = detect(&profile, None, &Surroundings::default());
            let (answers, origins) = merge([(Origin::File, answers(layout)), (Origin::Detected, detected)]);
            (Plan::decide(&answers, &origins, &profile, source()).unwrap(), profile)
        };
        let (plan, _) = of(&text);
        let files = rendered(&plan);
        for (path, text) in &files {
            outline(path, text);
        }
        if let Some(env) = files.get("deploy/shop.env") {
            let line = env.lines().find(|line| line.starts_with("# TOKEN=")).unwrap();
            prop_assert_eq!(unquoted(line.trim_start_matches("# TOKEN=")), text);
        }
    }
}

/// What a shell makes of a text in double quotes.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_else(|| panic!("{text}"));
    let mut found = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => found.push(next),
                other => {
                    found.push('\\');
                    found.extend(other);
                }
            },
            '"' | '$' | '`' => panic!("{text} ends, or is replaced"),
            c => found.push(c),
        }
    }
    found
}
