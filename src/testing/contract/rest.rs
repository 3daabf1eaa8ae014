//! Directory objects, drafts and bulk tokens. SPEC G3 to G10, D15, E5.

use super::{Bench, groups, has, listed, profile, tenant};
use crate::backend::{BackendError, FormDraft, PageRequest, TokenRequest};
use crate::domain::token::{BulkToken, Left, TokenOrigin, days_after};
use crate::domain::{Container, DirectoryObject, Held, ObjectKind, ProfileStatus, Secret, Summary};

fn container(id: &str, of: &str, name: &str) -> DirectoryObject {
    DirectoryObject::Container(Container {
        id: id.into(),
        tenant: of.into(),
        name: name.into(),
        objects: Some(3),
        last_scan: None,
    })
}

fn other_tenant() -> DirectoryObject {
    match tenant("Fabrikam") {
        DirectoryObject::Tenant(mut it) => {
            it.id = "t-2".into();
            it.locations = vec!["NAM".into(), "EUR".into()];
            DirectoryObject::Tenant(it)
        }
        other => other,
    }
}

pub(super) async fn objects_are_added_and_replaced(bench: &Bench) {
    let all = vec![
        // A child may stand before its tenant.
        container("c-1", "t-1", "beta"),
        tenant("Contoso"),
        other_tenant(),
        container("c-2", "t-1", "Alpha"),
        // Ids are those of the tenant: the same one elsewhere is another object.
        container("c-1", "t-2", "gamma"),
    ];
    assert_eq!(bench.backend.put_objects(all).await, Ok(5));
    let names = async |kind, of: Option<&str>| -> Vec<String> {
        let found = bench.backend.objects(kind, of.map(Into::into)).await.unwrap();
        found.iter().map(|it| it.name().to_owned()).collect()
    };
    assert_eq!(names(ObjectKind::Tenant, None).await, ["Contoso", "Fabrikam"]);
    assert_eq!(names(ObjectKind::Container, Some("t-1")).await, ["Alpha", "beta"]);
    assert_eq!(names(ObjectKind::Container, None).await, ["Alpha", "beta", "gamma"]);
    assert!(names(ObjectKind::AppProfile, None).await.is_empty());
    let replaced = bench.backend.put_objects(vec![container("c-1", "t-1", "omega")]).await;
    assert_eq!(replaced, Ok(1));
    assert_eq!(names(ObjectKind::Container, None).await, ["Alpha", "gamma", "omega"]);
    let found = bench.backend.objects(ObjectKind::Tenant, Some("t-2".into())).await.unwrap();
    assert_eq!(found, [other_tenant()]);
}

