//! Commits and proposals of our own, from the changes that are asked for to what is sent.

use mls_rs::MlsMessage;
use mls_rs::error::MlsError;
use mls_rs::group::CommitOutput as MlsCommitOutput;
use mls_rs_core::psk::ExternalPskId;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::bounds::{Extensions, Leaf, UnixTime};
use crate::config::MlsGroup;
use crate::error::{Op, raise};
use crate::key_package;

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct CommitOutput {
    commit: Vec<u8>,
    welcome: Option<Vec<u8>>,
    ratchet_tree: Option<Vec<u8>>,
    group_info: Option<Vec<u8>>,
}

impl CommitOutput {
    fn new(output: &MlsCommitOutput) -> Result<Self, MlsError> {
        Ok(Self {
            commit: output.commit_message.to_bytes()?,
            // the rules ask for a single Welcome
            welcome: output.welcome_messages.first().map(|welcome| welcome.to_bytes()).transpose()?,
            ratchet_tree: output.ratchet_tree.as_ref().map(|tree| tree.to_bytes()).transpose()?,
            group_info: output.external_commit_group_info.as_ref().map(|info| info.to_bytes()).transpose()?,
        })
    }
}

pub fn proposal(message: Result<MlsMessage, MlsError>) -> PyResult<Vec<u8>> {
    message.and_then(|message| message.to_bytes()).map_err(raise(Op::Propose))
}

/// What a commit shall do.
pub struct Changes<'a> {
    pub add: Vec<PyBackedBytes>,
    pub remove: Vec<Leaf>,
    pub external_psks: Vec<PyBackedBytes>,
    pub context_extensions: Option<Extensions>,
    pub authenticated_data: &'a [u8],
}

impl Changes<'_> {
    /// Prepares the commit; it stays pending in the group.
    pub fn commit(self, group: &mut MlsGroup, now: UnixTime) -> PyResult<CommitOutput> {
        let failed = raise(Op::Commit);
        let mut builder =
            group.commit_builder().commit_time(now.mls()).authenticated_data(self.authenticated_data.to_vec());
        for data in self.add {
            builder = builder.add_member(key_package::decode_to_add(&data)?).map_err(&failed)?;
        }
        for leaf in self.remove {
            builder = builder.remove_member(leaf.0).map_err(&failed)?;
        }
        for psk_id in self.external_psks {
            builder = builder.add_external_psk(ExternalPskId::new(psk_id.to_vec())).map_err(&failed)?;
        }
        if let Some(extensions) = self.context_extensions {
            builder = builder.set_group_context_ext(extensions.0).map_err(&failed)?;
        }
        builder.build().and_then(|output| CommitOutput::new(&output)).map_err(&failed)
    }
}
