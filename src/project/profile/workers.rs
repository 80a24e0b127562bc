//! The workers of Gunicorn that can hold the connections of an app.

use super::AsyncMode;

/// A class of Gunicorn's workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkerClass {
    /// Threads, a connection each.
    Gthread,
    /// gevent's greenlets.
    Gevent,
    /// The same, with the WebSocket of gevent-websocket.
    GeventWebsocket,
    /// eventlet's green threads.
    Eventlet,
}

impl WorkerClass {
    /// The worker for an app whose Flask-SocketIO, where it has one, waits so; none where no worker does.
    pub(crate) fn of(waits_with: Option<AsyncMode>) -> Option<Self> {
        waits_with.map_or(Some(Self::Gthread), AsyncMode::worker_class)
    }

    /// What Gunicorn calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gthread => "gthread",
            Self::Gevent => "gevent",
            Self::GeventWebsocket => "geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
            Self::Eventlet => "eventlet",
        }
    }

    /// What has to be installed for it.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Gthread => &["gunicorn"],
            Self::Gevent => &["gunicorn", "gevent"],
            Self::GeventWebsocket => &["gunicorn", "gevent", "gevent-websocket"],
            // The last that has workers of this class.
            Self::Eventlet => &["gunicorn<26", "eventlet"],
        }
    }
}

impl AsyncMode {
    /// The worker that Flask-SocketIO can wait in
    /// ([deployment](https://flask-socketio.readthedocs.io/en/latest/deployment.html)); none where only
    /// uWSGI has what it waits with.
    pub(crate) fn worker_class(self) -> Option<WorkerClass> {
        match self {
            Self::Threading => Some(WorkerClass::Gthread),
            Self::Gevent => Some(WorkerClass::Gevent),
            Self::GeventWebsocket => Some(WorkerClass::GeventWebsocket),
            Self::Eventlet => Some(WorkerClass::Eventlet),
            Self::Uwsgi => None,
        }
    }
}
