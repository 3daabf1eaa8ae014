//! Places that the devices must reach: the file server of the enrollment file, the installer of the
//! agent. What is seen holds for this machine. preflight.md §3.

use tokio_util::sync::CancellationToken;
use url::Url;

use super::ppkg::filetime;
use super::run::fault;
use super::subject::Subject;
use crate::backend::http::{Http, HttpError, HttpErrorKind, Request};
use crate::backend::smb::{self, FileServer, SmbError};
use crate::checks::check::{Check, Need, Outcome, Running, Seen, Skip, Stop};
use crate::text::shown;

const REACH: &str = "share.reach";
const LINK: &str = "agent.link";

/// Redirects that are followed: download links have some.
const REDIRECTS: usize = 5;

pub(super) static CHECKS: [Check<Subject>; 2] = [
    Check {
        id: REACH,
        area: "Join",
        proves: "The file server of the enrollment file answers on port 445, from here and without the proxy.",
        needs: &[Need::Network],
        when: |it| it.share().is_some(),
        run: reach,
    },
    Check {
        id: LINK,
        area: "Devices",
        proves: "The installer of the device agent can be downloaded, from here.",
        needs: &[Need::Network],
        when: Subject::is_device_source,
        run: link,
    },
];

fn reach(subject: &Subject) -> Running {
    let server = subject.share().map(|it| it.0.to_lowercase()).unwrap_or_default();
    let run = subject.run.clone();
    let (key, name) = (format!("file server {server}"), server.clone());
    let answer =
        run.lookups.clone().learn(key, REACH, std::future::ready(Ok(())), move |()| async move {
            let limit = run.http()?.options().connect_timeout;
            Ok(smb::negotiate(&server, run.smb_port, limit).await)
        });
    Box::pin(async move { Ok(judged(&name, answer.await?)) })
}

fn judged(server: &str, found: Result<FileServer, SmbError>) -> Seen {
    let server = shown(server);
    let fix = "Open port 445 to the file server, from here and from the devices.";
    match found {
        Ok(it) => {
            let (major, minor) = (it.dialect >> 8, (it.dialect >> 4) & 0xf);
            let time = filetime(it.time).filter(|_| it.time > 0);
            let clock = time.map(|it| format!(", its clock {}", it.strftime("%H:%M:%SZ")));
            Seen::ok(format!(
                "{server} answers with SMB {major}.{minor}{}",
                clock.unwrap_or_default()
            ))
        }
        Err(SmbError::Name) => Seen::fail(
            format!("the name {server} is unknown here"),
            "Correct the server in the path of the enrollment file, or its DNS record.",
        ),
        Err(SmbError::Connect(why)) => {
            Seen::fail(format!("{server} does not answer on port 445 from here: {why}"), fix)
        }
        Err(SmbError::Time) => {
            Seen::fail(format!("{server} does not answer on port 445 from here in time"), fix)
        }
        Err(SmbError::Other) => Seen::fail(
            format!(
                "what answers at {server} on port 445 is not a file server with SMB 2 or later"
            ),
            "Correct the server in the path of the enrollment file.",
        ),
    }
}

fn link(subject: &Subject) -> Running {
    let run = subject.run.clone();
    let Some(place) = run.installer.clone() else {
        return Box::pin(async {
            Err(Stop::Skip(Skip::NotKnown(
                "the address of the installer is not set: download_url under [agent] in the configuration".into(),
            )))
        });
    };
    let Some(url) = Url::parse(&place).ok().filter(|_| place.contains("://")) else {
        return Box::pin(async {
            Err(Stop::Skip(Skip::Nothing("the installer is a file, not a link")))
        });
    };
    let key = format!("link {url}");
    let answer =
        run.lookups.clone().learn(key, LINK, std::future::ready(Ok(())), move |()| async move {
            let http = run.http()?;
            download(&http, url).await.map_err(|it| fault(LINK, it))
        });
    Box::pin(async move { outcome(answer.await?) })
}

/// What a download begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Begun {
    host: String,
    length: Option<u64>,
    is_page: bool,
}

/// Begins a download and leaves it after its head.
async fn download(http: &Http, mut url: Url) -> Result<Begun, HttpError> {
    let cancel = CancellationToken::new();
    for _ in 0..=REDIRECTS {
        let request = Request::get(url.clone()).header("range", "bytes=0-0");
        let stream = http.open(&request, &cancel).await?;
        match (stream.status, stream.location()) {
            (200..300, _) => {
                let kind = stream.header("content-type").unwrap_or_default().to_ascii_lowercase();
                let whole = stream.header("content-range").and_then(|it| it.rsplit('/').next());
                let length = match stream.status {
                    206 => whole.and_then(|it| it.parse().ok()),
                    _ => stream.length,
                };
                let (host, is_page) = (stream.host().to_owned(), kind.starts_with("text/html"));
                return Ok(Begun { host, length, is_page });
            }
            (_, Some(next)) => url = next,
            (_, None) => break,
        }
    }
    let host = url.host_str().unwrap_or_default();
    Err(HttpError::new(HttpErrorKind::Redirected, host))
}

fn outcome(begun: Begun) -> Outcome {
    let host = shown(&begun.host).into_owned();
    if begun.is_page {
        return Ok(Seen::fail(
            format!("{host} answers with a web page in place of the installer"),
            "Correct download_url under [agent] in the configuration, or allow the address in the proxy.",
        ));
    }
    let size = begun.length.map(|it| format!(", {} MB", it.div_ceil(1 << 20)));
    Ok(Seen::ok(format!("{host} has it{}", size.unwrap_or_default())))
}
