//! PgBouncer in transaction mode before a server of [`super::postgres`]: what many teams have between
//! them and their database. A connection of it is another one of the server with each transaction.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::postgres::{PASSWORD, Postgres, unprivileged};

/// Longest wait for its first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A pooler. It ends when it is dropped.
pub struct Pooler {
    /// Its port on 127.0.0.1.
    pub port: u16,
    _home: tempfile::TempDir,
    child: Child,
}

fn program() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|it| it.join("pgbouncer")).find(|it| it.exists())
}

/// A pooler before this server, or a line that names what is left out.
pub fn or_skip(test: &str, server: &Postgres, roles: &[&str]) -> Option<Pooler> {
    let Some(program) = program() else {
        let _ = writeln!(std::io::stderr(), "skipped: {test}: PgBouncer is not installed");
        return None;
    };
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = |name: &str| home.path().join(name);
    let users: String = roles.iter().map(|it| format!("\"{it}\" \"{PASSWORD}\"\n")).collect();
    fs::write(path("users"), users).unwrap();
    for name in ["server.crt", "server.key", "ca.pem"] {
        fs::copy(server.path("data").join(name), path(name)).unwrap();
    }
    let settings = format!(
        "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n\
         pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 50\n\
         server_tls_sslmode = require\nclient_tls_sslmode = require\nclient_tls_cert_file = {}\n\
         client_tls_key_file = {}\n",
        server.port,
        path("users").display(),
        path("server.crt").display(),
        path("server.key").display(),
    );
    fs::write(path("ini"), settings).unwrap();
    let mut command = Command::new(program);
    if let Some((user, group)) = unprivileged() {
        for name in ["users", "server.crt", "server.key", "ini"] {
            chown(path(name), Some(user), Some(group)).unwrap();
        }
        command.uid(user).gid(group);
    }
    let log = fs::File::create(path("log")).unwrap();
    command.arg(path("ini")).current_dir("/").stdin(Stdio::null());
    let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let mut pooler = Pooler { port, _home: home, child };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || fs::read_to_string(pooler._home.path().join("log")).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "no answer: {}", log());
        assert!(pooler.child.try_wait().unwrap().is_none(), "it ended: {}", log());
        // A pooler that starts gives no sign but an answer.
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(pooler)
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
