//! Whoever is no member opens nothing, and nothing that is not as a member wrote it is taken.

use super::*;

const STORE: Uuid = Uuid::from_u128(1);

struct Team3 {
    keys: Vec<OwnKey>,
    root: Root,
    members: Vec<Member>,
}

fn own() -> OwnKey {
    OwnKey::of(&new_member_seed().unwrap()).unwrap()
}

fn team() -> Team3 {
    let keys = vec![own(), own(), own()];
    let names = ["anna", "ben", "cleo"];
    let member = |(name, key): (&&str, &OwnKey)| Member {
        name: (*name).to_owned(),
        key: key.public(),
        added_by: "anna".into(),
        added_at: 7,
        wrap: None,
    };
    let members = names.iter().zip(&keys).map(member).collect();
    Team3 { keys, root: Root::random().unwrap(), members }
}

impl Team3 {
    /// Wrapped by the first member.
    fn bytes(&self, epoch: u32) -> Vec<u8> {
        made(&self.keys[0], STORE, epoch, (&self.root, &[]), &self.members).unwrap()
    }

    fn known(&self) -> Known {
        Known { all: vec![(self.keys[0].public().print(), "anna".into())] }
    }
}

#[test]
fn each_member_opens_it_and_nobody_else() {
    let it = team();
    let read = Team::read(&it.bytes(3)).unwrap();
    assert_eq!((read.epoch, read.members.len()), (3, 3));
    for key in &it.keys {
        assert!(read.open(STORE, key, &it.known()).unwrap().0 == it.root);
    }
    let refused = read.open(STORE, &own(), &it.known()).err();
    assert!(matches!(refused, Some(BackendError::Membership { .. })), "{refused:?}");
    let other = read.open(Uuid::from_u128(2), &it.keys[1], &it.known()).err();
    assert!(matches!(other, Some(BackendError::Untrusted { .. })), "{other:?}");
    // Who wrapped it must be known: the first member opens what it wrapped itself.
    assert!(read.open(STORE, &it.keys[0], &Known::default()).is_ok());
    let stranger = read.open(STORE, &it.keys[1], &Known::default()).err();
    let Some(BackendError::Membership { detail, .. }) = stranger else { panic!("{stranger:?}") };
    assert!(detail.contains("anna") && detail.contains(&it.keys[0].public().print().to_string()));
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let it = team();
    let bytes = it.bytes(3);
    let opens = |bytes: &[u8]| {
        Team::read(bytes).and_then(|team| team.open(STORE, &it.keys[1], &it.known())).is_ok()
    };
    assert!(opens(&bytes));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        assert!(!opens(&altered), "byte {at}");
    }
    for length in 0..bytes.len() {
        assert!(!opens(&bytes[..length]), "length {length}");
    }
    assert!(!opens(&[bytes.as_slice(), b"x"].concat()));
}

/// What a wrap is bound to: another epoch, another member's wrap, another sender.
#[test]
fn a_wrap_that_is_moved_does_not_open() {
    let it = team();
    let read = |bytes: &[u8]| Team::read(bytes).unwrap();
    let (three, four) = (read(&it.bytes(3)), read(&it.bytes(4)));
    let with = |wrap: Option<Wrap>, epoch: u32| {
        let mut members = three.members.clone();
        members[1].wrap = wrap;
        read(&made(&it.keys[0], STORE, epoch, (&it.root, &[]), &members).unwrap())
    };
    let opens = |team: &Team| team.open(STORE, &it.keys[1], &it.known()).is_ok();
    assert!(opens(&with(three.members[1].wrap.clone(), 3)));
    assert!(!opens(&with(four.members[1].wrap.clone(), 3)), "of another epoch");
    assert!(!opens(&with(three.members[2].wrap.clone(), 3)), "of another member");
    let claimed = three.members[1].wrap.clone().map(|it| Wrap { sender: own().public(), ..it });
    assert!(!opens(&with(claimed, 3)), "of another sender");
    // Planted by somebody who has no member's key, but says that a member wrapped it.
    let planter = own();
    let root = Root::random().unwrap();
    let mut planted = made(&planter, STORE, 3, (&root, &[]), &it.members).unwrap();
    let sender = it.keys[0].public();
    let from = memchr::memmem::find_iter(&planted, planter.public().bytes()).collect::<Vec<_>>();
    for at in from {
        planted[at..at + 32].copy_from_slice(sender.bytes());
    }
    assert!(!opens(&read(&planted)));
}

#[test]
fn data_keys_of_before_are_kept_for_drafts() {
    let it = team();
    let before: Vec<Root> = (0..12).map(|_| Root::random().unwrap()).collect();
    let bytes = made(&it.keys[0], STORE, 9, (&it.root, &before), &it.members).unwrap();
    let (_, older) = Team::read(&bytes).unwrap().open(STORE, &it.keys[2], &it.known()).unwrap();
    assert!(older.len() == OLDER && older[0] == before[0]);
    let draft = DataKeys::derive(STORE, before[3].clone()).seal_draft("a", 1, b"text").unwrap();
    let keys = DataKeys::derive(STORE, it.root.clone());
    assert!(keys.open_draft("a", 1, &draft).is_err());
    assert_eq!(&**keys.with_older(older).open_draft("a", 1, &draft).unwrap(), b"text");
}

#[test]
fn a_fingerprint_reads_as_it_is_shown() {
    let print = own().public().print();
    let shown = print.to_string();
    assert_eq!(shown.len(), 39);
    for text in
        [shown.clone(), shown.to_uppercase(), shown.replace('-', " "), format!(" {shown}\n")]
    {
        assert_eq!(MemberPrint::parse(&text), Some(print), "{text}");
    }
    for bad in ["", "0f3a", &shown[1..], &format!("{shown}0"), &shown.replace('-', "x")] {
        assert_eq!(MemberPrint::parse(bad), None, "{bad}");
    }
}
