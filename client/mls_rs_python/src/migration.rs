//! A key package that was made elsewhere, brought in with its private keys.

use std::sync::Arc;

use mls_rs::{CipherSuiteProvider, KeyPackageStorage};
use mls_rs_core::crypto::{HpkePublicKey, HpkeSecretKey};
use mls_rs_core::key_package::KeyPackageData;
use pyo3::prelude::*;

use crate::bounds::{MAX_FIELD, at_most};
use crate::config::Settings;
use crate::crypto::{SuiteProvider, provider};
use crate::error::{StorageError, UsageError};
use crate::key_package::{self, KeyPackage};
use crate::stores::KeyPackageStore;

const PROBE: &[u8] = b"a key and its secret";

/// Stores a valid key package of this client under its reference, once both secret keys are seen to fit.
pub fn import(settings: &Arc<Settings>, data: &[u8], init_secret: &[u8], leaf_secret: &[u8]) -> PyResult<KeyPackage> {
    let package = key_package::validate(settings, data, None)?;
    let identity = &settings.identity;
    if !package.is_of(identity) {
        return Err(UsageError::new_err("the key package is of another credential or signature key"));
    }
    let provider = provider(settings.cipher_suite)?;
    let (init_key, leaf_key) = key_package::encryption_keys(data)?;
    let init_secret = fitting(&provider, "init", init_secret, &init_key)?;
    let leaf_secret = fitting(&provider, "leaf", leaf_secret, &leaf_key)?;
    let stored = KeyPackageData::new(package.bare().to_vec(), init_secret, leaf_secret, package.expiration());
    KeyPackageStore(settings.table.clone())
        .insert(package.id().to_vec(), stored)
        .map_err(|fault| StorageError::new_err(fault.to_string()))?;
    Ok(package)
}

/// The secret key, if it opens what is sealed to the public one.
fn fitting(provider: &SuiteProvider, name: &str, secret: &[u8], public: &HpkePublicKey) -> PyResult<HpkeSecretKey> {
    let secret = HpkeSecretKey::from(at_most(name, secret, MAX_FIELD)?.to_vec());
    let opened = provider
        .hpke_seal(public, &[], None, PROBE)
        .and_then(|sealed| provider.hpke_open(&sealed, &secret, public, &[], None));
    match opened {
        Ok(probe) if *probe == PROBE => Ok(secret),
        _ => Err(UsageError::new_err(format!("the {name} secret key does not belong to the key package"))),
    }
}
