//! The day on which a certificate ends. RFC 5280 4.1.2.5.

use super::ber::{Reader, SEQUENCE};
use crate::domain::Timestamp;

const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When a certificate in DER ends.
pub(super) fn end(der: &[u8]) -> Option<Timestamp> {
    let mut whole = Reader(Reader(der).take(SEQUENCE)?);
    let mut signed = Reader(whole.take(SEQUENCE)?);
    // Version, which may be left out, serial number, algorithm, issuer.
    let (first, _) = signed.next()?;
    for _ in 0..if first == VERSION { 3 } else { 2 } {
        signed.next()?;
    }
    let mut validity = Reader(signed.take(SEQUENCE)?);
    validity.next()?;
    let (tag, text) = validity.next()?;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (century, rest) = match tag {
        GENERALIZED_TIME => text.split_at_checked(2)?,
        // Years from 50 on are of the last century.
        UTC_TIME if text.get(..1)? >= "5" => ("19", text),
        UTC_TIME => ("20", text),
        _ => return None,
    };
    super::ldap::time(&format!("{century}{rest}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ad::ber::element;

    #[test]
    fn both_forms_of_a_date_are_read() {
        let part = |tag: u8, body: &[u8]| element(tag, &[body]);
        for (tag, date, expected) in [
            (UTC_TIME, "270131235959Z", Some("2027-01-31T23:59:59Z")),
            (UTC_TIME, "991231235959Z", Some("1999-12-31T23:59:59Z")),
            (GENERALIZED_TIME, "20510203040506Z", Some("2051-02-03T04:05:06Z")),
            (GENERALIZED_TIME, "2", None),
            (0x04, "270131235959Z", None),
        ] {
            let validity = part(
                SEQUENCE,
                &[part(UTC_TIME, b"250101000000Z"), part(tag, date.as_bytes())].concat(),
            );
            for version in [Vec::new(), part(VERSION, &[2, 1, 2])] {
                let signed = [
                    version,
                    part(2, &[1]),
                    part(SEQUENCE, &[]),
                    part(SEQUENCE, &[]),
                    validity.clone(),
                ];
                let der = part(SEQUENCE, &part(SEQUENCE, &signed.concat()));
                assert_eq!(end(&der), expected.map(|it| it.parse().unwrap()), "{date}");
            }
        }
    }
}
