//! What is in the way is named by whoever calls: `list`, `context test`, `doctor` and the live check
//! say the same of the same fault, and no password of a proxy. SPEC E1, E3.

use serde_json::json;

use crate::home::{Home, Ran, run};
use crate::played::{CA, Door, Proxy, Site, nobody, site};
use crate::tenant::{CLIENT, TENANT};

const SECRET: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";
/// `me:right`
const LETTERS: &str = "bWU6cmlnaHQ=";

/// A home with a Fly context that trusts the played sites.
fn home() -> Home {
    let home = Home::new();
    let bundle = home.write("ca.pem", CA);
    home.config(&format!(
        "[network]\nca_bundle = '{}'\n[contexts.f]\nkind = 'fly'\n\
         url = 'https://fly.contoso.example/fly'\n\
         identity_url = 'https://id.contoso.example/connect/token'\n\
         client_id = '{CLIENT}'\ncredential = {{ secret = 'stdin' }}\n",
        bundle.display()
    ));
    // These are no hosts of AvePoint.
    for host in ["fly.contoso.example", "id.contoso.example"] {
        home.run(&["context", "trust", host]).succeeds();
    }
    home
}

fn ran(home: &Home, proxy: &str, args: &[&str]) -> Ran {
    let mut command = home.command(args);
    command.env("HTTPS_PROXY", proxy);
    let ran = run(&mut command, SECRET.as_bytes());
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary") && !text.contains("eyJ"), "E3: {ran:#?}");
    }
    ran
}

const LIST: &[&str] = &["--context", "f", "list"];
const TEST: &[&str] = &["context", "test", "f"];
const DOCTOR: &[&str] = &["doctor", "--network"];
const CHECK: &[&str] = &[
    "permissions",
    "check",
    "--live",
    "--tenant",
    TENANT,
    "--client-id",
    CLIENT,
    "--secret-stdin",
];

#[test]
fn everybody_names_the_same_layer() {
    let home = home();
    let open = |it| Proxy::new(Door::Open(site(it))).url();
    let well = || Site::Answers(Box::new(|_| (200, "{}".to_owned())));
    let locked = Proxy::new(Door::Locked(LETTERS, site(well()))).address;
    let shut = |it| Proxy::new(it).url();
    // Each with the step at which `context test` ends, and what all four say.
    let faults = [
        (
            r"http://CORP\me:canary-pw@proxy:8080".to_owned(),
            "route",
            "HTTPS_PROXY: this is not the address of a proxy",
        ),
        ("DIRECT".to_owned(), "route", "HTTPS_PROXY: this is not the address of a proxy"),
        ("http://me:canary@pw@proxy:8080".to_owned(), "route", "percent-encoded"),
        ("socks5://proxy:1080".to_owned(), "route", "SOCKS proxies are not supported"),
        (
            "http://noproxy.invalid:8080".to_owned(),
            "host names",
            "noproxy.invalid:8080: the host name of the proxy is unknown",
        ),
        (format!("http://{}", nobody()), "connection", "the proxy cannot be reached"),
        (format!("http://{locked}"), "proxy", "it asks for a user name and password (407)"),
        (
            format!("http://me:canary-pw@{locked}"),
            "proxy",
            "does not accept this user name and password",
        ),
        (shut(Door::Says(403)), "proxy", "the proxy did not connect to the host"),
        (shut(Door::Says(502)), "proxy", "the proxy did not connect to the host"),
        (shut(Door::Shut), "proxy", "the proxy did not connect to the host"),
        (open(Site::Cut), "certificate", "the connection was cut while TLS was set up"),
        (open(Site::Expired), "certificate", "the certificate has expired"),
        (open(Site::Plain), "certificate", "does not speak TLS"),
    ];
    for (proxy, step, phrase) in &faults {
        for args in [LIST, TEST, DOCTOR, CHECK] {
            let ran = ran(&home, proxy, args);
            let text = format!("{}{}", ran.out, ran.err);
            assert_ne!(ran.code, 0, "{proxy}: {ran:#?}");
            assert_ne!(ran.code, 4, "no sign-in is to blame: {proxy}: {ran:#?}");
            assert!(text.contains(phrase), "{proxy}: {phrase:?} is not in {ran:#?}");
            if args == TEST {
                assert!(ran.err.contains(&format!("error: f: {step}: ")), "{proxy}: {ran:#?}");
            }
            // What is wrong with a setting shows without a call.
            if args == DOCTOR && *step == "route" {
                let ran = self::ran(&home, proxy, &["doctor"]);
                assert!(ran.code == 3 && ran.out.contains(phrase), "{proxy}: {ran:#?}");
            }
        }
    }
}

/// Behind a good proxy it is the service that is named.
#[test]
fn a_service_behind_a_proxy_has_its_own_faults() {
    let home = home();
    let played = |token: (u16, serde_json::Value), list: (u16, serde_json::Value)| {
        let answer = move |line: &str| {
            let (status, body) = if line.starts_with("POST ") { &token } else { &list };
            (*status, body.to_string())
        };
        Proxy::new(Door::Locked(LETTERS, site(Site::Answers(Box::new(answer)))))
    };
    let token = || (200, json!({ "access_token": "fake", "expires_in": 3600 }));
    let page = || (200, json!({ "data": { "data": [], "totalCount": 0 } }));
    let refused = || (400, json!({ "error": "invalid_client" }));
    let at = |it: &Proxy| format!("http://me:right@{}", it.address);

    let good = played(token(), page());
    ran(&home, &at(&good), LIST).succeeds();
    let test = ran(&home, &at(&good), TEST).succeeds();
    assert!(test.out.contains(&format!("through the proxy {}", good.address)), "{test:#?}");
    assert!(test.out.contains("it connects to both hosts"), "{test:#?}");
    let doctor = ran(&home, &at(&good), DOCTOR);
    assert!(doctor.out.contains("f, reached: it answers"), "{doctor:#?}");
    assert!(doctor.out.contains(&format!("HTTPS_PROXY: {}", good.address)), "{doctor:#?}");

    let locked = played(refused(), page());
    for args in [LIST, TEST] {
        let ran = ran(&home, &at(&locked), args);
        assert!(ran.code == 4 && ran.err.contains("sign-in refused"), "{ran:#?}");
    }
    let broken = played(token(), (404, json!({})));
    for args in [LIST, TEST] {
        let ran = ran(&home, &at(&broken), args);
        assert!(
            ran.code == 1 && ran.err.contains("fly.contoso.example: not found (404)"),
            "{ran:#?}"
        );
    }
}

/// Hosts that NO_PROXY names are reached without the proxy, in the diagnosis too.
#[test]
fn no_proxy_is_honoured_by_everybody() {
    let home = home();
    let dead = format!("http://{}", nobody());
    for args in [LIST, TEST, DOCTOR] {
        let mut command = home.command(args);
        command.env("HTTPS_PROXY", &dead).env("NO_PROXY", "contoso.example");
        let ran = run(&mut command, SECRET.as_bytes());
        let text = format!("{}{}", ran.out, ran.err);
        assert!(text.contains(".contoso.example: the host name is unknown"), "{ran:#?}");
    }
}
