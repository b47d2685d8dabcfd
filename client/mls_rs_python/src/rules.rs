//! What every group of this binding does alike: encrypted handshakes, a path in every commit, padded ciphertexts.

use std::sync::Arc;

use mls_rs::MlsRules;
use mls_rs::client_builder::PaddingMode;
use mls_rs::group::{GroupContext, Roster};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle};

use crate::error::Fault;
use crate::stores::GroupMarks;

#[derive(Clone)]
pub struct Rules(pub Arc<GroupMarks>);

impl MlsRules for Rules {
    type Error = Fault;

    /// ReInit would freeze the group for good, and nobody speaks custom proposals: by reference they are
    /// left out of our commits, and a commit that holds one is refused.
    fn filter_proposals(
        &self,
        direction: CommitDirection,
        _source: CommitSource,
        _roster: &Roster,
        _context: &GroupContext,
        mut proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Fault> {
        if direction == CommitDirection::Send {
            proposals.retain_by_type(
                |_: &mls_rs::mls_rules::ProposalInfo<mls_rs::group::proposal::ReInitProposal>| Ok::<_, Fault>(false),
            )?;
            proposals.retain_custom(|_| Ok::<_, Fault>(false))?;
        }
        if !proposals.reinit_proposals().is_empty() || !proposals.custom_proposals().is_empty() {
            return Err(Fault::Text("ReInit and custom proposals are not accepted".into()));
        }
        Ok(proposals)
    }

    fn commit_options(&self, _: &Roster, _: &GroupContext, _: &ProposalBundle) -> Result<CommitOptions, Fault> {
        Ok(CommitOptions::new()
            .with_path_required(true)
            .with_ratchet_tree_extension(true)
            .with_single_welcome_message(true)
            .with_allow_external_commit(self.0.is_group_info_wanted()))
    }

    fn encryption_options(&self, _: &Roster, _: &GroupContext) -> Result<EncryptionOptions, Fault> {
        Ok(EncryptionOptions::new(true, PaddingMode::Padme))
    }
}
