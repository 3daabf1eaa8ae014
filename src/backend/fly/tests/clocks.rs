//! A clock that jumps while a token is kept: at most one more sign-in for each jump, and a token
//! that is too old after all is renewed by the service's own word.

use super::*;

const YEAR: i64 = 365 * 86_400;

#[tokio::test]
async fn a_clock_that_jumps_costs_a_sign_in_at_most() {
    let service = Standin::with(1).await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    for (jump, most) in [(-YEAR, 1), (YEAR, 1), (2 * YEAR, 2), (-3 * YEAR, 2), (YEAR, 3)] {
        pass(jump);
        refresh(&fly).await.unwrap();
        let sign_ins = service.sign_ins();
        assert!(sign_ins <= most + 1, "{sign_ins} sign-ins after {jump} s");
    }
}

/// Set back for a year, this machine thinks that the token is good; the service says it is not.
#[tokio::test]
async fn a_token_that_only_seems_good_is_renewed() {
    let service = Standin::new(Play {
        twist: Box::new(|asked| (asked.number == 1).then(|| error(401, "401"))),
        ..Play::new(rows(1))
    })
    .await;
    let (fly, _) = service.fly(None);
    refresh(&fly).await.unwrap();
    pass(-YEAR);
    refresh(&fly).await.unwrap();
    assert_eq!(service.sign_ins(), 2);
}
