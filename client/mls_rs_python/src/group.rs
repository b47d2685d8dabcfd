//! A group as one of its members holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::bounds::{Extensions, Leaf, Length, MAX_FIELD, MAX_MESSAGE, NO_BYTES, UnixTime, at_most};
use crate::commit::{Changes, CommitOutput, proposal};
use crate::config::{MlsGroup, Settings};
use crate::error::{NoPendingCommit, NotAMember, Op, raise};
use crate::export;
use crate::group_info::context_extensions;
use crate::incoming::{self, Received};
use crate::key_package;
use crate::member::{self, Member};
use crate::received::CommitReceived;
use crate::stores::GroupMarks;

#[pyclass(module = "mls_rs_python")]
pub struct Group {
    group: MlsGroup,
    settings: Arc<Settings>,
    marks: Arc<GroupMarks>,
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

    /// What every method that uses keys checks first.
    fn check(&self, authenticated_data: &[u8]) -> PyResult<()> {
        self.check_member()?;
        at_most("authenticated_data", authenticated_data, MAX_FIELD).map(|_| ())
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
        context_extensions(self.group.context())
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
        member::members(&self.group.export_tree(), &self.settings.validator)
    }

    #[pyo3(signature = (data, *, authenticated_data = NO_BYTES), text_signature = "($self, data, *, authenticated_data=b'')")]
    fn encrypt(&mut self, data: &[u8], authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check(authenticated_data)?;
        at_most("data", data, MAX_MESSAGE / 2)?;
        self.group
            .encrypt_application_message(data, authenticated_data.to_vec())
            .and_then(|message| message.to_bytes())
            .map_err(raise(Op::Encrypt))
    }

    #[pyo3(signature = (message, *, now))]
    fn process(&mut self, message: &[u8], now: UnixTime) -> PyResult<Received> {
        self.check_member()?;
        let received = incoming::process(&mut self.group, &self.settings, self.marks.first_epoch(), message, now)?;
        if received.removes_us() {
            self.group.clear_pending_commit();
            self.marks.set_removed();
        }
        Ok(received)
    }

    #[pyo3(
        signature = (*, now, add = Vec::new(), remove = Vec::new(), external_psks = Vec::new(),
            context_extensions = None, authenticated_data = NO_BYTES, with_group_info = false),
        text_signature = "($self, *, now, add=(), remove=(), external_psks=(), context_extensions=None, \
            authenticated_data=b'', with_group_info=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "in Python they have names")]
    fn commit(
        &mut self,
        now: UnixTime,
        add: Vec<PyBackedBytes>,
        remove: Vec<Leaf>,
        external_psks: Vec<PyBackedBytes>,
        context_extensions: Option<Extensions>,
        authenticated_data: &[u8],
        with_group_info: bool,
    ) -> PyResult<CommitOutput> {
        self.check(authenticated_data)?;
        self.marks.want_group_info(with_group_info);
        Changes { add, remove, external_psks, context_extensions, authenticated_data }.commit(&mut self.group, now)
    }

    fn apply_pending_commit(&mut self) -> PyResult<CommitReceived> {
        self.check_member()?;
        if !self.group.has_pending_commit() {
            return Err(NoPendingCommit::new_err("there is no pending commit"));
        }
        let commit = self.group.apply_pending_commit().map_err(raise(Op::Apply))?;
        CommitReceived::new(commit, &self.group, None, &self.settings.validator)
    }

    fn clear_pending_commit(&mut self) {
        self.group.clear_pending_commit();
    }

    #[pyo3(signature = (*, authenticated_data = NO_BYTES), text_signature = "($self, *, authenticated_data=b'')")]
    fn propose_update(&mut self, authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check(authenticated_data)?;
        proposal(self.group.propose_update(authenticated_data.to_vec()))
    }

    #[pyo3(
        signature = (key_package, *, authenticated_data = NO_BYTES),
        text_signature = "($self, key_package, *, authenticated_data=b'')"
    )]
    fn propose_add(&mut self, key_package: &[u8], authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check(authenticated_data)?;
        let package = key_package::decode_to_add(key_package)?;
        proposal(self.group.propose_add(package, authenticated_data.to_vec()))
    }

    #[pyo3(
        signature = (leaf_index, *, authenticated_data = NO_BYTES),
        text_signature = "($self, leaf_index, *, authenticated_data=b'')"
    )]
    fn propose_remove(&mut self, leaf_index: Leaf, authenticated_data: &[u8]) -> PyResult<Vec<u8>> {
        self.check(authenticated_data)?;
        proposal(self.group.propose_remove(leaf_index.0, authenticated_data.to_vec()))
    }

    fn clear_pending_proposals(&mut self) {
        self.group.clear_proposal_cache();
    }

    fn export_secret(&self, label: &[u8], context: &[u8], length: Length) -> PyResult<Vec<u8>> {
        self.check_member()?;
        export::secret(&self.group, label, context, length)
    }

    #[pyo3(signature = (*, allow_external_commit = true, with_ratchet_tree = true))]
    fn group_info(&self, allow_external_commit: bool, with_ratchet_tree: bool) -> PyResult<Vec<u8>> {
        self.check_member()?;
        export::group_info(&self.group, allow_external_commit, with_ratchet_tree)
    }

    fn export_tree(&self) -> PyResult<Vec<u8>> {
        self.group.export_tree().to_bytes().map_err(raise(Op::Export))
    }

    fn save(&mut self) -> PyResult<()> {
        self.group.write_to_storage().map_err(raise(Op::Save))
    }
}
