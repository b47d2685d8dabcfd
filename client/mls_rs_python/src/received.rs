//! What came of a processed message.

use mls_rs::group::proposal::Proposal;
use mls_rs::group::{
    ApplicationMessageDescription, CommitEffect, CommitMessageDescription, NewEpoch, Node, ProposalMessageDescription,
    ProposalSender, Sender,
};
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rules::ProposalInfo;
use pyo3::prelude::*;

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
            CommitEffect::ReInit(_) => return Err(InvalidCommit::new_err("ReInit is not accepted")),
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

/// The applied proposals of a commit, sorted by what they do.
#[derive(Default)]
struct Change<'a> {
    added: Vec<&'a SigningIdentity>,
    removed: Vec<(u32, SigningIdentity)>,
    updated: Vec<(u32, &'a SigningIdentity)>,
    extensions_changed: bool,
    external_psk_ids: Vec<Vec<u8>>,
}

impl<'a> Change<'a> {
    fn of(new_epoch: &'a NewEpoch) -> PyResult<Self> {
        let mut change = Self::default();
        for info in &new_epoch.applied_proposals {
            change.take(info, new_epoch)?;
        }
        Ok(change)
    }

    fn take(&mut self, info: &'a ProposalInfo<Proposal>, new_epoch: &NewEpoch) -> PyResult<()> {
        match &info.proposal {
            Proposal::Add(add) => self.added.push(add.signing_identity()),
            Proposal::Remove(remove) => {
                let leaf = remove.to_remove();
                let member = new_epoch.prior_state.member_at_index(leaf);
                let member = member.ok_or_else(|| InvalidCommit::new_err("removes nobody"))?;
                self.removed.push((leaf, member.signing_identity));
            }
            Proposal::Update(update) => {
                if let Sender::Member(leaf) = info.sender {
                    self.updated.push((leaf, update.signing_identity()));
                }
            }
            Proposal::GroupContextExtensions(extensions) => {
                self.extensions_changed = *extensions != new_epoch.prior_state.context.extensions;
            }
            Proposal::Psk(psk) => self.external_psk_ids.extend(psk.external_psk_id().map(|id| id.to_vec())),
            _ => {}
        }
        Ok(())
    }

    fn added(&self, group: &MlsGroup, self_removed: bool, validator: &Validator) -> PyResult<Vec<Member>> {
        if self.added.is_empty() {
            return Ok(Vec::new());
        }
        let leaves = if self_removed { self.future_leaves(group) } else { self.present_leaves(group) };
        leaves.into_iter().zip(&self.added).map(|(leaf, member)| Member::new(leaf, member, validator)).collect()
    }

    /// Where the added members sit in the tree of the group; signature keys are unique in a tree.
    fn present_leaves(&self, group: &MlsGroup) -> Vec<u32> {
        let tree = group.export_tree();
        let find = |member: &&SigningIdentity| {
            let is_member = |node: &Option<Node>| matches!(node, Some(Node::Leaf(leaf)) if leaf.signing_identity == **member);
            tree.nodes().iter().step_by(2).position(is_member).and_then(|leaf| u32::try_from(leaf).ok())
        };
        self.added.iter().filter_map(find).collect()
    }

    /// Where they will sit in a tree that we do not get to see: each in the leftmost blank leaf (RFC 9420, section 7.7).
    fn future_leaves(&self, group: &MlsGroup) -> Vec<u32> {
        let tree = group.export_tree();
        let removed = |leaf: u32| self.removed.iter().any(|(gone, _)| *gone == leaf);
        let occupied = |leaf: &u32| {
            let node = tree.nodes().get(*leaf as usize * 2);
            matches!(node, Some(Some(_))) && !removed(*leaf)
        };
        (0..).filter(|leaf| !occupied(leaf)).take(self.added.len()).collect()
    }

    fn removed(&self, validator: &Validator) -> PyResult<Vec<Member>> {
        self.removed.iter().map(|(leaf, member)| Member::new(*leaf, member, validator)).collect()
    }

    fn updated(&self, validator: &Validator) -> PyResult<Vec<Member>> {
        self.updated.iter().map(|(leaf, member)| Member::new(*leaf, member, validator)).collect()
    }
}
