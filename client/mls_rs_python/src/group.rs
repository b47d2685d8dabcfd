//! A group as one of its members holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use mls_rs::group::{CommitMessageDescription, ContentType, Node, ReceivedMessage, Sender};
use mls_rs::identity::SigningIdentity;
use mls_rs::{MlsMessage, MlsMessageDescription};
use mls_rs_core::psk::ExternalPskId;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::bounds::{Extensions, Leaf, Length, MAX_FIELD, MAX_HANDSHAKE, MAX_MESSAGE, NO_BYTES, UnixTime, at_most, received};
use crate::commit::CommitOutput;
use crate::config::{MlsGroup, Settings};
use crate::error::{
    FutureEpoch, InvalidCommit, InvalidMessage, InvalidProposal, NoPendingCommit, NotAMember, Op, StaleEpoch,
    UsageError, WrongGroup, raise,
};
use crate::key_package;
use crate::member::Member;
use crate::message;
use crate::received::{ApplicationMessage, CommitReceived, ProposalReceived};
use crate::stores::GroupMarks;

/// RFC 5869 gives no more than this many blocks.
const HKDF_BLOCKS: usize = 255;

#[pyclass(module = "mls_rs_python")]
pub struct Group {
    group: MlsGroup,
    settings: Arc<Settings>,
    marks: Arc<GroupMarks>,
}

#[derive(IntoPyObject)]
pub enum Received {
    Application(ApplicationMessage),
    Commit(CommitReceived),
    Proposal(ProposalReceived),
}

impl Group {
    pub fn new(group: MlsGroup, settings: Arc<Settings>, marks: Arc<GroupMarks>) -> Self {
        Self { group, settings, marks }
    }

    fn check_member(&self) -> PyResult<()> {
        if self.marks.is_removed() {
            return Err(NotAMember::new_err("we were removed from this group"));
        }
        Ok(())
    }

    /// Group, epoch and framing must fit before anything is decrypted; gives the content type.
    fn check_header(&self, message: &MlsMessage) -> PyResult<ContentType> {
        let (group_id, epoch, content) = match message.description() {
            MlsMessageDescription::PrivateProtocolMessage { group_id, epoch_id, content_type } => {
                (group_id, epoch_id, content_type)
            }
            MlsMessageDescription::PublicProtocolMessage { group_id, epoch_id, content_type, sender, .. } => {
                check_public(content_type, sender)?;
                (group_id, epoch_id, content_type)
            }
            _ => return Err(InvalidMessage::new_err("not a message inside a group")),
        };
        if group_id != self.group.group_id() {
            return Err(WrongGroup::new_err("the message belongs to another group"));
        }
        self.check_epoch(epoch, content)?;
        Ok(content)
    }

    fn check_epoch(&self, epoch: u64, content: ContentType) -> PyResult<()> {
        let current = self.group.current_epoch();
        let detail = || format!("the message is of epoch {epoch}, the group in epoch {current}");
        if epoch > current {
            return Err(FutureEpoch::new_err(detail()));
        }
        if epoch < current && content != ContentType::Application {
            return Err(StaleEpoch::new_err(detail()));
        }
        Ok(())
    }

    fn describe(&self, commit: CommitMessageDescription, joiner: Option<&SigningIdentity>) -> PyResult<CommitReceived> {
        CommitReceived::new(commit, &self.group, joiner, &self.settings.validator)
    }

    fn proposed(&mut self, message: Result<MlsMessage, mls_rs::error::MlsError>) -> PyResult<Vec<u8>> {
        message.and_then(|message| message.to_bytes()).map_err(raise(Op::Propose))
    }
}

/// Members encrypt their handshakes; only who is not yet one may commit in the open.
fn check_public(content: ContentType, sender: Sender) -> PyResult<()> {
    match (content, sender) {
        (ContentType::Commit, Sender::NewMemberCommit) => Ok(()),
        (ContentType::Commit, _) => Err(InvalidCommit::new_err("a member's commit must be encrypted")),
        (ContentType::Proposal, _) => Err(InvalidProposal::new_err("a proposal must be encrypted")),
        (ContentType::Application, _) => Err(InvalidMessage::new_err("application data must be encrypted")),
    }
}

