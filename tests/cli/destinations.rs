//! A context's secret goes to the hosts that it was entered for, as every way to change them finds
//! out. Issue 13, point 1.

use std::fs;
use std::io::Read;
use std::net::TcpListener;

use crate::home::Home;

const ID: &str = "11111111-2222-4333-8444-555555555555";
const SECRET: &str = "canary-client-secret-not-real";

/// A context with a sealed secret for AvePoint's own hosts.
fn sealed() -> Home {
    let home = Home::new();
    let add = ["context", "add", "prod", "--kind", "fly", "--data-centre", "us", "--client-id", ID];
    let add: Vec<&str> = add.into_iter().chain(["--secret-stdin"]).collect();
    home.run_with(&add, SECRET).succeeds();
    home
}

/// A server that keeps what it is sent.
struct Evil {
    listener: TcpListener,
}

impl Evil {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { listener }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}/", self.listener.local_addr().unwrap().port())
    }

    /// Whether anybody came.
    fn was_called(&self) -> bool {
        match self.listener.accept() {
            Ok((mut stream, _)) => {
                let mut bytes = [0; 64];
                let _ = stream.read(&mut bytes);
                true
            }
            Err(_) => false,
        }
    }
}

/// A configuration that somebody hands over, with the name of a context that has a secret here.
#[test]
fn a_foreign_configuration_gets_no_secret() {
    let home = sealed();
    let evil = Evil::new();
    for (addresses, what) in [
        (format!("url = \"{0}\"\nidentity_url = \"{0}token\"\n", evil.url()), "both"),
        (format!("data_centre = \"us\"\nidentity_url = \"{}token\"\n", evil.url()), "the sign-in"),
        (format!("url = \"{}\"\n", evil.url()), "the service"),
    ] {
        home.write(
            "handed.toml",
            format!(
                "[contexts.prod]\nkind = \"fly\"\n{addresses}client_id = \"{ID}\"\n\
                 credential = {{ secret = \"stored\" }}\n"
            ),
        );
        let given = ["--config", "handed.toml", "--context", "prod", "--read-only", "--no-input"];
        let list: Vec<&str> = given.into_iter().chain(["list"]).collect();
        let ran = home.run(&list);
        assert_eq!(ran.code, 4, "{what}: {ran:?}");
        assert!(ran.said().contains("context trust 127.0.0.1:"), "{what}: {ran:?}");
        assert!(!evil.was_called(), "{what}");
    }
    // Hosts of AvePoint, but others than the secret was entered for; another client; other
    // authorities: a file of certificates is no way to read along.
    let pem =
        home.write("ca.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    let other = ID.replace('1', "9");
    for (config, what) in [
        (
            format!(
                "[contexts.prod]\nkind = \"fly\"\ndata_centre = \"ne\"\nclient_id = \"{ID}\"\n"
            ),
            "host",
        ),
        (
            format!(
                "[contexts.prod]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \"{other}\"\n"
            ),
            "client",
        ),
        (
            format!(
                "[network]\nca_bundle = \"{}\"\n[contexts.prod]\nkind = \"fly\"\ndata_centre = \"us\"\n\
                 client_id = \"{ID}\"\n",
                pem.display()
            ),
            "authorities",
        ),
    ] {
        home.write("handed.toml", format!("{config}credential = {{ secret = \"stored\" }}\n"));
        let ran = home.run(&["--config", "handed.toml", "vault", "status", "--check"]);
        assert_eq!(ran.code, 3, "{what}: {ran:?}");
        assert!(ran.out.contains("entered for another destination"), "{what}: {ran:?}");
    }
    let good = home.run(&["vault", "status", "--check"]).succeeds();
    assert!(good.out.contains("everything can be opened"), "{good:?}");
}

#[test]
fn an_edit_that_sends_the_secret_elsewhere_asks_for_it_again() {
    let home = sealed();
    let config = || fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap();
    let before = config();
    for change in [
        ["--identity-url", "https://login.example/token"],
        ["--url", "https://fly.example/"],
        ["--data-centre", "ne"],
        ["--client-id", "99999999-2222-4333-8444-555555555555"],
    ] {
        let edit: Vec<&str> = ["context", "edit", "prod"].into_iter().chain(change).collect();
        home.run(&edit).fails(2, &["entered for another destination", "--secret-stdin"]);
        assert_eq!(config(), before, "{change:?}");
    }
    // Looks are no destination, and a secret that is entered again goes along.
    home.run(&["context", "edit", "prod", "--label", "PROD"]).succeeds();
    let edit = ["context", "edit", "prod", "--data-centre", "ne", "--secret-stdin"];
    home.run_with(&edit, SECRET).succeeds();
    home.run(&["vault", "status", "--check"]).succeeds();
}

#[test]
fn hosts_are_trusted_by_name_and_outside_the_configuration() {
    let home = Home::new();
    assert_eq!(home.run(&["context", "trust"]).succeeds().out, "");
    home.run(&["context", "trust", "Fly.Example"]).succeeds();
    home.run(&["context", "trust", "login.example:8443"]).succeeds();
    let list = home.run(&["context", "trust"]).succeeds().out;
    assert_eq!(list, "fly.example\nlogin.example:8443\n");
    for bad in ["https://fly.example", "a b", "fly.example/x", "user@fly.example", ""] {
        home.run(&["context", "trust", bad]).fails(2, &["not the name of a host"]);
    }
    home.run(&["context", "trust", "fly.example", "--remove"]).succeeds();
    home.run(&["context", "trust", "fly.example", "--remove"]).fails(1, &["is not trusted"]);
    let json = home.run(&["context", "trust", "--json"]).succeeds().json();
    assert_eq!(json["hosts"][0], "login.example:8443");
    assert!(!home.path(".config/jetbridge/config.toml").exists());
    home.run(&["--read-only", "context", "trust", "x.example"]).fails(1, &["--read-only"]);
}

/// A changed destination of a connection, by every way of the command line.
#[test]
fn a_changed_domain_asks_for_the_password_again() {
    let home = Home::new();
    let record = |domain: &str, password: &str| {
        format!(
            "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"destination\"\n\
             destination = \"active-directory\"\nrejoin = \"online\"\ndomain = \"{domain}\"\n\
             domain_user = \"CORP\\\\joiner\"\ndomain_password = {password}\n"
        )
    };
    home.write_secret("pass.txt", "canary-domain-password-not-real");
    let file = "{ file = \"pass.txt\" }";
    home.write("hq.toml", record("corp.example", file));
    home.run(&["apply", "-f", "hq.toml", "--yes"]).succeeds();
    let why = "entered for another destination";
    let domain = || {
        let json = home.run(&["show", "hq", "--json"]).succeeds().json();
        json.to_string().contains("corp.example")
    };
    home.run(&["edit", "hq", "--set", "domain=evil.example"]).fails(1, &[why]);
    home.write("hq.toml", record("evil.example", "{ keep = true }"));
    for verb in [&["plan", "-f", "hq.toml"][..], &["apply", "-f", "hq.toml", "--yes"]] {
        let ran = home.run(verb);
        assert!(ran.code != 0 && ran.said().contains(why), "{verb:?}: {ran:?}");
    }
    home.run(&["clone", "hq", "copy", "--set", "domain=evil.example"]).fails(1, &[why]);
    assert!(domain());
    // Given again it goes along, though it is the same text.
    home.write("hq.toml", record("other.example", file));
    home.run(&["apply", "-f", "hq.toml", "--yes"]).succeeds();
    assert!(!domain());
    home.run(&["vault", "status", "--check"]).succeeds();
}
