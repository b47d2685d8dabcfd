//! Key packages, parsed.

use std::sync::Arc;

use mls_rs::external_client::ExternalClient;
use mls_rs::group::{LeafNode, LeafNodeSource};
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rs_codec::{self, MlsDecode};
use mls_rs::time::MlsTime;
use mls_rs::{ExtensionList, MlsMessage};
use mls_rs_core::crypto::{CipherSuite, HpkePublicKey};
use mls_rs_core::extension::ExtensionType;
use mls_rs_core::protocol_version::ProtocolVersion;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use pyo3::prelude::*;

use crate::bounds::{MAX_FIELD, UnixTime, received};
use crate::config::Settings;
use crate::crypto::provider;
use crate::error::{InvalidKeyPackage, InvalidMessage, Op, UnsupportedCipherSuite, raise};

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct KeyPackage {
    data: Vec<u8>,
    reference: Vec<u8>,
    cipher_suite: u16,
    credential: Vec<u8>,
    signature_key: Vec<u8>,
    not_before: u64,
    not_after: u64,
    last_resort: bool,
}

/// The fields of a key package that mls-rs keeps to itself (RFC 9420, section 10).
struct Fields {
    init_key: HpkePublicKey,
    leaf: LeafNode,
    extensions: ExtensionList,
}

/// The version and wire format in front of every MLSMessage.
const MESSAGE_HEADER: usize = 4;

fn fields(data: &[u8]) -> Result<Fields, mls_rs_codec::Error> {
    let mut rest = data.get(MESSAGE_HEADER..).ok_or(mls_rs_codec::Error::UnexpectedEOF)?;
    let reader = &mut rest;
    ProtocolVersion::mls_decode(reader)?;
    CipherSuite::mls_decode(reader)?;
    Ok(Fields {
        init_key: HpkePublicKey::mls_decode(reader)?,
        leaf: LeafNode::mls_decode(reader)?,
        extensions: ExtensionList::mls_decode(reader)?,
    })
}

/// Decodes an MLSMessage that must hold a key package.
pub fn decode(data: &[u8]) -> PyResult<MlsMessage> {
    let message = MlsMessage::from_bytes(received(data, MAX_FIELD)?)
        .map_err(|error| InvalidMessage::new_err(error.to_string()))?;
    match message.as_key_package() {
        Some(_) => Ok(message),
        None => Err(InvalidMessage::new_err("not a key package")),
    }
}

/// Decodes a key package that shall be added; whatever is wrong with it is the key package's fault.
pub fn decode_to_add(data: &[u8]) -> PyResult<MlsMessage> {
    decode(data).map_err(|error| Python::attach(|py| InvalidKeyPackage::new_err(error.value(py).to_string())))
}

/// Decodes and checks a key package as RFC 9420, section 10.1, has it, at a time within its lifetime if none is given.
pub fn validate(settings: &Arc<Settings>, data: &[u8], now: Option<UnixTime>) -> PyResult<KeyPackage> {
    let message = decode(data)?;
    if message.cipher_suite() != Some(settings.cipher_suite) {
        return Err(UnsupportedCipherSuite::new_err("the key package is of another cipher suite"));
    }
    let package = KeyPackage::read(data, &message)?;
    let time = MlsTime::from(now.map_or(package.not_before, |now| now.0));
    ExternalClient::builder()
        .crypto_provider(RustCryptoProvider::new())
        .identity_provider(settings.validator.clone())
        .build()
        .validate_key_package(message, Some(time))
        .map_err(raise(Op::KeyPackage))?;
    Ok(package)
}

/// The public init key and the public key of the leaf.
pub fn encryption_keys(data: &[u8]) -> PyResult<(HpkePublicKey, HpkePublicKey)> {
    let fields = fields(data).map_err(|error| InvalidMessage::new_err(error.to_string()))?;
    Ok((fields.init_key, fields.leaf.public_key))
}

impl KeyPackage {
    pub fn is_of(&self, identity: &SigningIdentity) -> bool {
        let credential = identity.credential.as_basic().map(|basic| basic.identifier());
        credential == Some(&self.credential) && self.signature_key == *identity.signature_key
    }

    pub fn id(&self) -> &[u8] {
        &self.reference
    }

    pub fn expiration(&self) -> u64 {
        self.not_after
    }

    /// Without the header of the MLSMessage, as mls-rs stores it.
    pub fn bare(&self) -> &[u8] {
        self.data.get(MESSAGE_HEADER..).unwrap_or_default()
    }

    pub fn read(data: &[u8], message: &MlsMessage) -> PyResult<Self> {
        let malformed = |text: &str| InvalidMessage::new_err(text.to_owned());
        let package = message.as_key_package().ok_or_else(|| malformed("not a key package"))?;
        let Fields { leaf, extensions, .. } = fields(data).map_err(|error| malformed(&error.to_string()))?;
        let basic = leaf.signing_identity.credential.as_basic().ok_or_else(|| malformed("credential is not basic"))?;
        let LeafNodeSource::KeyPackage(lifetime) = &leaf.leaf_node_source else {
            return Err(malformed("leaf is not of a key package"));
        };
        let reference = package.to_reference(&provider(package.cipher_suite)?).map_err(raise(Op::KeyPackage))?;
        Ok(Self {
            data: data.to_vec(),
            reference: reference.to_vec(),
            cipher_suite: package.cipher_suite.raw_value(),
            credential: basic.identifier().to_vec(),
            signature_key: leaf.signing_identity.signature_key.to_vec(),
            not_before: lifetime.not_before.seconds_since_epoch(),
            not_after: lifetime.not_after.seconds_since_epoch(),
            last_resort: extensions.has_extension(ExtensionType::LAST_RESORT_KEY_PACKAGE),
        })
    }
}

#[pymethods]
impl KeyPackage {
    #[staticmethod]
    fn parse(data: &[u8]) -> PyResult<Self> {
        Self::read(data, &decode(data)?)
    }
}
