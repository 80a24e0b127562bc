//! Answers and what becomes of them.

use super::*;
use crate::deploy::answers::merge;
use crate::project::ProxyFix;

fn source() -> AppSource {
    AppSource { target: known("wsgi:app"), dir: String::new(), port_variable: None, tls: None, taken: Taken::default() }
}

fn plan(answers: &str) -> Plan {
    plan_of(answers, &Profile::default())
}

fn plan_of(answers: &str, profile: &Profile) -> Plan {
    let (answers, origins) = merge([(Origin::File, toml::from_str(answers).unwrap())]);
    Plan::decide(&answers, &origins, profile, source()).unwrap()
}

#[test]
fn the_proxy_connects_to_the_hosts_or_to_the_app() {
    let backends = |answers: &str| plan(answers).site.backends;
    assert_eq!(backends("name = 'shop'"), ["unix:/run/shop.sock"]);
    assert_eq!(backends("process-manager = 'none'\nport = 5000"), ["127.0.0.1:5000"]);
    assert_eq!(backends("upstream = ['10.0.0.2:8000', '[::1]:80']"), ["10.0.0.2:8000", "[::1]:80"]);
}

#[test]
fn the_proxy_serves_the_static_files_that_it_has_beside_it() {
    let served = |answers: &str| plan(&format!("name = 'shop'\n{answers}")).site.statics;
    let folder = ServedFolder { url: "/static".to_owned(), folder: "/srv/shop/app/web/static".to_owned() };
    assert_eq!(served("static-dir = 'web/static'"), [folder]);
    assert_eq!(served("static-dir = 'static'\nupstream = '10.0.0.2:8000'"), [], "they are on another machine");
    assert_eq!(served("static-dir = 'static'\nproxy = 'none'"), []);
}

#[test]
fn names_are_fit_for_variables_of_nginx() {
    assert_eq!(plan("name = 'my-shop'").identifier, "my_shop");
}

#[test]
fn browsers_are_bound_to_https_by_a_real_certificate_only() {
    let seconds = |answers: &str| plan(answers).site.hsts_seconds;
    assert_eq!(seconds("domain = 'shop.example.com'"), 63_072_000);
    assert_eq!(seconds("domain = 'localhost'"), 300);
}

#[test]
fn open_connections_may_be_silent_for_long() {
    let timeout = |answers: &str| plan(answers).run.proxy_timeout;
    assert_eq!(timeout("timeout = 60"), 65);
    assert_eq!(timeout("streaming = true"), 3600);
}

#[test]
fn the_app_is_reached_by_one_way_only() {
    let run = |answers: &str| plan(answers).run;
    let systemd = run("host = '0.0.0.0'");
    assert!(systemd.unix_socket && systemd.trusts_proxy);
    assert_eq!(systemd.host, "127.0.0.1");
    let unmanaged = run("process-manager = 'none'");
    assert!(!unmanaged.unix_socket && unmanaged.trusts_proxy);
    let direct = run("proxy = 'none'\nhost = '0.0.0.0'");
    assert!(!direct.unix_socket && !direct.trusts_proxy);
    assert_eq!(direct.host, "0.0.0.0");
    let remote = run("upstream = ['a.example:8000', 'b.example:8000']");
    assert!(!remote.unix_socket && remote.trusts_proxy);
    assert_eq!(remote.host, "0.0.0.0");
}

#[test]
fn a_host_listens_where_the_proxy_looks_for_it() {
    let run = |answers: &str| plan(answers).run;
    let remote = run("upstream = ['10.0.0.2:9000', '10.0.0.3:9000']");
    assert_eq!((remote.port.to_string(), &remote.listens[..]), ("9000".to_owned(), &["9000".to_owned()][..]));
    assert_eq!(run("upstream = ['127.0.0.1:8001', '127.0.0.1:8002']").listens, ["8001", "8002"]);
    assert_eq!(run("upstream = '[fd00::2]:9000'").listens, ["[::]:9000"]);
    // A port may be another on the way.
    assert_eq!(run("upstream = '10.0.0.2:9000'\nport = 5000").listens, ["5000"]);
    assert_eq!(run("upstream = '10.0.0.2:9000'\nhost = '10.0.0.2'").listens, ["10.0.0.2:9000"]);
    assert_eq!(run("proxy = 'none'\nhost = '0.0.0.0'").listens, ["0.0.0.0:8000"]);
    assert_eq!(run("proxy = 'none'\nhost = 'localhost'").listens, ["127.0.0.1:8000"]);
    assert_eq!(run("").listens, [] as [&str; 0], "a unix socket");
    assert_eq!(run("proxy = 'none'\nhost = '::'").reached_at, "[::1]");
}

#[test]
fn what_the_code_listened_on_is_not_where_the_proxy_looks() {
    let (answers, origins) = merge([
        (Origin::Flag, toml::from_str("upstream = '10.0.0.2:9000'").unwrap()),
        (Origin::Detected, toml::from_str("host = '127.0.0.1'\nport = 5001").unwrap()),
    ]);
    let plan = Plan::decide(&answers, &origins, &Profile::default(), source()).unwrap();
    assert_eq!((plan.run.host.as_str(), &plan.run.listens[..]), ("0.0.0.0", &["9000".to_owned()][..]));
}