#[pymethods]
impl Group {
    #[getter]
    fn group_id(&self) -> Vec<u8> {
        self.group.group_id().to_vec()
    }

    #[getter]
    fn epoch(&self) -> u64 {
        self.group.current_epoch()
    }

    #[getter]
    fn cipher_suite(&self) -> u16 {
        self.group.cipher_suite().raw_value()
    }

    #[getter]
    fn own_leaf_index(&self) -> u32 {
        self.group.current_member_index()
    }

    #[getter]
    fn context_extensions(&self) -> BTreeMap<u16, Vec<u8>> {
        let extensions = &self.group.context().extensions;
        extensions.iter().map(|one| (one.extension_type.raw_value(), one.extension_data.clone())).collect()
    }

    #[getter]
    fn epoch_authenticator(&self) -> PyResult<Vec<u8>> {
        self.group.epoch_authenticator().map(|secret| secret.to_vec()).map_err(raise(Op::Export))
    }

    #[getter]
    fn has_pending_commit(&self) -> bool {
        self.group.has_pending_commit()
    }

    #[getter]
    fn pending_proposals(&self) -> usize {
        self.group.get_cached_proposals().len()
    }

    fn members(&self) -> PyResult<Vec<Member>> {
        let tree = self.group.export_tree();
        let leaves = (0u32..).zip(tree.nodes().iter().step_by(2));
        leaves
            .filter_map(|(index, node)| match node {
                Some(Node::Leaf(leaf)) => Some(Member::new(index, &leaf.signing_identity, &self.settings.validator)),
                _ => None,
            })
            .collect()
    }

