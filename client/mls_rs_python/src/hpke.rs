//! HPKE (RFC 9180) to the X25519 key that belongs to an Ed25519 key.

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::{SigningKey, VerifyingKey};
use mls_rs::CipherSuiteProvider;
use mls_rs_core::crypto::{CipherSuite, HpkeCiphertext, HpkePsk, HpkePublicKey, HpkeSecretKey};
use mls_rs_crypto_rustcrypto::RustCryptoError;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::bounds::{MAX_FIELD, MAX_MESSAGE, at_most};
use crate::crypto::SuiteProvider;
use crate::error::{CryptoError, DecryptionFailed, UnsupportedCipherSuite, UsageError};

const PSK_SIZE: usize = 32;
const NO_POINT: MontgomeryPoint = MontgomeryPoint([0; 32]);
const SUITES: [CipherSuite; 2] = [CipherSuite::CURVE25519_AES128, CipherSuite::CURVE25519_CHACHA];

/// What a ciphertext is bound to besides its recipient; `psk` is empty in base mode.
pub struct Binding<'a> {
    pub info: &'a [u8],
    pub aad: &'a [u8],
    pub psk: &'a [u8],
    pub psk_id: &'a [u8],
}

impl Binding<'_> {
    fn check(&self) -> PyResult<()> {
        at_most("info", self.info, MAX_FIELD)?;
        at_most("aad", self.aad, MAX_MESSAGE)?;
        at_most("psk", self.psk, MAX_FIELD)?;
        at_most("psk_id", self.psk_id, MAX_FIELD)?;
        if self.psk.is_empty() != self.psk_id.is_empty() {
            return Err(UsageError::new_err("psk and psk_id are given together or not at all"));
        }
        if !self.psk.is_empty() && self.psk.len() < PSK_SIZE {
            return Err(UsageError::new_err(format!("psk has {} bytes, fewer than {PSK_SIZE}", self.psk.len())));
        }
        Ok(())
    }

    fn psk(&self) -> Option<HpkePsk<'_>> {
        (!self.psk.is_empty()).then(|| HpkePsk::new(self.psk_id, self.psk))
    }
}

fn check_suite(provider: &SuiteProvider) -> PyResult<()> {
    let suite = provider.cipher_suite();
    if !SUITES.contains(&suite) {
        let detail = format!("cipher suite {} does not sign with Ed25519", suite.raw_value());
        return Err(UnsupportedCipherSuite::new_err(detail));
    }
    Ok(())
}

fn no_key(detail: &str) -> PyErr {
    UsageError::new_err(format!("invalid key: {detail}"))
}

/// The map of RFC 7748, section 4.1; points of small order would make the shared secret public.
fn montgomery_public(key: &[u8]) -> PyResult<HpkePublicKey> {
    let bytes: &[u8; 32] = key.try_into().map_err(|_| no_key("an Ed25519 public key has 32 bytes"))?;
    let point = VerifyingKey::from_bytes(bytes).map_err(|error| no_key(&error.to_string()))?;
    if point.is_weak() || point.to_edwards().compress().as_bytes() != bytes {
        return Err(no_key("a point of small order, or not in its one encoding"));
    }
    Ok(point.to_montgomery().to_bytes().to_vec().into())
}

fn montgomery_pair(key: &[u8]) -> PyResult<(HpkeSecretKey, HpkePublicKey)> {
    let bytes: &[u8; 64] = key.try_into().map_err(|_| no_key("an Ed25519 secret key has 64 bytes"))?;
    let pair = SigningKey::from_keypair_bytes(bytes).map_err(|error| no_key(&error.to_string()))?;
    let scalar = Zeroizing::new(pair.to_scalar_bytes());
    Ok((scalar.to_vec().into(), montgomery_public(pair.verifying_key().as_bytes())?))
}

/// The encapsulated key (32 bytes), then ciphertext and tag.
pub fn seal(provider: &SuiteProvider, public_key: &[u8], binding: &Binding<'_>, data: &[u8]) -> PyResult<Vec<u8>> {
    check_suite(provider)?;
    binding.check()?;
    at_most("data", data, MAX_MESSAGE)?;
    if data.is_empty() {
        return Err(UsageError::new_err("data is empty"));
    }
    let recipient = montgomery_public(public_key)?;
    let aad = Some(binding.aad);
    let sealed = match binding.psk() {
        Some(psk) => provider.hpke_seal_psk(&recipient, binding.info, aad, data, psk),
        None => provider.hpke_seal(&recipient, binding.info, aad, data),
    };
    let sealed = sealed.map_err(|error| CryptoError::new_err(error.to_string()))?;
    Ok([sealed.kem_output, sealed.ciphertext].concat())
}

pub fn open(provider: &SuiteProvider, secret_key: &[u8], binding: &Binding<'_>, sealed: &[u8]) -> PyResult<Vec<u8>> {
    check_suite(provider)?;
    binding.check()?;
    at_most("sealed", sealed, MAX_MESSAGE + 64)?;
    let (secret, public) = montgomery_pair(secret_key)?;
    let Some((encapsulated, ciphertext)) = sealed.split_first_chunk::<32>() else {
        return Err(DecryptionFailed::new_err("shorter than an encapsulated key"));
    };
    // RFC 9180, section 7.1.4; the provider leaves it out. Any clamped scalar takes a point of small order to zero.
    if MontgomeryPoint(*encapsulated).mul_clamped([0; 32]) == NO_POINT {
        return Err(DecryptionFailed::new_err("the encapsulated key is a point of small order"));
    }
    let sealed = HpkeCiphertext { kem_output: encapsulated.to_vec(), ciphertext: ciphertext.to_vec() };
    let aad = Some(binding.aad);
    let opened = match binding.psk() {
        Some(psk) => provider.hpke_open_psk(&sealed, &secret, &public, binding.info, aad, psk),
        None => provider.hpke_open(&sealed, &secret, &public, binding.info, aad),
    };
    opened.map(|data| data.to_vec()).map_err(|error: RustCryptoError| DecryptionFailed::new_err(error.to_string()))
}
