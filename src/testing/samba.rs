//! A real domain controller on this machine: Samba, provisioned into a temporary folder, on a loopback
//! address of its own. preflight.md §5.

#![expect(clippy::unwrap_used, reason = "a broken test should stop where it broke")]

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Password of its administrator: not a real one.
pub const ADMIN: &str = "Adm1n-not-a-real-one!";
/// Its domain.
pub const DOMAIN: &str = "corp.example.test";
/// Where its directory begins.
pub const BASE: &str = "DC=corp,DC=example,DC=test";
/// Longest wait for its first answer.
const PATIENCE: Duration = Duration::from_secs(120);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A domain controller. It ends when it is dropped.
pub struct Samba {
    home: tempfile::TempDir,
    /// Its address.
    pub address: Ipv4Addr,
    server: Option<Child>,
}

/// Why there can be no controller here; `None`: there can.
pub fn missing() -> Option<&'static str> {
    let there = |name: &str| {
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
        found.is_ok_and(|it| it.status.success())
    };
    if !rustix::process::geteuid().is_root() {
        return Some("Samba needs root for its ports");
    }
    ["samba", "samba-tool", "ldapmodify", "faketime", "openssl"]
        .iter()
        .any(|it| !there(it))
        .then_some("samba, ldap-utils, faketime or openssl is not installed")
}

/// Why a controller cannot be provisioned and started here, tried once: a container may forbid its
/// ports or the attributes of its files, which says nothing about the product.
fn unusable() -> &'static Option<String> {
    static TRIED: OnceLock<Option<String>> = OnceLock::new();
    TRIED.get_or_init(|| {
        let tried = std::panic::catch_unwind(|| Samba::new().start());
        tried.err().map(|why| match why.downcast_ref::<String>() {
            Some(text) => format!("Samba does not start here: {text}"),
            None => "Samba does not start here".to_owned(),
        })
    })
}

/// A controller, or a line that names what is left out without one.
pub fn or_skip(test: &str) -> Option<Samba> {
    match missing().map(str::to_owned).or_else(|| unusable().clone()) {
        None => Some(Samba::new()),
        Some(why) => {
            let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
            None
        }
    }
}

