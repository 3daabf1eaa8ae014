//! A real PostgreSQL on this machine: made in a temporary folder, with TLS and SCRAM, on a loopback
//! address. One server per test binary, a database per test; or one of a test's own, to be killed.
//!
//! Which server: `JETBRIDGE_TEST_POSTGRES` names the folder with `initdb` and `postgres`; without it the
//! one in the path, or the newest that is installed. `.ci/postgres` does it for several versions.

#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Password of its roles: not a real one.
pub const PASSWORD: &str = "not-a-real-password";
/// The role that administers it.
pub const ADMIN: &str = "dba";
/// Longest wait for its first answer.
const PATIENCE: Duration = Duration::from_secs(60);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A server. It ends when it is dropped.
pub struct Postgres {
    home: tempfile::TempDir,
    /// Its port on 127.0.0.1.
    pub port: u16,
    server: Mutex<Option<Child>>,
    /// Where what the one that runs wrote down begins.
    log_begins: AtomicU64,
    user: Option<(u32, u32)>,
    /// Its data lies on a file system of its own.
    mounted: bool,
}

/// Names the folder with the programs of the server to test with.
const FOLDER: &str = "JETBRIDGE_TEST_POSTGRES";

/// The folder with its programs: the one that is named, or else what is installed; `None`: there is
/// none.
fn programs() -> Option<PathBuf> {
    let is_complete = |it: &PathBuf| it.join("initdb").exists() && it.join("postgres").exists();
    if let Some(named) = std::env::var_os(FOLDER) {
        // No other takes its place: tests of one version would run over another.
        return fs::canonicalize(named).ok().filter(is_complete);
    }
    let of_path = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = Vec::new();
    // A link in the path leads to the folder in which the others lie.
    folders.extend(std::env::split_paths(&of_path).filter_map(|it| {
        let found = fs::canonicalize(it.join("initdb")).ok()?;
        found.parent().map(Path::to_owned)
    }));
    for base in ["/usr/lib/postgresql", "/usr"] {
        let mut found: Vec<PathBuf> = fs::read_dir(base)
            .into_iter()
            .flatten()
            .filter_map(|it| Some(it.ok()?.path()))
            .filter(|it| base != "/usr" || it.to_string_lossy().contains("pgsql"))
            .map(|it| it.join("bin"))
            .collect();
        found.sort();
        folders.extend(found.into_iter().rev());
    }
    folders.into_iter().find(is_complete)
}

/// Whom the server runs as: it refuses root.
pub(super) fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = text.lines().find(|it| it.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

/// Why there can be no server here; `None`: there can.
pub fn missing() -> Option<&'static str> {
    if programs().is_none() {
        return Some(match std::env::var_os(FOLDER) {
            Some(_) => "the folder that JETBRIDGE_TEST_POSTGRES names has no initdb",
            None => "no initdb: PostgreSQL is not installed",
        });
    }
    if rustix::process::geteuid().is_root() && unprivileged().is_none() {
        return Some("PostgreSQL refuses root, and there is no user postgres or nobody");
    }
    let there = Command::new("openssl").arg("version").output();
    there.is_err().then_some("openssl is not installed")
}

