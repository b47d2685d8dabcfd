//! A group seen from outside: what its GroupInfo says, checked as far as an outsider can.

use std::collections::BTreeMap;

use mls_rs::external_client::ExternalClient;
use mls_rs::group::{ExportedTree, GroupContext};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use pyo3::prelude::*;

use crate::config::Settings;
use crate::error::{InvalidMessage, Op, raise};
use crate::joining;
use crate::member::{self, Member};

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct GroupInfo {
    group_id: Vec<u8>,
    epoch: u64,
    cipher_suite: u16,
    context_extensions: BTreeMap<u16, Vec<u8>>,
    members: Vec<Member>,
    signer_leaf: u32,
}

/// The extensions of a group context, by type.
pub fn context_extensions(context: &GroupContext) -> BTreeMap<u16, Vec<u8>> {
    context.extensions.iter().map(|one| (one.extension_type.raw_value(), one.extension_data.clone())).collect()
}

/// Checks tree and signature and tells what is in them.
pub fn inspect(settings: &Settings, data: &[u8], tree: Option<ExportedTree<'static>>) -> PyResult<GroupInfo> {
    let message = joining::decode_group_info(settings, data)?;
    let signer = message.as_group_info().map(|info| info.sender());
    let group = ExternalClient::builder()
        .crypto_provider(RustCryptoProvider::new())
        .identity_provider(settings.validator.clone())
        .extension_types(settings.extension_types.iter().copied())
        .build()
        .observe_group(message, tree, None)
        .map_err(raise(Op::ExternalJoin))?;
    let context = group.group_context();
    Ok(GroupInfo {
        group_id: context.group_id().to_vec(),
        epoch: context.epoch,
        cipher_suite: context.cipher_suite().raw_value(),
        context_extensions: context_extensions(context),
        members: member::members(&group.exported_tree(), &settings.validator)?,
        signer_leaf: signer.ok_or_else(|| InvalidMessage::new_err("not a GroupInfo"))?,
    })
}
