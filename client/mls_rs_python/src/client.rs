//! One device: its signature key, its key packages, and the groups it creates, joins and loads.

use std::sync::Arc;
use std::time::Duration;

use mls_rs::ExtensionList;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::BasicCredential;
use mls_rs_core::extension::{Extension, ExtensionType};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::bounds::{ExtensionNumber, Extensions, Leaf, Lifetime, MAX_FIELD, NO_BYTES, Suite, UnixTime, at_most};
use crate::config::Settings;
use crate::crypto;
use crate::error::{Op, StorageError, UsageError, raise};
use crate::group::Group;
use crate::group_info::{self, GroupInfo};
use crate::identity::Validator;
use crate::joining::{self, ExternalJoin};
use crate::key_package::{self, KeyPackage};
use crate::migration;
use crate::storage::Storage;
use crate::stores::GroupMarks;

/// Key packages are valid from a day before they are made, for those whose clocks are behind.
const CLOCK_GRACE: u64 = 86_400;

#[pyclass(frozen, module = "mls_rs_python")]
pub struct Client {
    settings: Arc<Settings>,
}

fn extension_types(numbers: Vec<ExtensionNumber>) -> PyResult<Vec<ExtensionType>> {
    let types: Vec<_> = numbers.into_iter().map(|number| ExtensionType::new(number.0)).collect();
    match types.iter().find(|kind| kind.is_default()) {
        Some(kind) => Err(UsageError::new_err(format!("extension type {} needs no mention", kind.raw_value()))),
        None => Ok(types),
    }
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(
        signature = (*, credential, signature_secret_key, signature_public_key, storage, identity_validator,
            cipher_suite = Suite(1), extension_types = Vec::new(), accept_public_handshakes = false),
        text_signature = "(*, credential, signature_secret_key, signature_public_key, storage, identity_validator, \
            cipher_suite=1, extension_types=(), accept_public_handshakes=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "in Python they have names")]
    fn new(
        credential: &[u8],
        signature_secret_key: &[u8],
        signature_public_key: &[u8],
        storage: &Storage,
        identity_validator: Bound<'_, PyAny>,
        cipher_suite: Suite,
        extension_types: Vec<ExtensionNumber>,
        accept_public_handshakes: bool,
    ) -> PyResult<Self> {
        at_most("credential", credential, MAX_FIELD)?;
        let provider = crypto::provider(cipher_suite.mls())?;
        let secret_key = signature_secret_key.to_vec().into();
        if crypto::public_key(&provider, &secret_key)? != signature_public_key {
            return Err(UsageError::new_err("secret and public signature key do not belong together"));
        }
        if !identity_validator.is_callable() {
            return Err(PyTypeError::new_err("identity_validator is not callable"));
        }
        let credential = BasicCredential::new(credential.to_vec()).into_credential();
        Ok(Self {
            settings: Arc::new(Settings {
                identity: SigningIdentity::new(credential, signature_public_key.to_vec().into()),
                secret_key,
                cipher_suite: cipher_suite.mls(),
                extension_types: self::extension_types(extension_types)?,
                table: storage.table.clone(),
                validator: Validator::new(identity_validator.unbind()),
                accept_public_handshakes,
            }),
        })
    }

    #[getter]
    fn credential(&self) -> Vec<u8> {
        self.settings.identity.credential.as_basic().map(|basic| basic.identifier().to_vec()).unwrap_or_default()
    }

    #[getter]
    fn signature_public_key(&self) -> Vec<u8> {
        self.settings.identity.signature_key.to_vec()
    }

    #[getter]
    fn cipher_suite(&self) -> u16 {
        self.settings.cipher_suite.raw_value()
    }

    #[pyo3(
        signature = (*, now, lifetime = Lifetime(7_776_000), last_resort = false),
        text_signature = "($self, *, now, lifetime=7776000, last_resort=False)"
    )]
    fn generate_key_package(&self, now: UnixTime, lifetime: Lifetime, last_resort: bool) -> PyResult<KeyPackage> {
        let mut extensions = ExtensionList::new();
        if last_resort {
            extensions.set(Extension::new(ExtensionType::LAST_RESORT_KEY_PACKAGE, Vec::new()));
        }
        let not_before = UnixTime(now.0.saturating_sub(CLOCK_GRACE)).mls();
        let duration = Duration::from_secs(lifetime.0 + CLOCK_GRACE);
        let message = self
            .settings
            .client_with_lifetime(GroupMarks::new(false), duration)
            .generate_key_package_message(extensions, ExtensionList::new(), Some(not_before))
            .map_err(raise(Op::KeyPackage))?;
        KeyPackage::read(&message.to_bytes().map_err(raise(Op::KeyPackage))?, &message)
    }

    #[pyo3(signature = (data, *, now))]
    fn validate_key_package(&self, data: &[u8], now: UnixTime) -> PyResult<KeyPackage> {
        key_package::validate(&self.settings, data, Some(now))
    }

    #[pyo3(signature = (data, *, init_secret_key, leaf_secret_key))]
    fn import_key_package(&self, data: &[u8], init_secret_key: &[u8], leaf_secret_key: &[u8]) -> PyResult<KeyPackage> {
        migration::import(&self.settings, data, init_secret_key, leaf_secret_key)
    }

    #[pyo3(signature = (*, now, group_id = None, context_extensions = None))]
    fn create_group(
        &self,
        now: UnixTime,
        group_id: Option<&[u8]>,
        context_extensions: Option<Extensions>,
    ) -> PyResult<Group> {
        let marks = GroupMarks::new(true);
        let client = self.settings.client(marks.clone());
        let extensions = context_extensions.map(|extensions| extensions.0).unwrap_or_default();
        let time = Some(now.mls());
        let group = match group_id {
            Some(group_id) => {
                self.settings.check_new_group_id(group_id)?;
                client.create_group_with_id(group_id.to_vec(), extensions, ExtensionList::new(), time)
            }
            None => client.create_group(extensions, ExtensionList::new(), time),
        };
        Ok(Group::new(group.map_err(raise(Op::Create))?, self.settings.clone(), marks))
    }

    /// `now` is only checked: a member who was silent for longer than its key package lived must not keep others out.
    #[pyo3(signature = (welcome, *, now, ratchet_tree = None))]
    fn join_group(&self, welcome: &[u8], now: UnixTime, ratchet_tree: Option<&[u8]>) -> PyResult<Group> {
        let _ = now;
        joining::join(&self.settings, welcome, joining::tree(ratchet_tree)?)
    }

    fn load_group(&self, group_id: &[u8]) -> PyResult<Group> {
        let marks = GroupMarks::new(false);
        let group = self.settings.client(marks.clone()).load_group(group_id).map_err(raise(Op::Load))?;
        if group.group_id() != group_id {
            return Err(StorageError::new_err("the stored state is of another group"));
        }
        Ok(Group::new(group, self.settings.clone(), marks))
    }

    #[pyo3(signature = (group_info, *, ratchet_tree = None))]
    fn inspect_group_info(&self, group_info: &[u8], ratchet_tree: Option<&[u8]>) -> PyResult<GroupInfo> {
        group_info::inspect(&self.settings, group_info, joining::tree(ratchet_tree)?)
    }

    /// `now` is only checked, for the reason given at `join_group`; an external commit adds nobody by key package.
    #[pyo3(
        signature = (group_info, *, now, ratchet_tree = None, external_psks = Vec::new(), remove_leaf = None,
            authenticated_data = NO_BYTES),
        text_signature = "($self, group_info, *, now, ratchet_tree=None, external_psks=(), remove_leaf=None, \
            authenticated_data=b'')"
    )]
    fn external_join(
        &self,
        group_info: &[u8],
        now: UnixTime,
        ratchet_tree: Option<&[u8]>,
        external_psks: Vec<PyBackedBytes>,
        remove_leaf: Option<Leaf>,
        authenticated_data: &[u8],
    ) -> PyResult<(Group, Vec<u8>)> {
        let _ = now;
        let tree = joining::tree(ratchet_tree)?;
        ExternalJoin { tree, external_psks, remove_leaf, authenticated_data }.join(&self.settings, group_info)
    }
}