#[test]
fn the_process_manager_holds_the_socket_open() {
    let held = |answers: &str| plan(answers).run.held;
    assert!(held("") && held("proxy = 'none'") && held("upstream = '10.0.0.2:8000'"));
    assert!(held("process-manager = 'supervisor'\nupstream = '10.0.0.2:8000'"));
    assert!(!held("process-manager = 'supervisor'\nproxy = 'none'\nhost = '::'"));
    assert!(!held("process-manager = 'supervisor'\nupstream = ['a.example:1', 'b.example:2']"));
    assert!(!held("process-manager = 'none'"));
    let waitress = plan("server = 'waitress'\nprocess-manager = 'supervisor'\nupstream = '10.0.0.2:8000'");
    assert_eq!((waitress.run.processes, waitress.watch.ports.len()), (4, 4));
    assert_eq!(plan("server = 'waitress'").run.processes, 1, "systemd starts one");
}

#[test]
fn what_a_process_manager_cannot_open_is_said() {
    let conflict = |answers: &str| {
        let (answers, origins) = merge([(Origin::Flag, toml::from_str(answers).unwrap())]);
        Plan::decide(&answers, &origins, &Profile::default(), source()).unwrap_err().message
    };
    assert!(conflict("proxy = 'none'\nhost = 'app-1'").contains("`app-1` is a name"));
}

#[test]
fn socketio_gets_the_workers_that_it_waits_with() {
    let profile = |mode| Profile { websockets: Some(Websockets::SocketIo(mode)), ..Profile::default() };
    let run = |mode| plan_of("", &profile(mode)).run;
    let threads = run(AsyncMode::Threading);
    assert_eq!(
        (threads.worker_class, threads.threads, &threads.packages[..]),
        ("gthread", 100, &["gunicorn".to_owned()][..])
    );
    assert_eq!(run(AsyncMode::Gevent).packages, ["gunicorn", "gevent"]);
    let websocket = run(AsyncMode::GeventWebsocket);
    assert_eq!(websocket.worker_class, "geventwebsocket.gunicorn.workers.GeventWebSocketWorker");
    assert_eq!(websocket.packages, ["gunicorn", "gevent", "gevent-websocket"]);
    let eventlet = run(AsyncMode::Eventlet);
    assert_eq!(
        (eventlet.worker_class, &eventlet.packages[..]),
        ("eventlet", &["gunicorn<26".to_owned(), "eventlet".to_owned()][..])
    );
    assert!(
        [AsyncMode::Threading, AsyncMode::Gevent, AsyncMode::Eventlet].into_iter().all(|mode| run(mode).single_process)
    );
}

#[test]
fn a_file_of_the_project_keeps_its_name() {
    let taken = Taken { settings: Some(vec!["daemon".to_owned()]), launcher: true };
    let file = |server: &str, taken: &Taken| {
        let (answers, origins) = merge([(Origin::File, toml::from_str(server).unwrap())]);
        let app = AppSource { taken: taken.clone(), ..source() };
        let run = Plan::decide(&answers, &origins, &Profile::default(), app).unwrap().run;
        (run.file, run.file_is_renamed, run.own_settings.len())
    };
    assert_eq!(file("", &Taken::default()), ("gunicorn.conf.py", false, 0));
    assert_eq!(file("", &taken), ("gunicorn.production.conf.py", true, 1));
    assert_eq!(file("server = 'waitress'", &Taken::default()), ("serve.py", false, 0));
    assert_eq!(file("server = 'waitress'", &taken), ("serve_production.py", true, 0));
}

#[test]
fn tls_of_the_code_is_kept_or_said_to_be_lost() {
    let run = |answers: &str, tls: Option<ToldTls>| {
        let (answers, origins) = merge([(Origin::File, toml::from_str(answers).unwrap())]);
        let app = AppSource { tls, ..source() };
        let run = Plan::decide(&answers, &origins, &Profile::default(), app).unwrap().run;
        (run.certificate_key, run.loses_tls)
    };
    let files = || Some(ToldTls::Files { certificate: "cert.pem".to_owned(), key: "key.pem".to_owned() });
    assert_eq!(run("proxy = 'none'", files()), (Some("key.pem".to_owned()), false));
    assert_eq!(run("proxy = 'none'", Some(ToldTls::Other)), (None, true));
    assert_eq!(run("proxy = 'none'\nserver = 'waitress'", files()), (None, true));
    assert_eq!(run("proxy = 'none'", None), (None, false));
    // The proxy speaks it.
    assert_eq!(run("", files()), (None, false));
}

#[test]
fn headers_are_trusted_once() {
    let fix = ProxyFix { place: "app.py:3".to_owned(), x_for: Some(1), x_proto: Some(1) };
    let profile = Profile { proxy_fix: Some(fix), ..Profile::default() };
    assert!(!plan_of("", &profile).run.trusts_proxy);
}

#[test]
fn connections_that_stay_open_need_threads_and_patience() {
    let run = |profile: Profile| plan_of("", &profile).run;
    let plain = run(Profile::default());
    assert_eq!((plain.worker_class, plain.threads, plain.recycle), ("gthread", 4, true));
    // The watchdog must wait longer than Gunicorn lets an import take.
    assert!(plain.watchdog.unwrap() > plain.timeout);
    assert!(plain.graceful_timeout < plain.stop_timeout && plain.timeout < plain.proxy_timeout);
    let patched = run(Profile { patched: Some(AsyncMode::Gevent), ..Profile::default() });
    assert_eq!((patched.worker_class, patched.single_process), ("gevent", false));
    let streaming = run(Profile { streaming: true, ..Profile::default() });
    assert_eq!((streaming.threads, streaming.recycle, streaming.watchdog), (100, false, None));
    let state = run(Profile { single_process: Some("starts a thread in app.py:3".to_owned()), ..Profile::default() });
    assert_eq!((state.workers, state.recycle), (Some(1), false));
}
