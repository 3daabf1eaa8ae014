//! Sign-in of a person by device code: the code is shown, the person enters it in a browser anywhere.
//! No refresh token is asked for and none is kept. graph.md §3.

use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};
use uuid::Uuid;

use super::signin::explained;
use super::{Endpoints, GraphError, SignInError};
use crate::backend::http::{Http, HttpError, HttpErrorKind, Request};
use crate::domain::Secret;
use crate::permissions::catalogue::catalogue;

/// Seconds between two questions where the service names none.
const INTERVAL: u64 = 5;
/// Longest that a code is waited for, in seconds, whatever the service says.
const LONGEST: u64 = 1_800;

/// Who signs in where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLogin {
    /// Tenant id or domain.
    pub tenant: String,
    /// Application (client) id.
    pub client_id: Uuid,
}

/// What the person needs, and what is asked with afterwards.
#[derive(Clone)]
pub struct DeviceCode {
    /// Where the code is entered.
    pub url: Url,
    /// The code.
    pub code: String,
    /// Seconds until it ends.
    pub lasts: u64,
    interval: u64,
    secret: Secret,
}

#[derive(Deserialize)]
struct CodeAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
}

/// What is asked for: what the app was given for Microsoft Graph, and nothing that lasts.
pub fn scope() -> String {
    let graph = catalogue().resources.first().map(|it| it.app_id).unwrap_or_default();
    format!("{graph}/.default")
}

impl DeviceLogin {
    fn address(&self, endpoints: &Endpoints, end: &str) -> Result<Url, GraphError> {
        let path = format!("{}/oauth2/v2.0/{end}", self.tenant);
        endpoints.login.join(&path).map_err(|_| GraphError::Tenant)
    }

    /// Asks for a code.
    ///
    /// # Errors
    /// [`GraphError`], also for an address that is neither the cloud's nor Microsoft's.
    pub async fn begin(
        &self,
        http: &Http,
        endpoints: &Endpoints,
    ) -> Result<DeviceCode, GraphError> {
        let fields = vec![
            ("client_id", Secret::new(self.client_id.to_string())),
            ("scope", Secret::new(scope())),
        ];
        let request = Request::form(self.address(endpoints, "devicecode")?, fields);
        let answer = http.send(&request, &CancellationToken::new()).await;
        let answer: CodeAnswer = answer.map_err(|it| explained(it, false))?.json()?;
        let url = Url::parse(&answer.verification_uri).ok();
        let url = url.filter(|it| is_of(it, &endpoints.login)).ok_or_else(|| {
            let host = endpoints.login.host_str().unwrap_or_default();
            HttpError::new(HttpErrorKind::ForeignLink, host)
        })?;
        Ok(DeviceCode {
            url,
            code: answer.user_code,
            lasts: answer.expires_in.unwrap_or(900).min(LONGEST),
            interval: answer.interval.unwrap_or(INTERVAL).clamp(1, 60),
            secret: Secret::new(answer.device_code),
        })
    }

    /// Waits until the person has entered the code; gives the token.
    ///
    /// # Errors
    /// [`GraphError`]: declined, expired, or whatever else the service answers.
    pub async fn finish(
        &self,
        http: &Http,
        endpoints: &Endpoints,
        code: &DeviceCode,
    ) -> Result<Secret, GraphError> {
        let url = self.address(endpoints, "token")?;
        let (mut interval, mut waited) = (code.interval, 0);
        loop {
            http.wait(Duration::from_secs(interval)).await;
            waited += interval;
            let fields = vec![
                ("grant_type", Secret::new("urn:ietf:params:oauth:grant-type:device_code")),
                ("client_id", Secret::new(self.client_id.to_string())),
                ("device_code", code.secret.clone()),
            ];
            let request = Request::form(url.clone(), fields);
            match http.send(&request, &CancellationToken::new()).await {
                Ok(answer) => {
                    let token: TokenAnswer = answer.json()?;
                    let token = token.access_token.filter(|it| !it.is_empty());
                    let host = url.host_str().unwrap_or_default();
                    return token
                        .map(Secret::new)
                        .ok_or_else(|| HttpError::new(HttpErrorKind::NotJson, host).into());
                }
                Err(error) => match error.code.as_deref() {
                    Some("expired_token") => return Err(ended(EXPIRED, &error)),
                    Some("authorization_declined") => return Err(ended(DECLINED, &error)),
                    Some("authorization_pending" | "slow_down") if waited >= code.lasts => {
                        return Err(ended(EXPIRED, &error));
                    }
                    Some("authorization_pending") => {}
                    Some("slow_down") => interval += INTERVAL,
                    _ => return Err(explained(error, false)),
                },
            }
        }
    }
}

