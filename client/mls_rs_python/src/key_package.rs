//! Key packages, parsed.

use mls_rs::group::{LeafNode, LeafNodeSource};
use mls_rs::mls_rs_codec::{self, MlsDecode};
use mls_rs::{ExtensionList, MlsMessage};
use mls_rs_core::crypto::{CipherSuite, HpkePublicKey};
use mls_rs_core::extension::ExtensionType;
use mls_rs_core::protocol_version::ProtocolVersion;
use pyo3::prelude::*;

use crate::bounds::{MAX_FIELD, received};
use crate::crypto::provider;
use crate::error::{InvalidKeyPackage, InvalidMessage, Op, raise};

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
    HpkePublicKey::mls_decode(reader)?;
    Ok(Fields { leaf: LeafNode::mls_decode(reader)?, extensions: ExtensionList::mls_decode(reader)? })
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

impl KeyPackage {
    pub fn read(data: &[u8], message: &MlsMessage) -> PyResult<Self> {
        let malformed = |text: &str| InvalidMessage::new_err(text.to_owned());
        let package = message.as_key_package().ok_or_else(|| malformed("not a key package"))?;
        let Fields { leaf, extensions } = fields(data).map_err(|error| malformed(&error.to_string()))?;
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
