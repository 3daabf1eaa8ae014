//! Whatever is saved reads back the same, for answers of every shape.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use crate::backend::contract::{block_on, new};
use crate::backend::store::Store;
use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
    HeldKey,
};
use crate::domain::groups::{AppProfileUse, GroupsAnswers, ServiceAuthentication};
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, ConnectionType, Draft, Held, Listed, ObjectId, Secret, Side, Timestamp,
};

fn text() -> impl Strategy<Value = String> {
    "[ -~äöü漢🚀]{1,24}"
}

fn id() -> impl Strategy<Value = ObjectId> {
    text().prop_map(ObjectId)
}

fn hidden() -> impl Strategy<Value = Held> {
    // Any text at all: sealing does not look at it.
    "\\PC{0,40}|.{0,40}".prop_map(|it| Held::New(Secret::new(it)))
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-9_000_000_000i64..9_000_000_000, 0i32..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano.max(0)).unwrap())
}

fn account() -> impl Strategy<Value = Account> {
    (text(), hidden()).prop_map(|(user, password)| Account { user, password })
}

fn key() -> impl Strategy<Value = HeldKey> {
    (text(), moment(), hidden()).prop_map(|(id, issued_at, value)| HeldKey { id, issued_at, value })
}

fn entra() -> impl Strategy<Value = EntraAccess> {
    (id(), id()).prop_map(|(tenant, app_profile)| EntraAccess { tenant, app_profile })
}

fn groups() -> impl Strategy<Value = Answers> {
    let app = (id(), option::of(text()))
        .prop_map(|(profile, impersonation_user)| AppProfileUse { profile, impersonation_user });
    let service = prop_oneof![
        vec(id(), 1..4).prop_map(|accounts| ServiceAuthentication::Legacy { accounts }),
        vec(id(), 1..4).prop_map(|profiles| ServiceAuthentication::Modern { profiles }),
    ];
    (id(), option::of(text()), option::of(id()), option::of(app), option::of(service)).prop_map(
        |(tenant, location, container, app_profile, service)| {
            Answers::Groups(GroupsAnswers { tenant, location, container, app_profile, service })
        },
    )
}

fn source() -> impl Strategy<Value = DeviceAnswers> {
    let parts = (
        any::<u128>(),
        hidden(),
        option::of(moment()),
        key(),
        option::of(account()),
        option::of(entra()),
    );
    parts.prop_map(|(client, client_secret, expires, configuration_key, local_admin, entra)| {
        DeviceAnswers::Source(Box::new(DeviceSource {
            client_id: Uuid::from_u128(client),
            client_secret,
            client_secret_expires: expires,
            configuration_key,
            local_admin,
            entra,
        }))
    })
}

fn rejoin() -> impl Strategy<Value = DomainRejoin> {
    prop_oneof![
        (account(), text()).prop_map(|(account, domain)| DomainRejoin::Online { account, domain }),
        key().prop_map(|connection_key| DomainRejoin::Offline { connection_key }),
    ]
}

fn join() -> impl Strategy<Value = EntraJoin> {
    let token = (any::<u128>(), text(), moment(), moment(), any::<bool>(), hidden()).prop_map(
        |(id, display_name, issued_at, expires_at, local, value)| BulkToken {
            id: format!("{id:x}"),
            display_name,
            issued_at,
            expires_at,
            origin: if local { TokenOrigin::Local } else { TokenOrigin::Pasted },
            value,
        },
    );
    prop_oneof![
        vec(token, 1..4).prop_map(|tokens| EntraJoin::BulkToken { tokens }),
        text().prop_map(|path| EntraJoin::EnrolmentFile { path }),
    ]
}

fn destination() -> impl Strategy<Value = DeviceAnswers> {
    prop_oneof![
        rejoin().prop_map(|rejoin| DeviceDestination::ActiveDirectory { rejoin }),
        (entra(), rejoin()).prop_map(|(entra, rejoin)| DeviceDestination::Hybrid { entra, rejoin }),
        (entra(), join()).prop_map(|(entra, join)| DeviceDestination::EntraId { entra, join }),
    ]
    .prop_map(|it| DeviceAnswers::Destination(Box::new(it)))
}

fn draft() -> impl Strategy<Value = Draft> {
    let answers = prop_oneof![
        text().prop_map(|tenant| Answers::Listed(Listed { tenant, live: None })),
        groups(),
        source().prop_map(Answers::Device),
        destination().prop_map(Answers::Device),
    ];
    (text(), "[ -~]{0,40}", any::<u16>(), 0usize..3, answers).prop_map(
        |(name, description, number, side, answers)| Draft {
            name: format!("n{name}"),
            description,
            kind: match &answers {
                Answers::Listed(_) => ConnectionType::from_number(number),
                Answers::Groups(_) => ConnectionType::M365Group,
                Answers::Device(_) => ConnectionType::Device,
            },
            side: Side::ALL[side],
            answers,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_saved_reads_back(mut draft in draft()) {
        let store = Store::in_memory("anna").unwrap();
        block_on(async {
            let made = store.save(new(draft.clone())).await.unwrap();
            let read = store.connection(made.id).await.unwrap();
            prop_assert_eq!(&read, &made);
            prop_assert_eq!(&read.name, draft.name.trim());
            prop_assert_eq!(&read.description, draft.description.trim());
            prop_assert_eq!((read.kind, read.side), (draft.kind, draft.side));
            // Each secret opens to what was given; beyond the secrets the answers are the same.
            let mut answers = read.answers.clone();
            for ((field, stored), (_, given)) in
                answers.secrets_mut().into_iter().zip(draft.answers.secrets_mut())
            {
                let opened = store.reveal(read.id, field).await.unwrap();
                prop_assert_eq!(&Held::New(opened), &*given);
                *stored = given.clone();
            }
            prop_assert_eq!(answers, draft.answers);
            Ok(())
        })?;
    }
}