/// What happened, and what to do.
const EXPIRED: (&str, &str) =
    ("the code expired before it was entered", "Run it again, and enter the code in time.");
const DECLINED: (&str, &str) =
    ("the person declined", "Run it again, and accept on the page that shows tenant and app.");

fn ended((what, hint): (&str, &str), error: &HttpError) -> GraphError {
    GraphError::SignIn(SignInError {
        code: None,
        what: what.to_owned(),
        hint: hint.to_owned(),
        request_id: error.request_id.clone(),
        one_api: false,
    })
}

/// Whether an address is one where the cloud lets people enter codes: its sign-in host, or
/// Microsoft's own site.
fn is_of(url: &Url, login: &Url) -> bool {
    if url.origin() == login.origin() {
        return true;
    }
    let microsoft = match url.host() {
        Some(Host::Domain(host)) => host == "microsoft.com" || host.ends_with(".microsoft.com"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    url.scheme() == "https" && microsoft && url.username().is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::backend::http::HttpOptions;
    use crate::testing::server::{Reply, Server};

    fn login() -> DeviceLogin {
        DeviceLogin { tenant: "contoso.example".into(), client_id: Uuid::from_u128(7) }
    }

    fn code(url: &str) -> Reply {
        Reply::json(
            200,
            json!({ "device_code": "canary-device-code", "user_code": "ABC123XYZ",
                "verification_uri": url, "expires_in": 30, "interval": 5, "message": "x" }),
        )
    }

    fn error(code: &str) -> Reply {
        Reply::json(
            400,
            json!({ "error": code, "error_description": format!("AADSTS70016: {code}") }),
        )
    }

    /// Plays an answer for the code and then these for the token.
    async fn played(replies: Vec<Reply>) -> (Result<Secret, GraphError>, Server, Vec<Duration>) {
        let mut all = vec![code("https://microsoft.com/devicelogin")];
        all.extend(replies);
        let server = Server::script(all).await;
        let (http, waits) = Http::for_tests(HttpOptions::default());
        let endpoints = Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap();
        let begun = login().begin(&http, &endpoints).await.unwrap();
        let found = login().finish(&http, &endpoints, &begun).await;
        let waits = waits.lock().unwrap().clone();
        (found, server, waits)
    }

    #[tokio::test]
    async fn a_person_signs_in_and_nothing_that_lasts_is_asked_for() {
        let token = Reply::json(200, json!({ "access_token": "t", "refresh_token": "never" }));
        let replies = vec![error("authorization_pending"), error("slow_down"), token];
        let (found, server, waits) = played(replies).await;
        assert_eq!(found.unwrap().expose(), "t");
        assert_eq!(waits, [5, 5, 10].map(Duration::from_secs));
        for seen in server.seen() {
            assert!(seen.line.starts_with("POST /contoso.example/oauth2/v2.0/"), "{}", seen.line);
            assert!(!seen.body.contains("offline_access"), "{}", seen.body);
        }
    }

    #[tokio::test]
    async fn a_refusal_or_an_end_is_final() {
        for word in ["authorization_declined", "expired_token", "bad_verification_code"] {
            let (found, server, _) = played(vec![error(word)]).await;
            let text = format!("{:?}", found.unwrap_err());
            assert!(!text.contains("canary"), "{text}");
            assert_eq!(server.seen().len(), 2, "{word}");
            let expected = match word {
                "authorization_declined" => "the person declined",
                "expired_token" => "the code expired before it was entered",
                _ => "bad_verification_code",
            };
            assert!(text.contains(expected), "{text}");
        }
        // A code that nobody enters is not waited for beyond its end.
        let pending = vec![error("authorization_pending"); 50];
        let (found, server, _) = played(pending).await;
        assert!(found.unwrap_err().to_string().contains("the code expired"));
        assert_eq!(server.seen().len(), 7, "30 s, every 5 s");
    }

    #[test]
    fn a_code_is_entered_at_the_cloud_or_at_microsoft() {
        let login = Url::parse("https://login.microsoftonline.us/").unwrap();
        for (url, good) in [
            ("https://login.microsoftonline.us/common/oauth2/deviceauth", true),
            ("https://microsoft.com/devicelogin", true),
            ("https://www.microsoft.com/link", true),
            ("http://microsoft.com/devicelogin", false),
            ("https://microsoft.com.evil.example/devicelogin", false),
            ("https://login.microsoftonline.com/device", false),
            ("https://evilmicrosoft.com/", false),
            ("https://x@microsoft.com/", false),
        ] {
            assert_eq!(is_of(&Url::parse(url).unwrap(), &login), good, "{url}");
        }
    }
}
