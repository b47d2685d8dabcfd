//! What a commit changes in the roster and the group context.

use mls_rs::group::proposal::Proposal;
use mls_rs::group::{NewEpoch, Node, Sender};
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rules::ProposalInfo;
use pyo3::prelude::*;

use crate::config::MlsGroup;
use crate::error::InvalidCommit;
use crate::identity::Validator;
use crate::member::Member;

/// The applied proposals of a commit, sorted by what they do.
#[derive(Default)]
pub struct Change<'a> {
    added: Vec<&'a SigningIdentity>,
    removed: Vec<(u32, SigningIdentity)>,
    updated: Vec<(u32, &'a SigningIdentity)>,
    pub extensions_changed: bool,
    pub external_psk_ids: Vec<Vec<u8>>,
}

impl<'a> Change<'a> {
    pub fn of(new_epoch: &'a NewEpoch) -> PyResult<Self> {
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

    pub fn added(&self, group: &MlsGroup, self_removed: bool, validator: &Validator) -> PyResult<Vec<Member>> {
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
            let is_member =
                |node: &Option<Node>| matches!(node, Some(Node::Leaf(leaf)) if leaf.signing_identity == **member);
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

    pub fn removed(&self, validator: &Validator) -> PyResult<Vec<Member>> {
        self.removed.iter().map(|(leaf, member)| Member::new(*leaf, member, validator)).collect()
    }

    pub fn updated(&self, validator: &Validator) -> PyResult<Vec<Member>> {
        self.updated.iter().map(|(leaf, member)| Member::new(*leaf, member, validator)).collect()
    }
}
