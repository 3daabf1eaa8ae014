//! Credentials of contexts: kept, bound to their name, forgotten. E3.

use super::{Home, settle};
use crate::backend::BackendError;
use crate::domain::Secret;
use crate::domain::destination::Destination;
use crate::testing::contract::block_on;

const CANARY: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";

#[test]
fn a_context_secret_is_kept_replaced_and_forgotten() {
    let home = Home::new();
    let store = home.open();
    block_on(async {
        let missing = store.context_secret("contoso".into(), Destination::default()).await;
        assert!(matches!(missing, Err(BackendError::SecretMissing { .. })), "{missing:?}");
        store
            .put_context_secret("contoso".into(), Destination::default(), Secret::new("first"))
            .await
            .unwrap();
        store
            .put_context_secret("contoso".into(), Destination::default(), Secret::new(CANARY))
            .await
            .unwrap();
    });
    drop(store);
    let store = home.open();
    block_on(async {
        assert_eq!(
            store.context_secret("contoso".into(), Destination::default()).await,
            Ok(Secret::new(CANARY))
        );
        assert_eq!(store.forget_context_secret("contoso".into()).await, Ok(true));
        assert_eq!(store.forget_context_secret("contoso".into()).await, Ok(false));
        assert!(store.context_secret("contoso".into(), Destination::default()).await.is_err());
    });
}

#[test]
fn a_context_secret_opens_under_its_own_name_only() {
    let home = Home::new();
    let store = home.open();
    block_on(store.put_context_secret(
        "contoso".into(),
        Destination::default(),
        Secret::new(CANARY),
    ))
    .unwrap();
    drop(store);
    settle(&home.path());
    let file = std::fs::read(home.path()).unwrap();
    assert!(!file.windows(CANARY.len()).any(|it| it == CANARY.as_bytes()), "in the file");
    home.sql().execute("UPDATE context_secrets SET name = 'evil'", []).unwrap();
    let store = home.open();
    let moved = block_on(store.context_secret("evil".into(), Destination::default()));
    assert!(matches!(moved, Err(BackendError::Vault { .. })), "{moved:?}");
}