/// The server that the tests of this binary share, or a line that names what is left out.
pub fn or_skip(test: &str) -> Option<Arc<Postgres>> {
    static SHARED: OnceLock<Mutex<Weak<Postgres>>> = OnceLock::new();
    if let Some(why) = missing() {
        let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
        return None;
    }
    let mut shared = SHARED.get_or_init(Mutex::default).lock().unwrap();
    let server = shared.upgrade().unwrap_or_else(|| Arc::new(Postgres::new()));
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// A server of a test's own.
pub fn own_or_skip(test: &str) -> Option<Postgres> {
    match missing() {
        None => Some(Postgres::new()),
        Some(why) => {
            let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
            None
        }
    }
}

/// The same with a disk of so many megabytes, which can be filled. Only root can make one.
pub fn small_or_skip(test: &str, megabytes: u32) -> Option<Postgres> {
    let home = tempfile::tempdir().unwrap();
    let mount = || {
        let size = format!("size={megabytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(home.path().join("data"));
        fs::create_dir(home.path().join("data")).unwrap();
        mount.stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    };
    let why = missing().or_else(|| (!mount()).then_some("no file system can be mounted here"));
    match why {
        None => Some(Postgres::made(home, true)),
        Some(why) => {
            let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
            None
        }
    }
}

/// Waits until a process is in such a state (of `/proc/PID/stat`), or gone.
fn await_state(process: Pid, reached: impl Fn(char) -> bool) {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    let state = || {
        let text = fs::read_to_string(&path).ok()?;
        text.rsplit_once(") ")?.1.chars().next()
    };
    let begun = Instant::now();
    while state().is_some_and(|it| !reached(it)) {
        assert!(begun.elapsed() < PATIENCE, "process {process:?} does not end");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn succeeds(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

impl Default for Postgres {
    fn default() -> Self {
        Self::new()
    }
}

impl Postgres {
    /// Makes a server and starts it.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("data")).unwrap();
        Self::made(home, false)
    }

    fn made(home: tempfile::TempDir, mounted: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (server, log_begins, user) = (Mutex::default(), AtomicU64::new(0), unprivileged());
        let it = Self { home, port, server, log_begins, user, mounted };
        fs::set_permissions(it.home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(it.path("tls")).unwrap();
        fs::write(it.path("password"), PASSWORD).unwrap();
        fs::set_permissions(it.path("data"), fs::Permissions::from_mode(0o700)).unwrap();
        it.give("data");
        it.give("password");
        let data = it.path("data");
        succeeds(it.program("initdb").args([
            "-D",
            &data.to_string_lossy(),
            "-U",
            ADMIN,
            "--pwfile",
            &it.path("password").to_string_lossy(),
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]));
        it.certificate("ca", "DNS:localhost,IP:127.0.0.1");
        it.settings("");
        it.access("hostssl all all 127.0.0.1/32 scram-sha-256");
        it.start();
        it
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The authority that issued its certificate.
    pub fn authority(&self) -> PathBuf {
        self.path("tls/ca.pem")
    }

    fn give(&self, name: &str) {
        if let Some((user, group)) = self.user {
            chown(self.path(name), Some(user), Some(group)).unwrap();
        }
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(programs().unwrap().join(name));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir(self.home.path());
        command
    }

    /// Writes its settings; `more`: lines of their own.
    pub fn settings(&self, more: &str) {
        let data = self.path("data");
        let text = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nssl = on\n\
             ssl_ca_file = 'ca.pem'\nfsync = off\nsynchronous_commit = off\n\
             full_page_writes = off\nshared_buffers = 16MB\nmax_connections = 60\n{more}\n",
            self.port
        );
        fs::write(data.join("postgresql.conf"), text).unwrap();
    }

    /// Writes who may connect, line by line.
    pub fn access(&self, lines: &str) {
        fs::write(self.path("data/pg_hba.conf"), format!("{lines}\n")).unwrap();
    }

    /// Gives it a certificate of this authority for these names.
    pub fn certificate(&self, authority: &str, names: &str) {
        let tls = self.path("tls");
        let openssl = |line: &str| {
            succeeds(Command::new("openssl").args(line.split(' ')).current_dir(&tls));
        };
        if !tls.join(format!("{authority}.pem")).exists() {
            openssl(&format!(
                "req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=not-real-{authority} -keyout {authority}.key -out {authority}.pem"
            ));
        }
        fs::write(tls.join("names"), format!("subjectAltName={names}\n")).unwrap();
        openssl("req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr");
        openssl(&format!(
            "x509 -req -in server.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 365 -extfile names -out server.pem"
        ));
        for (from, to) in [
            ("server.pem", "server.crt"),
            ("server.key", "server.key"),
            (format!("{authority}.pem").as_str(), "ca.pem"),
        ] {
            let to = format!("data/{to}");
            let _ = fs::remove_file(self.path(&to));
            fs::copy(tls.join(from), self.path(&to)).unwrap();
            fs::set_permissions(self.path(&to), fs::Permissions::from_mode(0o600)).unwrap();
            self.give(&to);
        }
    }

    /// A certificate of its authority for a role, and its key, both PEM.
    pub fn client_certificate(&self, role: &str) -> (PathBuf, PathBuf) {
        let tls = self.path("tls");
        let openssl = |line: &str| {
            succeeds(Command::new("openssl").args(line.split(' ')).current_dir(&tls));
        };
        fs::write(tls.join("version"), "basicConstraints=CA:FALSE\n").unwrap();
        openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={role} -keyout {role}.key -out {role}.csr"
        ));
        openssl(&format!(
            "x509 -req -in {role}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile version -out {role}.pem"
        ));
        let key = tls.join(format!("{role}.key"));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        (tls.join(format!("{role}.pem")), key)
    }

    /// Starts it, again if it runs, and waits for its first answer.
    pub fn start(&self) {
        self.kill();
        self.spawn();
        let begun = Instant::now();
        while !self.is_ready() {
            let mut server = self.server.lock().unwrap();
            let ended = server.as_mut().is_none_or(|it| it.try_wait().unwrap().is_some());
            drop(server);
            if ended {
                // Of the one that was killed a process may still end.
                self.spawn();
            }
            assert!(begun.elapsed() < PATIENCE, "no answer: {}", self.log());
            // A server that starts gives no sign but an answer.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn spawn(&self) {
        let _ = fs::remove_file(self.path("data/postmaster.pid"));
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        self.log_begins.store(log.metadata().unwrap().len(), Ordering::SeqCst);
        let child = self
            .program("postgres")
            .arg("-D")
            .arg(self.path("data"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        *self.server.lock().unwrap() = Some(child.unwrap());
    }

    /// Whether it takes connections: it answers the request for TLS before that, but signs nobody in.
    fn is_ready(&self) -> bool {
        let mut log = String::new();
        let mut file = fs::File::open(self.path("log")).unwrap();
        file.seek(SeekFrom::Start(self.log_begins.load(Ordering::SeqCst))).unwrap();
        file.read_to_string(&mut log).unwrap();
        log.contains("ready to accept") && TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Kills it, the server and all that serve connections at once: no process of it ends in order.
    pub fn kill(&self) {
        let Some(mut server) = self.server.lock().unwrap().take() else { return };
        let own = Pid::from_child(&server);
        // Stopped, it starts no more of them.
        let _ = kill_process(own, Signal::STOP);
        await_state(own, |it| !"RSD".contains(it));
        let own_children = format!("/proc/{0}/task/{0}/children", server.id());
        let children: Vec<Pid> = fs::read_to_string(own_children)
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|it| Pid::from_raw(it.parse().ok()?))
            .collect();
        for it in children.iter().chain([&own]) {
            let _ = kill_process(*it, Signal::KILL);
        }
        let _ = server.wait();
        // One that still ends would write beside the next server, which does not look for it.
        children.iter().for_each(|it| await_state(*it, |it| "ZX".contains(it)));
    }

    /// Puts what it has on the disk aside, or takes it back in its place; it does not run then.
    pub fn swap(&self, from: &str, to: &str) {
        self.kill();
        let _ = fs::remove_dir_all(self.path(to));
        succeeds(Command::new("cp").arg("-a").arg(self.path(from)).arg(self.path(to)));
    }

    /// A new database that `anna` owns, empty.
    pub fn database(&self) -> String {
        let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        self.role("anna");
        self.admin("postgres", &format!("CREATE DATABASE {name} OWNER anna"));
        name
    }

    /// A role that signs in with the password, unless it is there.
    pub fn role(&self, name: &str) {
        static ONE: Mutex<()> = Mutex::new(());
        let _one = ONE.lock().unwrap();
        self.admin(
            "postgres",
            &format!(
                "DO $$ BEGIN IF to_regrole('{name}') IS NULL THEN
                 CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; END IF; END $$"
            ),
        );
    }

    /// Runs a statement as the administrator.
    pub fn admin(&self, database: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        self.run(ADMIN, database, sql).unwrap()
    }

    /// Runs statements as a role, and gives the rows as text.
    ///
    /// # Errors
    /// The code of what the server refused.
    pub fn run(
        &self,
        role: &str,
        database: &str,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>, String> {
        let address = format!("postgres://{role}@localhost:{}/{database}", self.port);
        let options = self.options(&address);
        let work = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().build().unwrap();
            runtime.block_on(crate::backend::store::postgres::simple(&options, sql))
        };
        // A thread of its own: whoever calls may be inside a runtime.
        std::thread::scope(|it| it.spawn(work).join().unwrap())
    }

    /// How to sign in to an address of it.
    pub fn options(&self, address: &str) -> crate::backend::store::TeamOptions {
        let key = format!("keys-{}/vault.key", NEXT.fetch_add(1, Ordering::Relaxed));
        sign_in(address, self.authority(), self.path(&key))
    }

    /// How a role uses a database of it.
    pub fn team(&self, role: &str, database: &str) -> crate::backend::store::TeamOptions {
        self.options(&format!("postgres://{role}@localhost:{}/{database}", self.port))
    }
}

/// How to sign in to an address with the password.
pub fn sign_in(
    address: &str,
    authority: PathBuf,
    key_path: PathBuf,
) -> crate::backend::store::TeamOptions {
    crate::backend::store::TeamOptions {
        address: crate::domain::server::ServerAddress::parse(address).unwrap(),
        authorities: vec![authority],
        login: crate::backend::store::postgres::Login::Password(Arc::new(|| {
            Box::pin(async { Ok(crate::domain::Secret::new(PASSWORD)) })
        })),
        unlock: crate::backend::store::Unlock {
            cost: crate::backend::store::Cost::LEAST,
            ..Default::default()
        },
        key_path,
        forget: None,
        copy: None,
        clock: None,
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(self.path("data")).status();
        }
    }
}
