//! Values of statements, with the types that the server is given for them: nothing is prepared, so a
//! pooler that hands connections around loses nothing, and each statement is one round trip.

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::backend::store::core::{Result, damaged};

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Id(Uuid),
    Ids(Vec<Uuid>),
    Text(String),
    MaybeText(Option<String>),
    Texts(Vec<String>),
    MaybeTexts(Vec<Option<String>>),
    Int(i64),
    MaybeInt(Option<i64>),
    Ints(Vec<i64>),
    MaybeInts(Vec<Option<i64>>),
    Bytes(Vec<u8>),
    MaybeBytes(Option<Vec<u8>>),
}

impl Value {
    /// The value and its type, as statements take them.
    pub(super) fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Id(it) => (it, Type::UUID),
            Self::Ids(it) => (it, Type::UUID_ARRAY),
            Self::Text(it) => (it, Type::TEXT),
            Self::MaybeText(it) => (it, Type::TEXT),
            Self::Texts(it) => (it, Type::TEXT_ARRAY),
            Self::MaybeTexts(it) => (it, Type::TEXT_ARRAY),
            Self::Int(it) => (it, Type::INT8),
            Self::MaybeInt(it) => (it, Type::INT8),
            Self::Ints(it) => (it, Type::INT8_ARRAY),
            Self::MaybeInts(it) => (it, Type::INT8_ARRAY),
            Self::Bytes(it) => (it, Type::BYTEA),
            Self::MaybeBytes(it) => (it, Type::BYTEA),
        }
    }
}

macro_rules! from {
    ($($of:ty => |$it:ident| $made:expr;)+) => {
        $(impl From<$of> for Value {
            fn from($it: $of) -> Self {
                $made
            }
        })+
    };
}

from! {
    Uuid => |it| Self::Id(it);
    Vec<Uuid> => |it| Self::Ids(it);
    String => |it| Self::Text(it);
    &String => |it| Self::Text(it.clone());
    &str => |it| Self::Text(it.to_owned());
    Option<String> => |it| Self::MaybeText(it);
    Option<&str> => |it| Self::MaybeText(it.map(str::to_owned));
    Vec<String> => |it| Self::Texts(it);
    Vec<Option<String>> => |it| Self::MaybeTexts(it);
    i64 => |it| Self::Int(it);
    u32 => |it| Self::Int(i64::from(it));
    u64 => |it| Self::Int(i64::try_from(it).unwrap_or(i64::MAX));
    Option<i64> => |it| Self::MaybeInt(it);
    Vec<i64> => |it| Self::Ints(it);
    Vec<Option<i64>> => |it| Self::MaybeInts(it);
    Vec<u8> => |it| Self::Bytes(it);
    &[u8] => |it| Self::Bytes(it.to_vec());
    [u8; 32] => |it| Self::Bytes(it.to_vec());
    Option<Vec<u8>> => |it| Self::MaybeBytes(it);
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

/// `sql!("…", a, b)`: a [`Statement`].
macro_rules! sql {
    ($sql:expr $(, $value:expr)* $(,)?) => {
        $crate::backend::store::postgres::value::Statement {
            sql: $sql,
            values: vec![$($crate::backend::store::postgres::value::Value::from($value)),*],
        }
    };
}
pub(super) use sql;

/// A column of a row; one of another type is not of a schema that jetbridge made.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T> {
    row.try_get(at).map_err(|_| damaged(format!("column {at} has another type than it should")))
}

/// A column with a number that is not negative and fits.
pub(super) fn number<T: TryFrom<i64>>(row: &Row, at: usize) -> Result<T> {
    let found: i64 = column(row, at)?;
    T::try_from(found).map_err(|_| damaged(format!("column {at} holds no such number: {found}")))
}

/// A column with a hash.
pub(super) fn hash(row: &Row, at: usize) -> Result<[u8; 32]> {
    let found: &[u8] = column(row, at)?;
    found.try_into().map_err(|_| damaged("a hash is not 32 bytes"))
}

/// The one row of an answer that has one.
pub(super) fn one(rows: Vec<Row>) -> std::result::Result<Row, BackendError> {
    rows.into_iter().next().ok_or_else(|| damaged("a row is missing that every store has"))
}