    #[pyo3(signature = (data, *, authenticated_data = NO_BYTES), text_signature = "($self, data, *, authenticated_data=b'')")]
    fn encrypt(&mut self, data: &[u8], authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check_member()?;
        at_most("data", data, MAX_MESSAGE / 2)?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD)?;
        self.group
            .encrypt_application_message(data, authenticated_data.to_vec())
            .and_then(|message| message.to_bytes())
            .map_err(raise(Op::Encrypt))
    }

    #[pyo3(signature = (message, *, now))]
    fn process(&mut self, message: &[u8], now: UnixTime) -> PyResult<Received> {
        self.check_member()?;
        let decoded = message::decode(message)?;
        let content = self.check_header(&decoded)?;
        if content != ContentType::Application {
            received(message, MAX_HANDSHAKE)?;
        }
        let joiner = decoded.commit_path_leaf_node().map(|leaf| leaf.signing_identity.clone());
        let outcome = self.group.process_incoming_message_with_time(decoded, now.mls()).map_err(raise(Op::Process(content)))?;
        match outcome {
            ReceivedMessage::ApplicationMessage(message) => Ok(Received::Application(ApplicationMessage::new(message))),
            ReceivedMessage::Proposal(message) => Ok(Received::Proposal(ProposalReceived::new(message))),
            ReceivedMessage::Commit(commit) => {
                let described = self.describe(commit, joiner.as_ref())?;
                if described.self_removed() {
                    self.group.clear_pending_commit();
                    self.marks.set_removed();
                }
                Ok(Received::Commit(described))
            }
            _ => Err(InvalidMessage::new_err("not a message inside a group")),
        }
    }

    #[pyo3(
        signature = (*, now, add = Vec::new(), remove = Vec::new(), external_psks = Vec::new(),
            context_extensions = None, authenticated_data = NO_BYTES),
        text_signature = "($self, *, now, add=(), remove=(), external_psks=(), context_extensions=None, \
            authenticated_data=b'')"
    )]
    fn commit(
        &mut self,
        now: UnixTime,
        add: Vec<PyBackedBytes>,
        remove: Vec<Leaf>,
        external_psks: Vec<PyBackedBytes>,
        context_extensions: Option<Extensions>,
        authenticated_data: &[u8],
    ) -> PyResult<CommitOutput> {
        self.check_member()?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD)?;
        let failed = raise(Op::Commit);
        let mut builder =
            self.group.commit_builder().commit_time(now.mls()).authenticated_data(authenticated_data.to_vec());
        for data in add {
            builder = builder.add_member(key_package::decode_to_add(&data)?).map_err(&failed)?;
        }
        for leaf in remove {
            builder = builder.remove_member(leaf.0).map_err(&failed)?;
        }
        for psk_id in external_psks {
            builder = builder.add_external_psk(ExternalPskId::new(psk_id.to_vec())).map_err(&failed)?;
        }
        if let Some(extensions) = context_extensions {
            builder = builder.set_group_context_ext(extensions.0).map_err(&failed)?;
        }
        builder.build().and_then(|output| CommitOutput::new(&output)).map_err(&failed)
    }

    fn apply_pending_commit(&mut self) -> PyResult<CommitReceived> {
        self.check_member()?;
        if !self.group.has_pending_commit() {
            return Err(NoPendingCommit::new_err("there is no pending commit"));
        }
        let commit = self.group.apply_pending_commit().map_err(raise(Op::Apply))?;
        self.describe(commit, None)
    }

    fn clear_pending_commit(&mut self) {
        self.group.clear_pending_commit();
    }

    #[pyo3(signature = (*, authenticated_data = NO_BYTES), text_signature = "($self, *, authenticated_data=b'')")]
    fn propose_update(&mut self, authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check_member()?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD)?;
        let message = self.group.propose_update(authenticated_data.to_vec());
        self.proposed(message)
    }

    #[pyo3(
        signature = (key_package, *, authenticated_data = NO_BYTES),
        text_signature = "($self, key_package, *, authenticated_data=b'')"
    )]
    fn propose_add(&mut self, key_package: &[u8], authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check_member()?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD)?;
        let package = key_package::decode_to_add(key_package)?;
        let message = self.group.propose_add(package, authenticated_data.to_vec());
        self.proposed(message)
    }

    #[pyo3(
        signature = (leaf_index, *, authenticated_data = NO_BYTES),
        text_signature = "($self, leaf_index, *, authenticated_data=b'')"
    )]
    fn propose_remove(&mut self, leaf_index: Leaf, authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check_member()?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD)?;
        let message = self.group.propose_remove(leaf_index.0, authenticated_data.to_vec());
        self.proposed(message)
    }

    fn clear_pending_proposals(&mut self) {
        self.group.clear_proposal_cache();
    }

    fn export_secret(&self, label: &[u8], context: &[u8], length: Length) -> PyResult<Vec<u8>> {
        self.check_member()?;
        at_most("label", label, MAX_FIELD)?;
        at_most("context", context, MAX_MESSAGE)?;
        let limit = HKDF_BLOCKS * self.group.epoch_authenticator().map_err(raise(Op::Export))?.len();
        if length.0 == 0 || length.0 > limit {
            return Err(UsageError::new_err(format!("length is not between 1 and {limit}")));
        }
        self.group.export_secret(label, context, length.0).map(|secret| secret.to_vec()).map_err(raise(Op::Export))
    }

    #[pyo3(signature = (*, allow_external_commit = true, with_ratchet_tree = true))]
    fn group_info(&self, allow_external_commit: bool, with_ratchet_tree: bool) -> PyResult<Vec<u8>> {
        self.check_member()?;
        let info = if allow_external_commit {
            self.group.group_info_message_allowing_ext_commit(with_ratchet_tree)
        } else {
            self.group.group_info_message(with_ratchet_tree)
        };
        info.and_then(|info| info.to_bytes()).map_err(raise(Op::Export))
    }

    fn export_tree(&self) -> PyResult<Vec<u8>> {
        self.group.export_tree().to_bytes().map_err(raise(Op::Export))
    }

    fn save(&mut self) -> PyResult<()> {
        self.group.write_to_storage().map_err(raise(Op::Save))
    }
}
