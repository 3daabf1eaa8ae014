//! A tenant on this machine: token endpoint and Microsoft Graph by their documented contract, for
//! the binary to sign in to. One thread per connection, until the test ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jetbridge::permissions::{Job, Kind, Method, Scenario, catalogue, manifest::manifest};
use serde_json::{Value, json};

pub const CLIENT: &str = "22222222-2222-2222-2222-222222222222";
pub const PRINCIPAL: &str = "33333333-3333-3333-3333-333333333333";
pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";

/// What the tenant does with one request.
#[derive(Clone)]
pub enum Reply {
    /// Status, further header lines (`Name: value\r\n`), body.
    Text(u16, String, String),
    /// Nothing: the connection stays open until the client leaves.
    Silence,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Text(status, "Content-Type: application/json\r\n".to_owned(), body.to_string())
    }
}

/// One request: `GET /path?query` and the body.
#[derive(Debug, Clone)]
pub struct Seen {
    pub line: String,
    pub body: String,
}

type Special = dyn Fn(&Seen) -> Option<Reply> + Send + Sync;

pub struct Tenant {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// A request has come in whole.
    pub came: Receiver<()>,
    /// The client left a request that was not answered.
    pub left: Receiver<()>,
}

impl Tenant {
    /// A tenant where everything may be read and everything needed was consented to, except for
    /// what `special` answers its own way.
    pub fn new(special: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let special: Arc<Special> = Arc::new(special);
        let (show_came, came) = channel();
        let (show_left, left) = channel();
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (special, log) = (Arc::clone(&special), Arc::clone(&log));
                let (came, left) = (show_came.clone(), show_left.clone());
                std::thread::spawn(move || serve(stream, &*special, &log, &came, &left));
            }
        });
        Self { url, seen, came, left }
    }

    pub fn generous() -> Self {
        Self::new(|_| None)
    }

    /// One answer for every path that contains a word.
    pub fn with(word: &'static str, reply: Reply) -> Self {
        Self::new(move |seen| seen.line.contains(word).then(|| reply.clone()))
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A refused sign-in as the token endpoint writes it.
pub fn refusal(number: u32, headers: &str) -> Reply {
    let body = json!({ "error": "invalid_client", "error_codes": [number],
        "error_description": format!("AADSTS{number}: no. Trace ID: x"), "correlation_id": "corr-1" });
    Reply::Text(400, format!("Content-Type: application/json\r\n{headers}"), body.to_string())
}

/// An unsigned token with these claims.
pub fn jwt(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "none" })), part(claims))
}

fn scenario() -> Scenario {
    Scenario::new(Method::CustomApp, Job::Both)
}

/// Values of one API that the plain scenario needs.
pub fn needed(app_id: &str) -> Vec<&'static str> {
    let of = |it: &&jetbridge::permissions::catalogue::Permission| {
        it.resource.app_id.to_string() == app_id && it.needed(&scenario())
    };
    catalogue().permissions.iter().filter(of).map(|it| it.value.as_str()).collect()
}

fn serve(
    mut stream: TcpStream,
    special: &Special,
    log: &Mutex<Vec<Seen>>,
    came: &Sender<()>,
    left: &Sender<()>,
) {
    while let Some(request) = read(&mut stream) {
        let reply = special(&request).unwrap_or_else(|| generous(&request));
        log.lock().unwrap().push(request);
        // A test that does not wait has let go of the other end.
        let _ = came.send(());
        match reply {
            Reply::Text(status, headers, body) => {
                let length = body.len();
                let whole = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
                );
                if stream.write_all(whole.as_bytes()).is_err() {
                    return;
                }
            }
            Reply::Silence => {
                let _ = stream.read(&mut [0]);
                let _ = left.send(());
                return;
            }
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut more = |bytes: &mut Vec<u8>| {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).ok().filter(|it| *it > 0)?;
        bytes.extend_from_slice(&part[..read]);
        Some(())
    };
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break at;
        }
        more(&mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    };
    let length = head.lines().find_map(header).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        more(&mut bytes)?;
    }
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    Some(Seen { line, body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned() })
}

/// The object id of an API's service principal: any that can be distinguished.
fn object_of(app_id: uuid::Uuid) -> uuid::Uuid {
    uuid::Uuid::from_u128(app_id.as_u128() ^ 0xffff)
}

fn generous(seen: &Seen) -> Reply {
    let path = seen.line.split(' ').nth(1).unwrap();
    if path.ends_with("/oauth2/v2.0/token") {
        let (_, rest) = seen.body.split_once("scope=").unwrap();
        let api = &rest[..36];
        let claims = json!({ "aud": api, "roles": needed(api), "exp": 2_000_000_000,
            "tid": TENANT, "appid": CLIENT, "oid": PRINCIPAL });
        return Reply::json(
            200,
            &json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": jwt(&claims) }),
        );
    }
    let path = path.strip_prefix("/v1.0/").unwrap_or_else(|| panic!("{path}"));
    let body = match path.split(['?', '(']).next().unwrap() {
        "applications" => json!({ "appId": CLIENT, "displayName": "Fly custom",
            "requiredResourceAccess": manifest(&scenario()).manifest }),
        "servicePrincipals" if path.contains(CLIENT) => {
            json!({ "id": PRINCIPAL, "appId": CLIENT, "accountEnabled": true })
        }
        "servicePrincipals" => api_object(path),
        // Exchange Administrator.
        "roleManagement/directory/roleAssignments" => json!({ "value": [
            { "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de", "directoryScopeId": "/" } ] }),
        it if it.ends_with("/appRoleAssignments") => {
            let all = catalogue().permissions.iter().filter(|it| it.needed(&scenario()));
            let row = |app_id, id| json!({ "appRoleId": id, "resourceId": object_of(app_id) });
            json!({ "value": all.map(|it| row(it.resource.app_id, it.id)).collect::<Vec<_>>() })
        }
        _ => json!({ "value": [] }),
    };
    Reply::json(200, &body)
}

fn api_object(path: &str) -> Value {
    let at = path.find("appId='").unwrap() + 7;
    let app_id = uuid::Uuid::parse_str(&path[at..at + 36]).unwrap();
    let roles: Vec<Value> = catalogue()
        .permissions
        .iter()
        .filter(|it| it.resource.app_id == app_id && it.kind == Kind::Role)
        .map(|it| json!({ "id": it.id, "value": it.value }))
        .collect();
    json!({ "id": object_of(app_id), "appId": app_id, "appRoles": roles })
}