fn succeeds(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

impl Default for Samba {
    fn default() -> Self {
        Self::new()
    }
}

impl Samba {
    /// Provisions a domain; [`Self::start`] starts it. Several at once have addresses of their own.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let next = u8::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap();
        let address = Ipv4Addr::new(127, 20 + next, high, low.clamp(1, 254));
        let it = Self { home, address, server: None };
        for folder in ["etc", "log", "run", "cache", "tls"] {
            fs::create_dir(it.path(folder)).unwrap();
        }
        let interfaces = format!("--option=interfaces={address}/8");
        succeeds(Command::new("samba-tool").args([
            "domain",
            "provision",
            "--realm=CORP.EXAMPLE.TEST",
            "--domain=CORP",
            &format!("--adminpass={ADMIN}"),
            "--server-role=dc",
            "--dns-backend=SAMBA_INTERNAL",
            "--use-rfc2307",
            "--host-name=dc1",
            &format!("--host-ip={address}"),
            &format!("--targetdir={}", it.path("").display()),
            &interfaces,
            "--option=bind interfaces only=yes",
            "--option=dns forwarder=",
        ]));
        it.settings("");
        it.certificate("ca", &format!("dc1.{DOMAIN}"));
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

    fn conf(&self) -> PathBuf {
        self.path("etc/smb.conf")
    }

    /// Writes its settings; `more`: lines of their own.
    pub fn settings(&self, more: &str) {
        let (home, address) = (self.home.path().display(), self.address);
        let text = format!(
            "[global]\nrealm = CORP.EXAMPLE.TEST\nworkgroup = CORP\nnetbios name = DC1\n\
             server role = active directory domain controller\n\
             server services = ldap, kdc, dns, rpc, cldap\n\
             interfaces = {address}/8\nbind interfaces only = yes\n\
             private dir = {home}/private\nstate directory = {home}/state\n\
             cache directory = {home}/cache\nlock directory = {home}\npid directory = {home}/run\n\
             ncalrpc dir = {home}/ncalrpc\nntp signd socket directory = {home}/ntp\n\
             winbindd socket directory = {home}/wb\nbinddns dir = {home}/bind-dns\n\
             log file = {home}/log/%m\ntls certfile = {home}/tls/server.pem\n\
             tls keyfile = {home}/tls/server.key\ntls cafile = {home}/tls/ca.pem\n{more}\n"
        );
        fs::write(self.conf(), text).unwrap();
    }

    /// Gives it a certificate of this authority for this host.
    pub fn certificate(&self, authority: &str, host: &str) {
        let tls = self.path("tls");
        let openssl = |line: &str| {
            succeeds(Command::new("openssl").args(line.split(' ')).current_dir(&tls));
        };
        if !tls.join(format!("{authority}.pem")).exists() {
            openssl(&format!(
                "req -x509 -newkey rsa:2048 -nodes -days 730 -subj /CN=not-real-{authority} -keyout {authority}.key -out {authority}.pem"
            ));
        }
        fs::write(tls.join("names"), format!("subjectAltName=DNS:{host}\n")).unwrap();
        openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={host} -keyout server.key -out server.csr"
        ));
        openssl(&format!(
            "x509 -req -in server.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 365 -extfile names -out server.pem"
        ));
        // It refuses a key that others can read.
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(tls.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs `samba-tool` on its database.
    pub fn tool(&self, args: &[&str]) -> String {
        self.tool_at(None, args)
    }

    /// As [`Self::tool`], with another day on the calendar.
    pub fn tool_at(&self, day: Option<&str>, args: &[&str]) -> String {
        let mut command = match day {
            None => Command::new("samba-tool"),
            Some(day) => {
                let mut command = Command::new("faketime");
                command.args([day, "samba-tool"]);
                command
            }
        };
        succeeds(command.args(args).arg("-s").arg(self.conf()))
    }

    /// Adds an account.
    pub fn user(&self, name: &str, password: &str, more: &[&str]) {
        self.tool(&[&["user", "create", name, password], more].concat());
    }

    /// An attribute of an account, as it stands in the database.
    pub fn attribute(&self, user: &str, attribute: &str) -> Option<String> {
        let out = self.tool(&["user", "show", user, &format!("--attributes={attribute}")]);
        let value = |line: &str| Some(line.strip_prefix(&format!("{attribute}: "))?.to_owned());
        out.lines().find_map(value)
    }

    /// Changes the directory, as its administrator.
    pub fn modify(&self, ldif: &str) {
        let file = self.path("change.ldif");
        fs::write(&file, ldif).unwrap();
        succeeds(
            Command::new("ldapmodify")
                .env("LDAPTLS_REQCERT", "never")
                .args(["-x", "-H", &format!("ldaps://{}", self.address), "-D"])
                .args([&format!("administrator@{DOMAIN}"), "-w", ADMIN, "-f"])
                .arg(file),
        );
    }

    /// Its DNS server.
    pub fn dns(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.address), 53)
    }

    /// Starts it, again if it runs, and waits for its first answer.
    pub fn start(&mut self) {
        self.stop();
        let log = fs::File::create(self.path("log/out")).unwrap();
        let server = Command::new("samba")
            .arg("-s")
            .arg(self.conf())
            .args(["-F", "--no-process-group", "--debug-stdout", "-M", "single"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.server = Some(server.unwrap());
        let ports = [53, 389];
        let begun = Instant::now();
        for port in ports {
            let at = SocketAddr::new(IpAddr::V4(self.address), port);
            while TcpStream::connect(at).is_err() {
                assert!(begun.elapsed() < PATIENCE, "no answer: {}", self.log());
                // A server that starts gives no sign but an open port.
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log/out")).unwrap_or_default()
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.stop();
    }
}
