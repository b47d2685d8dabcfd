//! From mls-rs errors to the exceptions of `exceptions.py`, by what was being done.

use std::fmt;

use mls_rs::client::MlsError as Mls;
use mls_rs::error::{AnyError, IntoAnyError};
use mls_rs::group::ContentType;
use mls_rs_crypto_rustcrypto::RustCryptoError;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

pyo3::import_exception!(mls_rs_python.exceptions, InvalidMessage);
pyo3::import_exception!(mls_rs_python.exceptions, InvalidSignature);
pyo3::import_exception!(mls_rs_python.exceptions, InvalidKeyPackage);
pyo3::import_exception!(mls_rs_python.exceptions, InvalidProposal);
pyo3::import_exception!(mls_rs_python.exceptions, InvalidCommit);
pyo3::import_exception!(mls_rs_python.exceptions, DecryptionFailed);
pyo3::import_exception!(mls_rs_python.exceptions, IdentityRefused);
pyo3::import_exception!(mls_rs_python.exceptions, UnsupportedCipherSuite);
pyo3::import_exception!(mls_rs_python.exceptions, WrongGroup);
pyo3::import_exception!(mls_rs_python.exceptions, StaleEpoch);
pyo3::import_exception!(mls_rs_python.exceptions, FutureEpoch);
pyo3::import_exception!(mls_rs_python.exceptions, DuplicateMessage);
pyo3::import_exception!(mls_rs_python.exceptions, OwnMessage);
pyo3::import_exception!(mls_rs_python.exceptions, WelcomeNotForUs);
pyo3::import_exception!(mls_rs_python.exceptions, NotAMember);
pyo3::import_exception!(mls_rs_python.exceptions, CommitPending);
pyo3::import_exception!(mls_rs_python.exceptions, NoPendingCommit);
pyo3::import_exception!(mls_rs_python.exceptions, CommitRequired);
pyo3::import_exception!(mls_rs_python.exceptions, UnknownLeaf);
pyo3::import_exception!(mls_rs_python.exceptions, GroupNotFound);
pyo3::import_exception!(mls_rs_python.exceptions, UsageError);
pyo3::import_exception!(mls_rs_python.exceptions, StorageError);
pyo3::import_exception!(mls_rs_python.exceptions, CryptoError);

/// What was being done when mls-rs gave up; it decides whose fault an error is.
#[derive(Clone, Copy, PartialEq)]
pub enum Op {
    KeyPackage,
    Create,
    Join,
    ExternalJoin,
    /// An external join in place of an own leaf.
    Rejoin,
    Load,
    Save,
    Commit,
    Apply,
    Propose,
    Encrypt,
    Export,
    Process(ContentType),
}

