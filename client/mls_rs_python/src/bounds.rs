//! Limits on what Python may hand in, and arguments that check themselves while they are read.

use mls_rs::time::MlsTime;
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::{Extension, ExtensionList, ExtensionType};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyMapping;

use crate::error::{InvalidMessage, UnknownLeaf, UnsupportedCipherSuite, UsageError};

/// A commit, Welcome, GroupInfo or tree: room for thousands of members, and a bound on what decoding one can allocate.
pub const MAX_HANDSHAKE: usize = 1 << 20;
/// An application message, as ciphertext; plaintext and authenticated data may have half of it together.
pub const MAX_MESSAGE: usize = 16 << 20;
pub const MAX_RANDOM: usize = 1 << 20;
/// Ids, credentials, keys, labels and extension values.
pub const MAX_FIELD: usize = 1 << 16;
/// The default of arguments that may be left out.
pub const NO_BYTES: &[u8] = &[];
const YEAR_9999: i64 = 253_402_300_799;
const TEN_YEARS: i64 = 10 * 366 * 86_400;
const FIRST_TIME: i64 = 7 * 86_400;

/// Refuses bytes longer than `limit`, naming them.
pub fn at_most<'a>(name: &str, data: &'a [u8], limit: usize) -> PyResult<&'a [u8]> {
    if data.len() > limit {
        return Err(UsageError::new_err(format!("{name} has {} bytes, more than {limit}", data.len())));
    }
    Ok(data)
}

/// Refuses bytes that are not `size` long, naming them.
pub fn exactly(name: &str, data: &[u8], size: usize) -> PyResult<()> {
    if data.len() != size {
        return Err(UsageError::new_err(format!("{name} has {} bytes instead of {size}", data.len())));
    }
    Ok(())
}

/// Refuses a received message longer than `limit`.
pub fn received(data: &[u8], limit: usize) -> PyResult<&[u8]> {
    if data.len() > limit {
        return Err(InvalidMessage::new_err(format!("{} bytes, more than {limit}", data.len())));
    }
    Ok(data)
}

/// The integer, or None where it lies outside the range (however far); TypeError for anything else.
fn integer(obj: Borrowed<'_, '_, PyAny>, min: i64, max: i64) -> PyResult<Option<i64>> {
    match obj.extract::<i64>() {
        Ok(value) => Ok((min..=max).contains(&value).then_some(value)),
        Err(error) if error.is_instance_of::<PyOverflowError>(obj.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

macro_rules! checked_integer {
    ($(#[$doc:meta])* $name:ident($inner:ty), $min:expr, $max:expr, $error:ident, $text:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub $inner);

        impl<'py> FromPyObject<'_, 'py> for $name {
            type Error = PyErr;

            fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                integer(obj, $min, $max)?
                    .and_then(|value| <$inner>::try_from(value).ok())
                    .map(Self)
                    .ok_or_else(|| $error::new_err($text))
            }
        }
    };
}

checked_integer!(
    /// Seconds since 1970, from its second week (so that a day can be taken off) to the year 9999.
    UnixTime(u64), FIRST_TIME, YEAR_9999, UsageError, "time is not between 1970 and 9999 in seconds"
);
checked_integer!(
    /// Seconds that a key package lives.
    Lifetime(u64), 1, TEN_YEARS, UsageError, "lifetime is not between one second and ten years"
);
checked_integer!(
    /// A leaf index; whether somebody is there is for the group to say.
    Leaf(u32), 0, i64::from(u32::MAX >> 1), UnknownLeaf, "no leaf has this index"
);
checked_integer!(
    /// A cipher suite number of RFC 9420, section 17.1.
    Suite(u16), 0, i64::from(u16::MAX), UnsupportedCipherSuite, "cipher suites are 16-bit numbers"
);
checked_integer!(
    /// An extension type number.
    ExtensionNumber(u16), 0, i64::from(u16::MAX), UsageError, "extension types are 16-bit numbers"
);
checked_integer!(
    /// A length of output in bytes.
    Length(usize), 0, MAX_RANDOM as i64, UsageError, "length is not between 0 and 1048576"
);
checked_integer!(
    /// Working memory of Argon2id; more than the bound would be too much for a browser's tab.
    MemoryKib(u32), 8, 1 << 18, UsageError, "memory_kib is not between 8 and 262144"
);
checked_integer!(
    /// Passes of Argon2id over its memory.
    Iterations(u32), 1, 16, UsageError, "iterations is not between 1 and 16"
);
checked_integer!(
    /// Parts of Argon2id's memory that could be filled at the same time.
    Lanes(u32), 1, 4, UsageError, "lanes is not between 1 and 4"
);
checked_integer!(
    /// A length in bytes of what Argon2id gives.
    KeyLength(usize), 16, 64, UsageError, "length is not between 16 and 64"
);
checked_integer!(
    /// How many past epochs are kept.
    Retention(u64), 0, 1024, UsageError, "retained_epochs is not between 0 and 1024"
);

impl UnixTime {
    pub fn mls(self) -> MlsTime {
        MlsTime::from(self.0)
    }
}

impl Suite {
    pub fn mls(self) -> CipherSuite {
        CipherSuite::new(self.0)
    }
}

/// A mapping of extension types to their values, as an extension list.
pub struct Extensions(pub ExtensionList);

impl<'py> FromPyObject<'_, 'py> for Extensions {
    type Error = PyErr;

    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mut list = ExtensionList::new();
        for item in obj.cast::<PyMapping>()?.items()?.iter() {
            let (number, value): (ExtensionNumber, PyBackedBytes) = item.extract()?;
            at_most("extension", &value, MAX_FIELD)?;
            list.set(Extension::new(ExtensionType::new(number.0), value.to_vec()));
        }
        Ok(Self(list))
    }
}
