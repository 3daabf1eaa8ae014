//! Which tenant a name or id means and in which cloud it is, asked without a sign-in. preflight.md §1.1.

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::Endpoints;
use crate::backend::http::{Http, HttpError, HttpErrorKind, Request};
use crate::domain::NationalCloud;

/// The cloud that has this host of Microsoft Graph.
fn of_graph(host: &str) -> Option<NationalCloud> {
    let has = |it: &NationalCloud| Endpoints::at(*it).graph.host_str() == Some(host);
    NationalCloud::ALL.into_iter().find(has)
}

/// A tenant as it is known to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicTenant {
    /// Its id.
    pub id: Uuid,
    /// Its cloud; `None`: the answer names hosts that are not known.
    pub cloud: Option<NationalCloud>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    cloud_instance_name: Option<String>,
    msgraph_host: Option<String>,
    tenant_region_scope: Option<String>,
    tenant_region_sub_scope: Option<String>,
}

impl Document {
    /// The hosts that it names come before its scopes.
    fn cloud(&self) -> Option<NationalCloud> {
        let region = |it: &Option<String>, words: &[&str]| {
            it.as_deref().is_some_and(|it| words.iter().any(|word| it.eq_ignore_ascii_case(word)))
        };
        let by_host = self.msgraph_host.as_deref().and_then(of_graph);
        let dod = region(&self.tenant_region_sub_scope, &["DOD"])
            || region(&self.tenant_region_scope, &["DOD"]);
        match (by_host, self.cloud_instance_name.as_deref()) {
            // L4 and L5 sign in at the same host; the sub-scope distinguishes them.
            (Some(NationalCloud::GccHigh), _) if dod => Some(NationalCloud::Dod),
            (Some(found), _) => Some(found),
            (None, Some("microsoftonline.com")) => Some(NationalCloud::Global),
            (None, Some("microsoftonline.us")) if dod => Some(NationalCloud::Dod),
            (None, Some("microsoftonline.us")) => Some(NationalCloud::GccHigh),
            (None, Some("partner.microsoftonline.cn")) => Some(NationalCloud::China),
            (None, _) if region(&self.tenant_region_scope, &["USGov", "USG", "DOD"]) => {
                Some(if dod { NationalCloud::Dod } else { NationalCloud::GccHigh })
            }
            (None, _) => None,
        }
    }
}

/// The tenant that a domain or id means, asked at the sign-in host of a cloud; `None`: there is none.
///
/// # Errors
/// [`HttpError`].
pub async fn find_tenant(
    http: &Http,
    login: &Url,
    tenant: &str,
) -> Result<Option<PublicTenant>, HttpError> {
    let url = login.join(&format!("{tenant}/v2.0/.well-known/openid-configuration"));
    let host = login.host_str().unwrap_or_default();
    let url = url.map_err(|_| HttpError::new(HttpErrorKind::BadUrl, host))?;
    let document = match http.send(&Request::get(url), &CancellationToken::new()).await {
        Ok(answer) => answer.json::<Document>()?,
        Err(error) if is_unknown(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let id = Url::parse(&document.issuer)
        .ok()
        .and_then(|issuer| issuer.path_segments()?.find_map(|part| Uuid::try_parse(part).ok()));
    let id = id.ok_or_else(|| HttpError::new(HttpErrorKind::NotJson, host))?;
    Ok(Some(PublicTenant { id, cloud: document.cloud() }))
}

/// Whether a refusal says that there is no such tenant.
fn is_unknown(error: &HttpError) -> bool {
    let says = |text: &str| error.message.as_deref().is_some_and(|it| it.contains(text));
    error.status == Some(400)
        && (error.code.as_deref() == Some("invalid_tenant") || says("AADSTS90002"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::backend::http::HttpOptions;
    use crate::testing::server::{Reply, Server};

    const ID: &str = "11111111-1111-4111-8111-111111111111";

    async fn asked(reply: Reply) -> Result<Option<PublicTenant>, HttpError> {
        let server = Server::script(vec![reply]).await;
        let http = Http::for_tests(HttpOptions::default()).0;
        let found = find_tenant(&http, &server.url, "contoso.example").await;
        let line = &server.seen()[0].line;
        assert_eq!(line, "GET /contoso.example/v2.0/.well-known/openid-configuration");
        found
    }

    /// The table of preflight.md §1.1, and that hosts come before scopes.
    #[tokio::test]
    async fn the_cloud_follows_from_hosts_then_scopes() {
        use NationalCloud::{China, Dod, GccHigh, Global};
        for (name, graph, scope, sub, expected) in [
            ("microsoftonline.com", "graph.microsoft.com", "WW", None, Some(Global)),
            ("microsoftonline.com", "graph.microsoft.com", "NA", Some("GCC"), Some(Global)),
            ("microsoftonline.us", "graph.microsoft.us", "USGov", Some("DODCON"), Some(GccHigh)),
            ("microsoftonline.us", "dod-graph.microsoft.us", "USGov", Some("DOD"), Some(Dod)),
            ("microsoftonline.us", "graph.microsoft.us", "USGov", Some("DOD"), Some(Dod)),
            ("microsoftonline.us", "", "DOD", None, Some(Dod)),
            ("", "", "USG", None, Some(GccHigh)),
            (
                "partner.microsoftonline.cn",
                "microsoftgraph.chinacloudapi.cn",
                "AS",
                None,
                Some(China),
            ),
            ("evil.example", "graph.evil.example", "XX", None, None),
            ("evil.example", "graph.microsoft.com", "USGov", None, Some(Global)),
        ] {
            let found = asked(Reply::json(
                200,
                json!({ "issuer": format!("https://login.example/{ID}/v2.0"),
                    "cloud_instance_name": name, "msgraph_host": graph,
                    "tenant_region_scope": scope, "tenant_region_sub_scope": sub }),
            ))
            .await;
            let id = ID.parse().unwrap();
            assert_eq!(found, Ok(Some(PublicTenant { id, cloud: expected })), "{name} {graph}");
        }
    }

    #[tokio::test]
    async fn a_tenant_that_is_not_there_is_no_failed_call() {
        let gone = json!({ "error": "invalid_tenant",
            "error_description": "AADSTS90002: Tenant 'x' not found." });
        assert_eq!(asked(Reply::json(400, gone)).await, Ok(None));
        let other = json!({ "error": "invalid_request", "error_description": "AADSTS900144: no." });
        assert_eq!(asked(Reply::json(400, other)).await.unwrap_err().status, Some(400));
        let odd = json!({ "issuer": "https://login.example/none/v2.0" });
        let error = asked(Reply::json(200, odd)).await.unwrap_err();
        assert_eq!(error.kind, HttpErrorKind::NotJson);
    }

    #[test]
    fn hosts_are_fixed_per_cloud() {
        for (cloud, login, graph) in [
            (NationalCloud::Global, "login.microsoftonline.com", "graph.microsoft.com"),
            (NationalCloud::GccHigh, "login.microsoftonline.us", "graph.microsoft.us"),
            (NationalCloud::Dod, "login.microsoftonline.us", "dod-graph.microsoft.us"),
            (
                NationalCloud::China,
                "login.partner.microsoftonline.cn",
                "microsoftgraph.chinacloudapi.cn",
            ),
        ] {
            let it = Endpoints::at(cloud);
            assert_eq!((it.login.host_str(), it.graph.host_str()), (Some(login), Some(graph)));
        }
    }
}