pub(super) async fn a_bad_object_adds_nothing(bench: &Bench) {
    let orphan = container("c-9", "t-9", "lost");
    let refused = bench.backend.put_objects(vec![tenant("Contoso"), orphan]).await;
    match refused {
        Err(BackendError::Invalid(text)) => {
            assert!(text.contains("container lost") && text.contains("t-9"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.backend.objects(ObjectKind::Tenant, None).await, Ok(Vec::new()));
}

pub(super) async fn objects_judge_their_connections_again(bench: &Bench) {
    bench.add(listed("a")).await;
    bench.add(groups("b")).await;
    let rows = async || -> Vec<Summary> {
        bench.backend.page(PageRequest { after: None, limit: 9 }).await.unwrap().rows
    };
    let before = rows().await;
    assert!(has(&before[1], "object-missing"));
    let objects = vec![tenant("Contoso"), profile(ProfileStatus::Active)];
    bench.backend.put_objects(objects).await.unwrap();
    let after = rows().await;
    assert_eq!((&*after[1].tenant, &*after[1].credentials), ("Contoso", "Fly app"));
    assert!(!has(&after[1], "object-missing"));
    // Judging is not a change of the connection.
    assert_eq!((after[1].revision, after[1].modified_at), (1, before[1].modified_at));
    assert_eq!(after[0], before[0]);
    bench.backend.put_objects(vec![profile(ProfileStatus::Invalid)]).await.unwrap();
    assert!(has(&rows().await[1], "profile-invalid"));
    // A connection saved afterwards is judged by the same directory.
    bench.add(groups("c")).await;
    let rows = rows().await;
    assert_eq!((&rows[2].tenant, rows[2].findings), (&rows[1].tenant, rows[1].findings));
}

pub(super) async fn drafts_are_kept_one_per_id(bench: &Bench) {
    let made = bench.add(listed("a")).await;
    let draft = |id: &str, text: &str| FormDraft {
        id: id.into(),
        connection: (id == "two").then_some(made.id),
        title: format!("draft {id} é"),
        content: Secret::new(format!("not-real-{text}")),
        saved_at: bench.clock.now(),
    };
    assert_eq!(bench.backend.drafts().await, Ok(Vec::new()));
    let one = draft("one", "first");
    bench.backend.save_draft(one.clone()).await.unwrap();
    bench.clock.pass(1);
    let two = draft("two", "second");
    bench.backend.save_draft(two.clone()).await.unwrap();
    assert_eq!(bench.backend.drafts().await, Ok(vec![two.clone(), one]));
    bench.clock.pass(1);
    let newer = draft("one", "");
    bench.backend.save_draft(newer.clone()).await.unwrap();
    assert_eq!(bench.backend.drafts().await, Ok(vec![newer, two.clone()]));
    bench.backend.discard_draft("one".into()).await.unwrap();
    bench.backend.discard_draft("one".into()).await.unwrap();
    assert_eq!(bench.backend.drafts().await, Ok(vec![two]));
}

fn value(token: &BulkToken) -> &str {
    match &token.value {
        Held::New(secret) => secret.expose(),
        Held::Stored(_) => panic!("a new token is not stored yet"),
    }
}

pub(super) async fn tokens_are_made_and_pasted(bench: &Bench) {
    let now = bench.clock.now();
    let request = TokenRequest {
        display_name: " wave 1 ".into(),
        expires_at: days_after(now, 180).unwrap(),
        pasted: None,
    };
    let local = bench.backend.issue_token(request.clone()).await.unwrap();
    assert_eq!((&*local.display_name, local.origin), ("wave 1", TokenOrigin::Local));
    assert_eq!((local.issued_at, local.expires_at), (now, request.expires_at));
    assert_eq!(local.left(now), Left::Days(180));
    assert!(value(&local).starts_with("JBT1-") && value(&local).len() == 36, "{}", value(&local));
    let again = bench.backend.issue_token(request.clone()).await.unwrap();
    assert_ne!((&again.id, value(&again)), (&local.id, value(&local)));
    // Bracketed paste brings a line end along.
    let pasted = Some(Secret::new("not-real-pasted\r\n"));
    let pasted = bench.backend.issue_token(TokenRequest { pasted, ..request }).await.unwrap();
    assert_eq!((pasted.origin, value(&pasted)), (TokenOrigin::Pasted, "not-real-pasted"));
}

pub(super) async fn token_requests_are_checked(bench: &Bench) {
    let in_days = |days| days_after(bench.clock.now(), days).unwrap();
    let good = TokenRequest { display_name: "x".into(), expires_at: in_days(1), pasted: None };
    let refused = [
        TokenRequest { display_name: " ".into(), ..good.clone() },
        TokenRequest { display_name: "a\u{202e}".into(), ..good.clone() },
        TokenRequest { expires_at: in_days(0), ..good.clone() },
        TokenRequest { expires_at: in_days(-1), ..good.clone() },
        TokenRequest { expires_at: in_days(200), ..good.clone() },
        TokenRequest { pasted: Some(Secret::new(" \n")), ..good },
    ];
    for request in refused {
        let answer = bench.backend.issue_token(request.clone()).await;
        assert!(matches!(answer, Err(BackendError::Invalid(_))), "{request:?}");
    }
}
