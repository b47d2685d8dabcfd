//! What can be read from a message without a group.

use mls_rs::group::ContentType;
use mls_rs::{MlsMessage, MlsMessageDescription, WireFormat};
use pyo3::prelude::*;

use crate::bounds::{MAX_HANDSHAKE, MAX_MESSAGE, received};
use crate::error::InvalidMessage;

#[pyclass(frozen, get_all, module = "mls_rs_python")]
pub struct MessageHeader {
    wire_format: &'static str,
    group_id: Option<Vec<u8>>,
    epoch: Option<u64>,
    content_type: Option<&'static str>,
    cipher_suite: Option<u16>,
}

/// Decodes any message. Only ciphertexts may be large: what else is decoded grows as it is.
pub fn decode(data: &[u8]) -> PyResult<MlsMessage> {
    const PRIVATE_MESSAGE: &[u8] = &[0, 1, 0, 2];
    let limit = if data.starts_with(PRIVATE_MESSAGE) { MAX_MESSAGE } else { MAX_HANDSHAKE };
    MlsMessage::from_bytes(received(data, limit)?).map_err(|error| InvalidMessage::new_err(error.to_string()))
}

/// The content type of a framed message.
pub fn content_type(message: &MlsMessage) -> Option<ContentType> {
    match message.description() {
        MlsMessageDescription::PrivateProtocolMessage { content_type, .. }
        | MlsMessageDescription::PublicProtocolMessage { content_type, .. } => Some(content_type),
        _ => None,
    }
}

fn wire_format_name(format: WireFormat) -> PyResult<&'static str> {
    match format {
        WireFormat::PublicMessage => Ok("public_message"),
        WireFormat::PrivateMessage => Ok("private_message"),
        WireFormat::Welcome => Ok("welcome"),
        WireFormat::GroupInfo => Ok("group_info"),
        WireFormat::KeyPackage => Ok("key_package"),
        _ => Err(InvalidMessage::new_err("unknown wire format")),
    }
}

#[pyfunction]
pub fn inspect_message(data: &[u8]) -> PyResult<MessageHeader> {
    let message = decode(data)?;
    Ok(MessageHeader {
        wire_format: wire_format_name(message.wire_format())?,
        group_id: message.group_id().map(<[u8]>::to_vec),
        epoch: message.epoch(),
        content_type: content_type(&message).map(|content| match content {
            ContentType::Application => "application",
            ContentType::Proposal => "proposal",
            ContentType::Commit => "commit",
        }),
        cipher_suite: message.cipher_suite().map(|suite| suite.raw_value()),
    })
}

#[pyfunction]
pub fn welcome_references(data: &[u8]) -> PyResult<Vec<Vec<u8>>> {
    let message = decode(data)?;
    if message.wire_format() != WireFormat::Welcome {
        return Err(InvalidMessage::new_err("not a Welcome"));
    }
    Ok(message.welcome_key_package_references().into_iter().map(|reference| reference.to_vec()).collect())
}
