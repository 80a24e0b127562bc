//! What the programs of each system can do, by the versions it ships (November 2026).
//!
//! Debian 12: nginx 1.22.1, OpenSSL 3.0, systemd 252, Python 3.11. Debian 13: nginx 1.26.3,
//! OpenSSL 3.5, systemd 257, Python 3.13. Ubuntu 24.04: nginx 1.24.0, OpenSSL 3.0, systemd 255,
//! Python 3.12.

use serde::Serialize;

use super::answers::Platform;

/// What templates ask about a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Abilities {
    /// The version of Python it ships.
    pub(crate) python: &'static str,
    /// Whether nginx has `http2 on;` (1.25.1); before, it is a parameter of `listen`.
    pub(crate) nginx_http2_directive: bool,
    /// Whether TLS can use X25519MLKEM768 (OpenSSL 3.5).
    pub(crate) tls_mlkem: bool,
    /// Whether systemd knows `RestartSteps=` and `RestartMaxDelaySec=` (254).
    pub(crate) systemd_restart_steps: bool,
    /// Whether Apache can count the requests of each client: mod_qos. Debian 12's cannot be loaded (`undefined
    /// symbol: pcre_free`).
    pub(crate) apache_qos: bool,
    /// The flag by which Apache's exporter is told where to listen: another one from 1.0.
    pub(crate) apache_exporter_listen: &'static str,
}

impl Platform {
    /// What it can do.
    pub(crate) fn abilities(self) -> Abilities {
        let (python, nginx_http2_directive, tls_mlkem, systemd_restart_steps) = match self {
            Self::Debian12 => ("3.11", false, false, false),
            Self::Debian13 => ("3.13", true, true, true),
            Self::Ubuntu2404 => ("3.12", false, false, true),
            Self::Windows => ("3.13", true, true, false),
        };
        let apache_exporter_listen = match self {
            // 0.12
            Self::Debian12 => "--telemetry.address",
            Self::Debian13 | Self::Ubuntu2404 | Self::Windows => "--web.listen-address",
        };
        let apache_qos = matches!(self, Self::Debian13 | Self::Ubuntu2404);
        Abilities {
            python,
            nginx_http2_directive,
            tls_mlkem,
            systemd_restart_steps,
            apache_qos,
            apache_exporter_listen,
        }
    }
}
