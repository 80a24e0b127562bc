//! The questions that `new` cannot answer for itself.

use anyhow::Result;

use super::{Reply, Screen};
use crate::deploy::{Answers, Plan, Platform, Proxy, Tls};

/// How asking ended.
pub(crate) enum Asked {
    /// With these answers.
    Done(Box<Answers>),
    /// Back to what was before the first question.
    Back,
    /// Not at all: nothing is to be done.
    Quit,
}

/// A question.
struct Question {
    /// The key of the answer, as in `flaskship.toml`.
    key: &'static str,
    /// What is asked.
    prompt: &'static str,
    /// Why it matters, in a line.
    why: &'static str,
    /// Whether it makes sense, by what is planned so far.
    applies: fn(&Plan) -> bool,
    /// What can be answered.
    kind: Kind,
}

/// What can be answered.
enum Kind {
    /// One of these, each with what it means; the first word is the value.
    Choice(&'static [(&'static str, &'static str)]),
    /// A text; what is proposed, by what is planned so far.
    Text(fn(&Plan) -> String),
}

/// In the order in which they are asked.
const QUESTIONS: &[Question] = &[
    Question {
        key: "target",
        prompt: "What will it run on?",
        why: "each system ships other versions of nginx, OpenSSL and systemd, which take other settings",
        applies: |_| true,
        kind: Kind::Choice(&[
            ("debian-13", "Debian 13, the newest stable"),
            ("debian-12", "Debian 12"),
            ("ubuntu-24.04", "Ubuntu 24.04 LTS"),
            ("windows", "Windows 10, 11, Server 2019 or later"),
        ]),
    },
    Question {
        key: "server",
        prompt: "Which server runs the app?",
        why: "the development server is not made for other people's requests",
        applies: |plan| plan.target != Platform::Windows,
        kind: Kind::Choice(&[
            ("gunicorn", "several processes; the usual choice on Linux"),
            ("waitress", "one process with threads; small and simple"),
        ]),
    },
    Question {
        key: "proxy",
        prompt: "What stands in front of it?",
        why: "it does TLS, serves static files, and keeps slow or hostile clients away from the app",
        applies: |plan| plan.target != Platform::Windows,
        kind: Kind::Choice(&[
            ("nginx", "the usual choice"),
            ("apache", "where Apache runs already"),
            ("none", "nothing, or something that is there already, such as a load balancer"),
        ]),
    },
    Question {
        key: "domain",
        prompt: "Domain",
        why: "the name people reach it by: the certificate is for it, requests for others are refused (`localhost` to try)",
        applies: |plan| plan.proxy != Proxy::None,
        kind: Kind::Text(|plan| plan.site.domain.to_string()),
    },
    Question {
        key: "email",
        prompt: "E-mail, or nothing",
        why: "whom the certificate authority warns when a certificate was not renewed",
        applies: |plan| plan.proxy != Proxy::None && plan.site.tls == Tls::Acme,
        kind: Kind::Text(|plan| plan.site.email.as_ref().map(ToString::to_string).unwrap_or_default()),
    },
];

/// The flags that answer the questions every project is asked.
pub(crate) fn flags() -> Vec<String> {
    QUESTIONS
        .iter()
        .filter(|question| question.key != "email")
        .map(|question| format!("`--{}`", question.key))
        .collect()
}

/// Asks what nobody has said yet. `said` are the keys that need no question, `plan` decides with the
/// answers so far, and says in words what cannot be followed.
///
/// # Errors
/// The terminal is gone.
pub(crate) fn ask(
    screen: &Screen,
    said: &dyn Fn(&str) -> bool,
    plan: &dyn Fn(&Answers) -> Result<Plan, String>,
) -> Result<Asked> {
    let mut answers = Answers::default();
    // The questions that were put, so that one can go back, and the answers as they were before each.
    let mut put: Vec<(usize, Answers)> = Vec::new();
    let mut index = 0;
    while let Some(question) = QUESTIONS.get(index) {
        let so_far = match plan(&answers) {
            Ok(plan) => plan,
            Err(why) => {
                screen.say(&format!("  that does not go together: {why}"))?;
                let Some((last, before)) = put.pop() else { return Ok(Asked::Back) };
                (index, answers) = (last, before);
                continue;
            }
        };
        if said(question.key) || !(question.applies)(&so_far) {
            index += 1;
            continue;
        }
        match put_question(screen, question, &so_far)? {
            Reply::Answer(text) => {
                put.push((index, answers.clone()));
                if !text.is_empty() {
                    answers = answers.with(question.key, &text).map_err(anyhow::Error::msg)?;
                }
                index += 1;
            }
            Reply::Back => match put.pop() {
                Some((last, before)) => (index, answers) = (last, before),
                None => return Ok(Asked::Back),
            },
            Reply::Quit => return Ok(Asked::Quit),
        }
    }
    // The last answer may be the one that does not go with the others.
    match plan(&answers) {
        Ok(_) => Ok(Asked::Done(Box::new(answers))),
        Err(why) => {
            screen.say(&format!("  that does not go together: {why}"))?;
            Ok(Asked::Back)
        }
    }
}

fn put_question(screen: &Screen, question: &Question, so_far: &Plan) -> Result<Reply<String>> {
    screen.say(&format!("\n{}", question.why))?;
    match &question.kind {
        Kind::Choice(choices) => {
            let planned = so_far.answers().to_table();
            let now = planned.get(question.key).and_then(toml::Value::as_str).unwrap_or_default();
            let default = choices.iter().position(|(value, _)| *value == now).unwrap_or_default();
            let width = choices.iter().map(|(value, _)| value.len()).max().unwrap_or_default();
            let items: Vec<String> =
                choices.iter().map(|(value, meaning)| format!("{value:width$}  {meaning}")).collect();
            Ok(match screen.choose(question.prompt, &items, default, true)? {
                Reply::Answer(chosen) => Reply::Answer(choices[chosen].0.to_owned()),
                Reply::Back => Reply::Back,
                Reply::Quit => Reply::Quit,
            })
        }
        Kind::Text(proposed) => screen.text(question.prompt, &proposed(so_far), true, &|text| {
            Answers::default().with(question.key, text).map(|_| ())
        }),
    }
}
