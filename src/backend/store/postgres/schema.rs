//! The tables, as numbered migrations that are only ever added to, and the rights on them.
//!
//! Every text that is compared or ordered is so in "C" order: names are folded by the program, and
//! servers fold and order in many ways. Times are microseconds since 1970, as in the embedded store.

use tokio_postgres::Client;

use super::failure::{ServerError, ServerStep, of_work};
use super::link::ServerFacts;
use super::value::{column, one};
use crate::backend::store::core::Result;

/// One step of the schema.
struct Migration {
    version: u32,
    sql: &'static str,
}

/// The newest version.
pub(super) const VERSION: u32 = 3;

/// Every step so far. Never change one that was published: add another.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: V1 },
    Migration { version: 2, sql: V2 },
    // Who asks to become a member.
    Migration { version: 3, sql: super::members::SCHEMA },
];

/// What `team migrate` locks while it works, in the whole database.
const LOCK: i64 = 0x4a42_5247;

const V1: &str = r#"
CREATE SCHEMA jetbridge;

-- One row about the store. Whoever writes holds it; its counter steps with every change, in the order
-- of the commits.
CREATE TABLE jetbridge.store (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL,
    version bigint NOT NULL,
    counter bigint NOT NULL DEFAULT 0
);

-- What the list shows. `tenant` to `expires_at` are what the rules made of the answers. What the server
-- saw of the last change stands in `seen_…`.
CREATE TABLE jetbridge.connections (
    id uuid PRIMARY KEY,
    revision bigint NOT NULL CHECK (revision >= 1),
    name_key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    kind bigint NOT NULL,
    side bigint NOT NULL CHECK (side IN (0, 1, 2)),
    tenant_name text NOT NULL,
    credentials text NOT NULL,
    modified_at bigint NOT NULL,
    modified_by text NOT NULL,
    findings bigint NOT NULL,
    expires_at bigint,
    tenant text COLLATE "C",
    description text NOT NULL,
    origin bigint NOT NULL CHECK (origin IN (0, 1, 2)),
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    unknown bigint NOT NULL,
    judged bigint NOT NULL,
    deleted_at bigint,
    deleted_by text,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_by text NOT NULL DEFAULT session_user,
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
);
CREATE UNIQUE INDEX connection_name ON jetbridge.connections (name_key) WHERE deleted_at IS NULL;
CREATE INDEX connections_by_tenant ON jetbridge.connections (tenant) WHERE tenant IS NOT NULL;
CREATE INDEX connections_deleted ON jetbridge.connections (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE jetbridge.answers (
    connection uuid PRIMARY KEY REFERENCES jetbridge.connections (id),
    json text NOT NULL
);

CREATE TABLE jetbridge.history (
    connection uuid NOT NULL REFERENCES jetbridge.connections (id),
    revision bigint NOT NULL,
    at bigint NOT NULL,
    by text NOT NULL,
    action text NOT NULL,
    changes text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_by text NOT NULL DEFAULT session_user,
    PRIMARY KEY (connection, revision)
);

-- The wrapped data key, and what shows that the store was altered. The server has no key to either.
CREATE TABLE jetbridge.vault (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    envelope bytea NOT NULL,
    made_at bigint NOT NULL
);
CREATE TABLE jetbridge.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bytes bytea NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE jetbridge.chain (
    seq bigint PRIMARY KEY,
    kind bigint NOT NULL,
    subject bytea NOT NULL,
    revision bigint NOT NULL,
    content bytea NOT NULL,
    secrets bytea NOT NULL,
    note text NOT NULL,
    link bytea NOT NULL
);
CREATE INDEX chain_by_subject ON jetbridge.chain (subject, seq);

CREATE TABLE jetbridge.secrets (
    connection uuid NOT NULL REFERENCES jetbridge.connections (id),
    field text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    fingerprint text NOT NULL,
    sealed bytea NOT NULL,
    destination bytea NOT NULL,
    PRIMARY KEY (connection, field)
);

CREATE TABLE jetbridge.issued_keys (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    kind text NOT NULL,
    issued_at bigint NOT NULL,
    issued_by text NOT NULL
);
CREATE TABLE jetbridge.key_uses (
    hash bytea NOT NULL REFERENCES jetbridge.issued_keys (hash),
    connection uuid NOT NULL REFERENCES jetbridge.connections (id),
    since bigint NOT NULL,
    superseded_at bigint,
    PRIMARY KEY (hash, connection)
);
CREATE INDEX key_uses_by_connection ON jetbridge.key_uses (connection);

CREATE TABLE jetbridge.objects (
    kind text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (kind, tenant, id)
);

-- Forms in progress, sealed as a whole; each person sees the own ones only.
CREATE TABLE jetbridge.drafts (
    owner text NOT NULL DEFAULT session_user,
    id text COLLATE "C" NOT NULL,
    saved_at bigint NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (owner, id)
);
ALTER TABLE jetbridge.drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE jetbridge.drafts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jetbridge.drafts USING (owner = session_user) WITH CHECK (owner = session_user);

-- What was committed, for whoever lost the answer.
CREATE TABLE jetbridge.requests (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE INDEX requests_by_age ON jetbridge.requests (at);

-- Who changed a row is what the server saw, whatever the statement says.
CREATE FUNCTION jetbridge.seen() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.seen_at := clock_timestamp();
    NEW.seen_by := session_user;
    RETURN NEW;
END $$;
CREATE TRIGGER seen BEFORE INSERT OR UPDATE ON jetbridge.connections
    FOR EACH ROW EXECUTE FUNCTION jetbridge.seen();
CREATE TRIGGER seen BEFORE INSERT OR UPDATE ON jetbridge.history
    FOR EACH ROW EXECUTE FUNCTION jetbridge.seen();

-- The counter goes one step, and says so; requests of yesterday are forgotten.
CREATE FUNCTION jetbridge.stepped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.counter <> OLD.counter THEN
        NEW.counter := OLD.counter + 1;
        PERFORM pg_notify('jetbridge', NEW.counter::text);
        DELETE FROM jetbridge.requests WHERE at < clock_timestamp() - interval '1 day';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stepped BEFORE UPDATE ON jetbridge.store
    FOR EACH ROW EXECUTE FUNCTION jetbridge.stepped();
REVOKE ALL ON FUNCTION jetbridge.seen(), jetbridge.stepped() FROM PUBLIC;
INSERT INTO jetbridge.store (id, version) VALUES (gen_random_uuid(), 1);
"#;

const V2: &str = r#"
-- At which step of the counter a row was changed last: whoever knows a step asks for what came after
-- it. What was purged leaves no row, so the step of the last purge is kept.
ALTER TABLE jetbridge.connections ADD COLUMN step bigint NOT NULL DEFAULT 0;
CREATE INDEX connections_by_step ON jetbridge.connections (step);
ALTER TABLE jetbridge.store ADD COLUMN purged bigint NOT NULL DEFAULT 0;

CREATE FUNCTION jetbridge.stamped() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.seen_at := clock_timestamp();
    NEW.seen_by := session_user;
    NEW.step := (SELECT counter + 1 FROM jetbridge.store);
    RETURN NEW;
END $$;
DROP TRIGGER seen ON jetbridge.connections;
CREATE TRIGGER stamped BEFORE INSERT OR UPDATE ON jetbridge.connections
    FOR EACH ROW EXECUTE FUNCTION jetbridge.stamped();
CREATE FUNCTION jetbridge.purged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE jetbridge.store SET purged = counter + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER purged AFTER DELETE ON jetbridge.connections
    FOR EACH STATEMENT EXECUTE FUNCTION jetbridge.purged();

-- Who has which connection open. A row that is not seen again for a while counts as gone.
CREATE TABLE jetbridge.presence (
    session uuid PRIMARY KEY,
    owner text NOT NULL DEFAULT session_user,
    connection uuid NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE jetbridge.presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE jetbridge.presence FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON jetbridge.presence FOR SELECT USING (true);
CREATE POLICY own_new ON jetbridge.presence FOR INSERT WITH CHECK (owner = session_user);
CREATE POLICY own ON jetbridge.presence FOR UPDATE
    USING (owner = session_user) WITH CHECK (owner = session_user);
CREATE POLICY own_or_gone ON jetbridge.presence FOR DELETE
    USING (owner = session_user OR seen < clock_timestamp() - interval '10 minutes');
REVOKE ALL ON FUNCTION jetbridge.stamped(), jetbridge.purged() FROM PUBLIC;
"#;

/// The two roles: grant one to each person's own role. The owner of the tables is whoever migrates.
pub(super) const ROLES: &str = r"CREATE ROLE jetbridge_reader NOLOGIN;
CREATE ROLE jetbridge_member NOLOGIN;
GRANT jetbridge_reader TO jetbridge_member;";

/// Rights of the roles, where those are there: set with every migration.
const GRANTS: &str = r"GRANT USAGE ON SCHEMA jetbridge TO jetbridge_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA jetbridge TO jetbridge_reader;
GRANT INSERT, UPDATE ON jetbridge.connections, jetbridge.answers, jetbridge.secrets,
    jetbridge.key_uses, jetbridge.objects, jetbridge.vault, jetbridge.head TO jetbridge_member;
GRANT INSERT ON jetbridge.history, jetbridge.chain, jetbridge.issued_keys, jetbridge.requests
    TO jetbridge_member;
GRANT INSERT, UPDATE, DELETE ON jetbridge.drafts, jetbridge.presence TO jetbridge_member;
GRANT DELETE ON jetbridge.answers, jetbridge.secrets, jetbridge.joining TO jetbridge_member;
GRANT INSERT (key) ON jetbridge.joining TO jetbridge_reader;
GRANT UPDATE (counter) ON jetbridge.store TO jetbridge_member;";

/// Brings the tables to the newest version; gives the version that they had.
pub(super) async fn migrate(client: &Client, facts: &ServerFacts) -> Result<u32> {
    may_migrate(facts)?;
    let done = steps(client).await;
    if done.is_err() {
        let _ = client.batch_execute("ROLLBACK").await;
    }
    done
}

/// Refuses a role that may not, and tables of a newer program; else the version that the tables have.
pub(super) fn may_migrate(facts: &ServerFacts) -> Result<u32> {
    if !facts.owns {
        return Err(ServerError::failure(
            ServerStep::Rights,
            format!(
                "{} may not create or change the tables of the store",
                crate::text::shown(&facts.user)
            ),
            "Sign in as the owner of the database, or as the role that owns the schema jetbridge.",
        ));
    }
    let before = facts.schema.unwrap_or(0);
    if before > VERSION { Err(too_new(before)) } else { Ok(before) }
}

fn too_new(found: u32) -> crate::backend::BackendError {
    ServerError::failure(
        ServerStep::Schema,
        format!("the store has schema {found}, this jetbridge knows up to {VERSION}"),
        "Update jetbridge on this machine.",
    )
}

async fn steps(client: &Client) -> Result<u32> {
    let run = |sql: &'static str| async move {
        client.batch_execute(sql).await.map_err(|it| of_work(&it))
    };
    run("BEGIN; SET LOCAL lock_timeout = '30s'; SET LOCAL client_min_messages = warning").await?;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    client.batch_execute(&lock).await.map_err(|it| of_work(&it))?;
    let there = client
        // From the tables of the catalogue: what another session made while this one waited is not yet
        // in what the server remembers of names.
        .query_typed(
            "SELECT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                 WHERE nspname = 'jetbridge' AND relname = 'store')",
            &[],
        )
        .await
        .map_err(|it| of_work(&it))?;
    let before = match column::<bool>(&one(there)?, 0)? {
        false => 0,
        true => {
            let found = client.query_typed("SELECT version FROM jetbridge.store", &[]).await;
            let found: i64 = column(&one(found.map_err(|it| of_work(&it))?)?, 0)?;
            u32::try_from(found).unwrap_or(u32::MAX)
        }
    };
    if before > VERSION {
        return Err(too_new(before));
    }
    for step in MIGRATIONS.iter().filter(|it| it.version > before) {
        run(step.sql).await?;
        let number = format!("UPDATE jetbridge.store SET version = {}", step.version);
        client.batch_execute(&number).await.map_err(|it| of_work(&it))?;
    }
    let roles = client
        .query_typed(
            "SELECT count(*) = 2 FROM pg_roles WHERE rolname IN ('jetbridge_member', 'jetbridge_reader')",
            &[],
        )
        .await
        .map_err(|it| of_work(&it))?;
    if column::<bool>(&one(roles)?, 0)? {
        run(GRANTS).await?;
    }
    run("COMMIT").await?;
    Ok(before)
}
