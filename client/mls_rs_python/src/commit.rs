//! A commit as it leaves the group.

use mls_rs::group::CommitOutput as MlsCommitOutput;
use mls_rs::error::MlsError;
use pyo3::prelude::*;

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct CommitOutput {
    commit: Vec<u8>,
    welcome: Option<Vec<u8>>,
    ratchet_tree: Option<Vec<u8>>,
}

impl CommitOutput {
    pub fn new(output: &MlsCommitOutput) -> Result<Self, MlsError> {
        Ok(Self {
            commit: output.commit_message.to_bytes()?,
            // the rules ask for a single Welcome
            welcome: output.welcome_messages.first().map(|welcome| welcome.to_bytes()).transpose()?,
            ratchet_tree: output.ratchet_tree.as_ref().map(|tree| tree.to_bytes()).transpose()?,
        })
    }
}
