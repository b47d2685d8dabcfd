//! A received message on its way into a group.

use mls_rs::group::{ContentType, ReceivedMessage, Sender};
use mls_rs::{MlsMessage, MlsMessageDescription};
use pyo3::prelude::*;

use crate::bounds::{MAX_HANDSHAKE, UnixTime, received};
use crate::config::{MlsGroup, Settings};
use crate::error::{FutureEpoch, InvalidCommit, InvalidMessage, InvalidProposal, Op, StaleEpoch, WrongGroup, raise};
use crate::message;
use crate::received::{ApplicationMessage, CommitReceived, ProposalReceived};

/// What came of it, as one of three Python classes.
#[derive(IntoPyObject)]
pub enum Received {
    Application(ApplicationMessage),
    Commit(CommitReceived),
    Proposal(ProposalReceived),
}

impl Received {
    pub fn removes_us(&self) -> bool {
        matches!(self, Self::Commit(commit) if commit.self_removed())
    }
}

/// Checks, decrypts and applies a message. Before `first_epoch` we were no member.
pub fn process(
    group: &mut MlsGroup,
    settings: &Settings,
    first_epoch: u64,
    data: &[u8],
    now: UnixTime,
) -> PyResult<Received> {
    let decoded = message::decode(data)?;
    let content = check_header(group, &decoded, settings.accept_public_handshakes)?;
    if decoded.epoch().is_some_and(|epoch| epoch < first_epoch) {
        return Err(StaleEpoch::new_err("the message is older than our membership"));
    }
    if content != ContentType::Application {
        received(data, MAX_HANDSHAKE)?;
    }
    let joiner = decoded.commit_path_leaf_node().map(|leaf| leaf.signing_identity.clone());
    let failed = raise(Op::Process(content));
    match group.process_incoming_message_with_time(decoded, now.mls()).map_err(failed)? {
        ReceivedMessage::ApplicationMessage(message) => Ok(Received::Application(ApplicationMessage::new(message))),
        ReceivedMessage::Proposal(message) => Ok(Received::Proposal(ProposalReceived::new(message))),
        ReceivedMessage::Commit(commit) => {
            CommitReceived::new(commit, group, joiner.as_ref(), &settings.validator).map(Received::Commit)
        }
        _ => Err(InvalidMessage::new_err("not a message inside a group")),
    }
}

/// Group, epoch and framing must fit before anything is decrypted; gives the content type.
fn check_header(group: &MlsGroup, message: &MlsMessage, public_handshakes: bool) -> PyResult<ContentType> {
    let (group_id, epoch, content) = match message.description() {
        MlsMessageDescription::PrivateProtocolMessage { group_id, epoch_id, content_type } => {
            (group_id, epoch_id, content_type)
        }
        MlsMessageDescription::PublicProtocolMessage { group_id, epoch_id, content_type, sender, .. } => {
            check_public(content_type, sender, public_handshakes)?;
            (group_id, epoch_id, content_type)
        }
        _ => return Err(InvalidMessage::new_err("not a message inside a group")),
    };
    if group_id != group.group_id() {
        return Err(WrongGroup::new_err("the message belongs to another group"));
    }
    check_epoch(epoch, group.current_epoch(), content)?;
    Ok(content)
}

/// Members encrypt their handshakes unless the client accepts others; who is not yet one may commit in the open.
fn check_public(content: ContentType, sender: Sender, handshakes: bool) -> PyResult<()> {
    match (content, sender) {
        (ContentType::Commit, Sender::NewMemberCommit) => Ok(()),
        (ContentType::Commit | ContentType::Proposal, Sender::Member(_)) if handshakes => Ok(()),
        (ContentType::Commit, _) => Err(InvalidCommit::new_err("a member's commit must be encrypted")),
        (ContentType::Proposal, _) => Err(InvalidProposal::new_err("a proposal must be encrypted")),
        (ContentType::Application, _) => Err(InvalidMessage::new_err("application data must be encrypted")),
    }
}

fn check_epoch(epoch: u64, current: u64, content: ContentType) -> PyResult<()> {
    let detail = || format!("the message is of epoch {epoch}, the group in epoch {current}");
    if epoch > current {
        return Err(FutureEpoch::new_err(detail()));
    }
    if epoch < current && content != ContentType::Application {
        return Err(StaleEpoch::new_err(detail()));
    }
    Ok(())
}
