//! The identity provider of mls-rs over a Python callable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mls_rs::IdentityProvider;
use mls_rs::identity::{CredentialType, SigningIdentity};
use mls_rs::time::MlsTime;
use mls_rs_core::extension::ExtensionList;
use mls_rs_core::identity::MemberValidationContext;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::bounds::{MAX_FIELD, at_most};
use crate::error::{Fault, refused_because};

/// Accepted members that are remembered; beyond it all are forgotten and asked for again.
const REMEMBERED: usize = 8192;

type Accepted = HashMap<SigningIdentity, Vec<u8>>;

/// Asks Python once for each credential and key, since its answer may depend on nothing else.
#[derive(Clone)]
pub struct Validator {
    callable: Arc<Py<PyAny>>,
    accepted: Arc<Mutex<Accepted>>,
}

impl Validator {
    pub fn new(callable: Py<PyAny>) -> Self {
        Self { callable: Arc::new(callable), accepted: Arc::default() }
    }

    fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, credential: &[u8], key: &[u8]) -> PyResult<Vec<u8>> {
        Python::attach(|py| {
            let answer = self.callable.bind(py).call1((PyBytes::new(py, credential), PyBytes::new(py, key)))?;
            let identity = answer.cast::<PyBytes>()?.as_bytes();
            at_most("identity", identity, MAX_FIELD).map(<[u8]>::to_vec)
        })
    }

    fn resolve(&self, member: &SigningIdentity) -> Result<Vec<u8>, Fault> {
        if let Some(identity) = self.accepted().get(member) {
            return Ok(identity.clone());
        }
        let Some(basic) = member.credential.as_basic() else {
            let kind = member.credential.credential_type().raw_value();
            return Err(Fault::Text(format!("credential type {kind} is not basic")));
        };
        // the lock is free while Python runs
        let identity = self.ask(basic.identifier(), &member.signature_key).map_err(Fault::Python)?;
        let mut accepted = self.accepted();
        if accepted.len() >= REMEMBERED {
            accepted.clear();
        }
        accepted.insert(member.clone(), identity.clone());
        Ok(identity)
    }

    /// The member's identity, or IdentityRefused.
    pub fn identity_of(&self, member: &SigningIdentity) -> PyResult<Vec<u8>> {
        self.resolve(member).map_err(|fault| match fault {
            Fault::Python(cause) => refused_because(&cause),
            Fault::Text(text) => crate::error::IdentityRefused::new_err(text),
        })
    }
}

impl IdentityProvider for Validator {
    type Error = Fault;

    fn validate_member(
        &self,
        member: &SigningIdentity,
        _timestamp: Option<MlsTime>,
        _context: MemberValidationContext<'_>,
    ) -> Result<(), Fault> {
        self.resolve(member).map(|_| ())
    }

    fn validate_external_sender(
        &self,
        _sender: &SigningIdentity,
        _timestamp: Option<MlsTime>,
        _extensions: Option<&ExtensionList>,
    ) -> Result<(), Fault> {
        Err(Fault::Text("external senders are not accepted".into()))
    }

    fn identity(&self, member: &SigningIdentity, _extensions: &ExtensionList) -> Result<Vec<u8>, Fault> {
        self.resolve(member)
    }

    fn valid_successor(
        &self,
        predecessor: &SigningIdentity,
        successor: &SigningIdentity,
        _extensions: &ExtensionList,
    ) -> Result<bool, Fault> {
        Ok(self.resolve(predecessor)? == self.resolve(successor)?)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![CredentialType::BASIC]
    }
}
