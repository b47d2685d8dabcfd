//! How a client of mls-rs is put together.

use std::sync::Arc;
use std::time::Duration;

use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider, WithKeyPackageRepo, WithMlsRules,
    WithPskStore,
};
use mls_rs::identity::SigningIdentity;
use mls_rs_core::crypto::{CipherSuite, SignatureSecretKey};
use mls_rs_core::extension::ExtensionType;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use pyo3::prelude::*;

use crate::bounds::{MAX_FIELD, at_most};
use crate::error::UsageError;
use crate::identity::Validator;
use crate::rules::Rules;
use crate::stores::{GroupMarks, GroupStore, KeyPackageStore, PskStore};
use crate::table::{Kind, SharedTable};

pub type Config = WithMlsRules<
    Rules,
    WithCryptoProvider<
        RustCryptoProvider,
        WithIdentityProvider<
            Validator,
            WithGroupStateStorage<GroupStore, WithPskStore<PskStore, WithKeyPackageRepo<KeyPackageStore, BaseConfig>>>,
        >,
    >,
>;
pub type MlsClient = mls_rs::Client<Config>;
pub type MlsGroup = mls_rs::Group<Config>;

/// How long a leaf says it lives; only key packages are held to it.
const LEAF_LIFETIME: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Everything that an mls-rs client is made from; one is made for each group, with that group's marks.
pub struct Settings {
    pub identity: SigningIdentity,
    pub secret_key: SignatureSecretKey,
    pub cipher_suite: CipherSuite,
    pub extension_types: Vec<ExtensionType>,
    pub table: SharedTable,
    pub validator: Validator,
    /// Whether members may send commits and proposals unencrypted.
    pub accept_public_handshakes: bool,
}

impl Settings {
    pub fn client(&self, marks: Arc<GroupMarks>) -> MlsClient {
        self.client_with_lifetime(marks, LEAF_LIFETIME)
    }

    pub fn client_with_lifetime(&self, marks: Arc<GroupMarks>, lifetime: Duration) -> MlsClient {
        mls_rs::Client::builder()
            .key_package_repo(KeyPackageStore(self.table.clone()))
            .psk_store(PskStore(self.table.clone()))
            .group_state_storage(GroupStore { table: self.table.clone(), marks: marks.clone() })
            .identity_provider(self.validator.clone())
            .crypto_provider(RustCryptoProvider::new())
            .mls_rules(Rules(marks))
            .extension_types(self.extension_types.iter().copied())
            .key_package_lifetime(lifetime)
            .signing_identity(self.identity.clone(), self.secret_key.clone(), self.cipher_suite)
            .build()
    }

    /// An id that a new group may have: no other in the storage has it.
    pub fn check_new_group_id(&self, group_id: &[u8]) -> PyResult<()> {
        at_most("group_id", group_id, MAX_FIELD)?;
        if group_id.is_empty() {
            return Err(UsageError::new_err("group_id is empty"));
        }
        if self.table.lock().contains(Kind::Group, group_id) {
            return Err(UsageError::new_err("the storage already holds a group of this id"));
        }
        Ok(())
    }
}
