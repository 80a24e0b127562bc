//! How long the stages of a run take: `cargo bench --features probes`.
//!
//! Whole runs beside those of other programs are in `whole.py`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::path::{Path, PathBuf};

use divan::{Bencher, counter::BytesCount};
use flaskship::probes::{self, Deployment};

fn main() {
    divan::main();
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample")
}

/// An app of so many views, some 75 bytes each.
fn source(views: usize) -> String {
    let view = |number: usize| {
        format!(
            "@app.route(\"/{number}\")\ndef view{number}():\n    return jsonify(number={number}, name=\"{number}\")\n"
        )
    };
    let views: Vec<String> = (0..views).map(view).collect();
    format!("from flask import Flask, jsonify\n\napp = Flask(__name__)\n\n{}app.run(debug=True)\n", views.join("\n"))
}

#[divan::bench(args = [10, 100, 1000, 10000])]
fn decode(bencher: Bencher<'_, '_>, views: usize) {
    let source = source(views);
    bencher.counter(BytesCount::of_str(&source)).bench(|| probes::decode(source.as_bytes()).unwrap());
}

#[divan::bench(args = [10, 100, 1000, 10000])]
fn parse(bencher: Bencher<'_, '_>, views: usize) {
    let source = source(views);
    bencher.counter(BytesCount::of_str(&source)).bench(|| probes::parse(&source).unwrap());
}

/// The cost of one file grows with its size.
#[divan::bench(args = [10, 100, 1000, 10000])]
fn check_one_file(bencher: Bencher<'_, '_>, views: usize) {
    let dir = tempfile::tempdir().unwrap();
    let source = source(views);
    std::fs::write(dir.path().join("app.py"), &source).unwrap();
    bencher.counter(BytesCount::of_str(&source)).bench(|| probes::check(dir.path()).unwrap());
}

#[divan::bench]
fn walk() -> usize {
    probes::walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")).unwrap()
}

#[divan::bench]
fn load() -> usize {
    probes::load(&sample()).unwrap()
}

#[divan::bench]
fn check() -> usize {
    probes::check(&sample()).unwrap()
}

#[divan::bench]
fn fix() -> usize {
    probes::fix(&sample()).unwrap()
}

#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let deployment = Deployment::of(&sample(), "app", "app").unwrap();
    bencher.bench(|| deployment.render().unwrap());
}

/// Everything rendered, and each file merged with what a person changed: 50 ms at most.
#[divan::bench]
fn render_and_merge_all_sets(bencher: Bencher<'_, '_>) {
    let deployment = Deployment::of(&sample(), "app", "app").unwrap();
    bencher.bench(|| deployment.render_and_merge().unwrap());
}
