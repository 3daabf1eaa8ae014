//! Tests of the engine against a real server. Without one they are skipped by name.

mod aside;
mod killed;
mod live;
mod many;
mod members;
mod rights;
mod servers;
mod trouble;

use std::sync::Arc;

use super::{TeamOptions, TeamStore, migrate};
use crate::backend::store::{NewKey, VaultCalls};
use crate::domain::Secret;
use crate::testing::contract::block_on;
use crate::testing::postgres::Postgres;

/// The passphrase of the vault.
const PASSPHRASE: &str = "not-a-real-passphrase";

/// A database with the roles of a team and a vault: `anna` owns it, `ben` is a member, `cleo` reads.
struct Team {
    server: Arc<Postgres>,
    database: String,
}

impl Team {
    fn new(server: Arc<Postgres>) -> Self {
        let team = Self::without_vault(server);
        block_on(async {
            let store = team.open("anna").await;
            let new = NewKey::Passphrase(Secret::new(PASSPHRASE));
            store.vault_init(new).await.unwrap();
        });
        team
    }

    fn without_vault(server: Arc<Postgres>) -> Self {
        let database = server.database();
        for role in ["ben", "cleo"] {
            server.role(role);
        }
        let make = |role: &str, of: &str| {
            server.admin(
                "postgres",
                &format!(
                    "DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR
                     unique_violation THEN NULL; END $$; GRANT {role} TO {of}"
                ),
            );
        };
        make("jetbridge_reader", "cleo");
        make("jetbridge_member", "ben");
        server.admin("postgres", "GRANT jetbridge_reader TO jetbridge_member");
        let team = Self { server, database };
        block_on(async {
            assert_eq!(migrate(&team.options("anna")).await, Ok(0));
        });
        team
    }

    fn options(&self, role: &str) -> TeamOptions {
        let mut options = self.server.team(role, &self.database);
        options.unlock.given = Some(Secret::new(PASSPHRASE));
        options
    }

    async fn open(&self, role: &str) -> TeamStore {
        let store = TeamStore::start(self.options(role)).unwrap();
        store.opened().await.unwrap();
        store
    }

    /// Rows of a statement that the administrator runs.
    fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.server.admin(&self.database, sql)
    }
}
