//! What a group gives away on purpose.

use pyo3::prelude::*;

use crate::bounds::{Length, MAX_FIELD, MAX_MESSAGE, at_most};
use crate::config::MlsGroup;
use crate::error::{Op, UsageError, raise};

/// RFC 5869 gives no more than this many blocks.
const HKDF_BLOCKS: usize = 255;

/// A secret of the epoch (RFC 9420, section 8.5).
pub fn secret(group: &MlsGroup, label: &[u8], context: &[u8], length: Length) -> PyResult<Vec<u8>> {
    at_most("label", label, MAX_FIELD)?;
    at_most("context", context, MAX_MESSAGE)?;
    let limit = HKDF_BLOCKS * group.epoch_authenticator().map_err(raise(Op::Export))?.len();
    if length.0 == 0 || length.0 > limit {
        return Err(UsageError::new_err(format!("length is not between 1 and {limit}")));
    }
    group.export_secret(label, context, length.0).map(|secret| secret.to_vec()).map_err(raise(Op::Export))
}

/// A signed GroupInfo (RFC 9420, section 12.4.3).
pub fn group_info(group: &MlsGroup, allow_external_commit: bool, with_ratchet_tree: bool) -> PyResult<Vec<u8>> {
    let info = if allow_external_commit {
        group.group_info_message_allowing_ext_commit(with_ratchet_tree)
    } else {
        group.group_info_message(with_ratchet_tree)
    };
    info.and_then(|info| info.to_bytes()).map_err(raise(Op::Export))
}
