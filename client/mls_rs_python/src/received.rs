//! What came of a processed message.

use mls_rs::group::proposal::Proposal;
use mls_rs::group::{
    ApplicationMessageDescription, CommitEffect, CommitMessageDescription, ProposalMessageDescription, ProposalSender,
};
use mls_rs::identity::SigningIdentity;
use pyo3::prelude::*;

use crate::change::Change;
use crate::config::MlsGroup;
use crate::error::InvalidCommit;
use crate::identity::Validator;
use crate::member::Member;

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct ApplicationMessage {
    sender_leaf: u32,
    data: Vec<u8>,
    authenticated_data: Vec<u8>,
}

#[pymethods]
impl ApplicationMessage {
    #[classattr]
    #[pyo3(name = "kind")]
    const KIND: &'static str = "application";
}

impl ApplicationMessage {
    pub fn new(message: ApplicationMessageDescription) -> Self {
        Self {
            sender_leaf: message.sender_index,
            data: message.data().to_vec(),
            authenticated_data: message.authenticated_data,
        }
    }
}

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct ProposalReceived {
    sender_leaf: Option<u32>,
    proposal_type: &'static str,
    removed_leaf: Option<u32>,
    authenticated_data: Vec<u8>,
}

#[pymethods]
impl ProposalReceived {
    #[classattr]
    #[pyo3(name = "kind")]
    const KIND: &'static str = "proposal";
}

impl ProposalReceived {
    pub fn new(message: ProposalMessageDescription) -> Self {
        Self {
            sender_leaf: match message.sender {
                ProposalSender::Member(leaf) => Some(leaf),
                _ => None,
            },
            proposal_type: proposal_type(&message.proposal),
            removed_leaf: match &message.proposal {
                Proposal::Remove(remove) => Some(remove.to_remove()),
                _ => None,
            },
            authenticated_data: message.authenticated_data,
        }
    }
}

fn proposal_type(proposal: &Proposal) -> &'static str {
    match proposal {
        Proposal::Add(_) => "add",
        Proposal::Update(_) => "update",
        Proposal::Remove(_) => "remove",
        Proposal::Psk(_) => "psk",
        Proposal::ReInit(_) => "reinit",
        Proposal::ExternalInit(_) => "external_init",
        Proposal::GroupContextExtensions(_) => "group_context_extensions",
        _ => "custom",
    }
}

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct CommitReceived {
    epoch: u64,
    committer_leaf: u32,
    external: bool,
    added: Vec<Member>,
    removed: Vec<Member>,
    updated: Vec<Member>,
    self_removed: bool,
    context_extensions_changed: bool,
    external_psk_ids: Vec<Vec<u8>>,
    authenticated_data: Vec<u8>,
}

#[pymethods]
impl CommitReceived {
    #[classattr]
    #[pyo3(name = "kind")]
    const KIND: &'static str = "commit";
}

impl CommitReceived {
    pub fn self_removed(&self) -> bool {
        self.self_removed
    }

    /// Describes an applied commit. `group` is the group after it, or still before it where it removed us;
    /// `joiner` is the leaf that an external commit brought.
    pub fn new(
        commit: CommitMessageDescription,
        group: &MlsGroup,
        joiner: Option<&SigningIdentity>,
        validator: &Validator,
    ) -> PyResult<Self> {
        let (new_epoch, self_removed) = match &commit.effect {
            CommitEffect::NewEpoch(new_epoch) => (new_epoch, false),
            CommitEffect::Removed { new_epoch, .. } => (new_epoch, true),
            CommitEffect::ReInit(_) => {
                return Err(InvalidCommit::new_err("ReInit is not accepted"));
            }
        };
        let change = Change::of(new_epoch)?;
        let mut added = change.added(group, self_removed, validator)?;
        if let (true, Some(joiner)) = (commit.is_external, joiner) {
            added.push(Member::new(commit.committer, joiner, validator)?);
        }
        Ok(Self {
            epoch: new_epoch.epoch,
            committer_leaf: commit.committer,
            external: commit.is_external,
            added,
            removed: change.removed(validator)?,
            updated: change.updated(validator)?,
            self_removed,
            context_extensions_changed: change.extensions_changed,
            external_psk_ids: change.external_psk_ids,
            authenticated_data: commit.authenticated_data,
        })
    }
}