/// A fault with a text of its own, or a Python exception, carried through mls-rs.
#[derive(Debug)]
pub enum Fault {
    Text(String),
    Python(PyErr),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Python(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl IntoAnyError for Fault {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

/// The exception for an mls-rs error.
pub fn raise(op: Op) -> impl Fn(Mls) -> PyErr {
    move |error| exception(error, op)
}

fn exception(error: Mls, op: Op) -> PyErr {
    let detail = error.to_string();
    match error {
        Mls::IdentityProviderError(fault) => identity_refused(&fault),
        Mls::CryptoProviderError(fault) => crypto_failed(&fault, op),
        Mls::GroupStorageError(_) | Mls::KeyPackageRepoError(_) | Mls::PskStoreError(_) => {
            StorageError::new_err(detail)
        }
        Mls::UnsupportedCipherSuite(_) | Mls::CipherSuiteMismatch => UnsupportedCipherSuite::new_err(detail),
        Mls::UnsupportedProtocolVersion(_) | Mls::ProtocolVersionMismatch => InvalidMessage::new_err(detail),
        Mls::UnexpectedMessageType | Mls::MissingExternalPubExtension => InvalidMessage::new_err(detail),
        Mls::GroupIdMismatch => WrongGroup::new_err(detail),
        Mls::InvalidEpoch | Mls::EpochNotFound => StaleEpoch::new_err(detail),
        Mls::KeyMissing(_) => DuplicateMessage::new_err(detail),
        Mls::InvalidFutureGeneration(_) => DecryptionFailed::new_err(detail),
        Mls::CantProcessMessageFromSelf => OwnMessage::new_err(detail),
        Mls::WelcomeKeyPackageNotFound => WelcomeNotForUs::new_err(detail),
        Mls::ExistingPendingCommit => CommitPending::new_err(detail),
        Mls::PendingCommitNotFound => NoPendingCommit::new_err(detail),
        Mls::CommitRequired => CommitRequired::new_err(detail),
        Mls::GroupNotFound => GroupNotFound::new_err(detail),
        other => by_operation(&other, op, detail),
    }
}

fn by_operation(error: &Mls, op: Op, detail: String) -> PyErr {
    match op {
        Op::KeyPackage => InvalidKeyPackage::new_err(detail),
        Op::Create => UsageError::new_err(detail),
        Op::Join => InvalidCommit::new_err(detail),
        Op::ExternalJoin | Op::Rejoin if matches!(error, Mls::InvalidSignature) => InvalidSignature::new_err(detail),
        Op::ExternalJoin | Op::Rejoin | Op::Commit | Op::Propose => own_proposals(error, op, detail),
        Op::Load | Op::Save | Op::Apply => StorageError::new_err(detail),
        Op::Encrypt | Op::Export => CryptoError::new_err(detail),
        Op::Process(content) => processing(error, content, detail),
    }
}

/// Errors in proposals that the caller asked for.
fn own_proposals(error: &Mls, op: Op, detail: String) -> PyErr {
    match error {
        Mls::LeafNotFound(_)
        | Mls::ExpectedNode
        | Mls::InvalidNodeIndex(_)
        | Mls::InvalidTreeIndex
        | Mls::MemberNotFound
        | Mls::UnexpectedEmptyNode
        | Mls::RemovingNonExistingMember
            if op != Op::ExternalJoin =>
        {
            UnknownLeaf::new_err(detail)
        }
        Mls::MissingRequiredPsk => UsageError::new_err("no such pre-shared key in the storage"),
        Mls::DuplicateLeafData(_) | Mls::ExternalCommitRemovesOtherIdentity => InvalidProposal::new_err(detail),
        _ if matches!(op, Op::ExternalJoin | Op::Rejoin) => InvalidCommit::new_err(detail),
        Mls::InvalidLifetime { .. }
        | Mls::InvalidInitKey
        | Mls::InitLeafKeyEquality
        | Mls::InvalidLeafNodeSource
        | Mls::InvalidSignature => InvalidKeyPackage::new_err(detail),
        _ => InvalidProposal::new_err(detail),
    }
}

fn processing(error: &Mls, content: ContentType, detail: String) -> PyErr {
    match (content, error) {
        (ContentType::Commit, _) => InvalidCommit::new_err(detail),
        (_, Mls::InvalidSignature) => InvalidSignature::new_err(detail),
        (_, Mls::SerializationError(_)) => InvalidMessage::new_err(detail),
        (ContentType::Proposal, _) => InvalidProposal::new_err(detail),
        (ContentType::Application, _) => InvalidMessage::new_err(detail),
    }
}

fn crypto_failed(fault: &AnyError, op: Op) -> PyErr {
    let detail = fault.to_string();
    match (op, fault.inner_dyn_error().downcast_ref::<RustCryptoError>()) {
        (Op::Join | Op::ExternalJoin | Op::Rejoin, _) => InvalidCommit::new_err(detail),
        (Op::Process(_), Some(RustCryptoError::AeadError(_))) => DecryptionFailed::new_err(detail),
        (Op::Process(ContentType::Commit), _) => InvalidCommit::new_err(detail),
        (Op::Process(_), _) => DecryptionFailed::new_err(detail),
        (Op::KeyPackage | Op::Commit | Op::Propose, Some(RustCryptoError::EcSignerError(_))) => {
            InvalidKeyPackage::new_err(detail)
        }
        (Op::Commit | Op::Propose, Some(RustCryptoError::HpkeError(_))) => InvalidKeyPackage::new_err(detail),
        _ => CryptoError::new_err(detail),
    }
}

fn identity_refused(fault: &AnyError) -> PyErr {
    match fault.inner_dyn_error().downcast_ref::<Fault>() {
        Some(Fault::Python(cause)) => refused_because(cause),
        _ => IdentityRefused::new_err(fault.to_string()),
    }
}

/// IdentityRefused with the validator's exception as its cause; an interrupt or exit passes unchanged.
pub fn refused_because(cause: &PyErr) -> PyErr {
    Python::attach(|py| {
        if !cause.is_instance_of::<PyException>(py) {
            return cause.clone_ref(py);
        }
        let error = IdentityRefused::new_err(cause.to_string());
        error.set_cause(py, Some(cause.clone_ref(py)));
        error
    })
}
