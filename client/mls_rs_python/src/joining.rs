//! The two ways into a group that exists: a Welcome and an external commit.

use std::sync::Arc;

use mls_rs::group::ExportedTree;
use mls_rs::mls_rs_codec::MlsDecode;
use mls_rs::{MlsMessage, WireFormat};
use mls_rs_core::psk::ExternalPskId;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::bounds::{Leaf, MAX_FIELD, MAX_HANDSHAKE, at_most, received};
use crate::config::Settings;
use crate::error::{InvalidMessage, Op, UnsupportedCipherSuite, raise};
use crate::group::Group;
use crate::message;
use crate::stores::GroupMarks;

/// A ratchet tree that came beside its message.
pub fn tree(data: Option<&[u8]>) -> PyResult<Option<ExportedTree<'static>>> {
    let decode = |data| {
        ExportedTree::mls_decode_exhaustive(received(data, MAX_HANDSHAKE)?)
            .map_err(|error| InvalidMessage::new_err(format!("ratchet tree: {error}")))
    };
    data.map(decode).transpose()
}

fn decode(data: &[u8], expected: WireFormat) -> PyResult<MlsMessage> {
    let message = message::decode(data)?;
    if message.wire_format() != expected {
        return Err(InvalidMessage::new_err(format!("not a {expected:?}")));
    }
    Ok(message)
}

/// A GroupInfo of a group that this client could be in.
pub fn decode_group_info(settings: &Settings, data: &[u8]) -> PyResult<MlsMessage> {
    let message = decode(data, WireFormat::GroupInfo)?;
    if message.cipher_suite() != Some(settings.cipher_suite) {
        return Err(UnsupportedCipherSuite::new_err("the group is of another cipher suite"));
    }
    Ok(message)
}

pub fn join(settings: &Arc<Settings>, welcome: &[u8], tree: Option<ExportedTree<'static>>) -> PyResult<Group> {
    let message = decode(welcome, WireFormat::Welcome)?;
    let marks = GroupMarks::new(true);
    let client = settings.client(marks.clone());
    let (group, _) = client.join_group(tree, &message, None).map_err(raise(Op::Join))?;
    Ok(Group::new(group, settings.clone(), marks))
}

/// What an external commit brings besides the new leaf.
pub struct ExternalJoin<'a> {
    pub tree: Option<ExportedTree<'static>>,
    pub external_psks: Vec<PyBackedBytes>,
    pub remove_leaf: Option<Leaf>,
    pub authenticated_data: &'a [u8],
}

impl ExternalJoin<'_> {
    /// The group after the commit, and the commit to send.
    pub fn join(self, settings: &Arc<Settings>, group_info: &[u8]) -> PyResult<(Group, Vec<u8>)> {
        let message = decode_group_info(settings, group_info)?;
        at_most("authenticated_data", self.authenticated_data, MAX_FIELD)?;
        let failed = raise(if self.remove_leaf.is_some() { Op::Rejoin } else { Op::ExternalJoin });
        let marks = GroupMarks::new(true);
        let builder = settings.client(marks.clone()).external_commit_builder().map_err(&failed)?;
        let mut builder = builder.with_authenticated_data(self.authenticated_data.to_vec());
        for psk_id in self.external_psks {
            builder = builder.with_external_psk(ExternalPskId::new(psk_id.to_vec()));
        }
        if let Some(tree) = self.tree {
            builder = builder.with_tree_data(tree);
        }
        if let Some(leaf) = self.remove_leaf {
            builder = builder.with_removal(leaf.0);
        }
        let (group, commit) = builder.build(message).map_err(&failed)?;
        marks.set_first_epoch(group.current_epoch());
        Ok((Group::new(group, settings.clone(), marks), commit.to_bytes().map_err(&failed)?))
    }
}
