//! The primitives of one cipher suite.

use mls_rs::{CipherSuiteProvider, CryptoProvider};
use mls_rs_core::crypto::{CipherSuite, SignatureSecretKey};
use mls_rs_crypto_rustcrypto::{RustCryptoError, RustCryptoProvider};
use pyo3::prelude::*;

use crate::argon2id::{self, Cost};
use crate::bounds::{Iterations, KeyLength, Lanes, Length, MAX_MESSAGE, MemoryKib, NO_BYTES, Suite, at_most, exactly};
use crate::error::{CryptoError, DecryptionFailed, UnsupportedCipherSuite, UsageError};
use crate::hpke::{self, Binding};

pub type SuiteProvider = <RustCryptoProvider as CryptoProvider>::CipherSuiteProvider;

const AEAD_TAG_SIZE: usize = 16;
const HKDF_BLOCKS: usize = 255;

/// The provider of a suite, or UnsupportedCipherSuite.
pub fn provider(suite: CipherSuite) -> PyResult<SuiteProvider> {
    RustCryptoProvider::new()
        .cipher_suite_provider(suite)
        .ok_or_else(|| UnsupportedCipherSuite::new_err(format!("cipher suite {} is not supported", suite.raw_value())))
}

fn failed(error: RustCryptoError) -> PyErr {
    CryptoError::new_err(error.to_string())
}

fn invalid_key(error: RustCryptoError) -> PyErr {
    UsageError::new_err(format!("invalid key: {error}"))
}

/// The public part of a signature key; UsageError where it is none.
pub fn public_key(provider: &SuiteProvider, secret_key: &SignatureSecretKey) -> PyResult<Vec<u8>> {
    provider.signature_key_derive_public(secret_key).map(|key| key.to_vec()).map_err(invalid_key)
}

#[pyclass(frozen, module = "mls_rs_python")]
pub struct Crypto {
    provider: SuiteProvider,
}

impl Crypto {
    fn check_aead(&self, key: &[u8], nonce: &[u8], data: &[u8], aad: &[u8]) -> PyResult<()> {
        exactly("key", key, self.provider.aead_key_size())?;
        exactly("nonce", nonce, self.provider.aead_nonce_size())?;
        at_most("data", data, MAX_MESSAGE + AEAD_TAG_SIZE)?;
        at_most("aad", aad, MAX_MESSAGE)?;
        Ok(())
    }
}

#[pymethods]
impl Crypto {
    #[new]
    #[pyo3(signature = (cipher_suite = Suite(1)), text_signature = "(cipher_suite=1)")]
    fn new(cipher_suite: Suite) -> PyResult<Self> {
        Ok(Self { provider: provider(cipher_suite.mls())? })
    }

    #[staticmethod]
    fn supported_cipher_suites() -> Vec<u16> {
        let mut suites: Vec<u16> =
            RustCryptoProvider::all_supported_cipher_suites().iter().map(|suite| suite.raw_value()).collect();
        suites.sort_unstable();
        suites
    }

    #[getter]
    fn cipher_suite(&self) -> u16 {
        self.provider.cipher_suite().raw_value()
    }

    #[getter]
    fn hash_size(&self) -> usize {
        self.provider.kdf_extract_size()
    }

    #[getter]
    fn aead_key_size(&self) -> usize {
        self.provider.aead_key_size()
    }

    #[getter]
    fn aead_nonce_size(&self) -> usize {
        self.provider.aead_nonce_size()
    }

    fn generate_signature_key_pair(&self) -> PyResult<(Vec<u8>, Vec<u8>)> {
        let (secret, public) = self.provider.signature_key_generate().map_err(failed)?;
        Ok((secret.to_vec(), public.to_vec()))
    }

    fn signature_public_key(&self, secret_key: &[u8]) -> PyResult<Vec<u8>> {
        public_key(&self.provider, &secret_key.to_vec().into())
    }

    fn sign(&self, secret_key: &[u8], data: &[u8]) -> PyResult<Vec<u8>> {
        self.provider.sign(&secret_key.to_vec().into(), data).map_err(invalid_key)
    }

    fn verify(&self, public_key: &[u8], data: &[u8], signature: &[u8]) -> bool {
        self.provider.verify(&public_key.to_vec().into(), signature, data).is_ok()
    }

    fn hash(&self, data: &[u8]) -> PyResult<Vec<u8>> {
        self.provider.hash(data).map_err(failed)
    }

    fn mac(&self, key: &[u8], data: &[u8]) -> PyResult<Vec<u8>> {
        self.provider.mac(key, data).map_err(failed)
    }

    fn hkdf_extract(&self, salt: &[u8], ikm: &[u8]) -> PyResult<Vec<u8>> {
        if ikm.is_empty() {
            return Err(UsageError::new_err("ikm is empty"));
        }
        self.provider.kdf_extract(salt, ikm).map(|key| key.to_vec()).map_err(failed)
    }

    fn hkdf_expand(&self, prk: &[u8], info: &[u8], length: Length) -> PyResult<Vec<u8>> {
        let hash_size = self.provider.kdf_extract_size();
        if prk.len() < hash_size || length.0 > HKDF_BLOCKS * hash_size {
            let limit = HKDF_BLOCKS * hash_size;
            return Err(UsageError::new_err(format!("prk needs {hash_size} bytes, length at most {limit}")));
        }
        self.provider.kdf_expand(prk, info, length.0).map(|key| key.to_vec()).map_err(failed)
    }

    #[staticmethod]
    #[pyo3(signature = (password, salt, *, memory_kib, iterations, lanes, length))]
    fn argon2id(
        py: Python<'_>,
        password: &[u8],
        salt: &[u8],
        memory_kib: MemoryKib,
        iterations: Iterations,
        lanes: Lanes,
        length: KeyLength,
    ) -> PyResult<Vec<u8>> {
        argon2id::derive(py, password, salt, &Cost { memory: memory_kib, iterations, lanes }, length)
    }

    #[pyo3(signature = (key, nonce, data, aad = NO_BYTES), text_signature = "($self, key, nonce, data, aad=b'')")]
    fn aead_seal(&self, key: &[u8], nonce: &[u8], data: &[u8], aad: &[u8]) -> PyResult<Vec<u8>> {
        self.check_aead(key, nonce, data, aad)?;
        if data.is_empty() {
            return Err(UsageError::new_err("data is empty"));
        }
        self.provider.aead_seal(key, data, Some(aad), nonce).map_err(failed)
    }

    #[pyo3(signature = (key, nonce, data, aad = NO_BYTES), text_signature = "($self, key, nonce, data, aad=b'')")]
    fn aead_open(&self, key: &[u8], nonce: &[u8], data: &[u8], aad: &[u8]) -> PyResult<Vec<u8>> {
        self.check_aead(key, nonce, data, aad)?;
        self.provider
            .aead_open(key, data, Some(aad), nonce)
            .map(|plain| plain.to_vec())
            .map_err(|error| DecryptionFailed::new_err(error.to_string()))
    }

    #[pyo3(
        signature = (signature_public_key, info, aad, data, *, psk = NO_BYTES, psk_id = NO_BYTES),
        text_signature = "($self, signature_public_key, info, aad, data, *, psk=b'', psk_id=b'')"
    )]
    fn seal_to(
        &self,
        signature_public_key: &[u8],
        info: &[u8],
        aad: &[u8],
        data: &[u8],
        psk: &[u8],
        psk_id: &[u8],
    ) -> PyResult<Vec<u8>> {
        hpke::seal(&self.provider, signature_public_key, &Binding { info, aad, psk, psk_id }, data)
    }

    #[pyo3(
        signature = (signature_secret_key, info, aad, sealed, *, psk = NO_BYTES, psk_id = NO_BYTES),
        text_signature = "($self, signature_secret_key, info, aad, sealed, *, psk=b'', psk_id=b'')"
    )]
    fn open_sealed(
        &self,
        signature_secret_key: &[u8],
        info: &[u8],
        aad: &[u8],
        sealed: &[u8],
        psk: &[u8],
        psk_id: &[u8],
    ) -> PyResult<Vec<u8>> {
        hpke::open(&self.provider, signature_secret_key, &Binding { info, aad, psk, psk_id }, sealed)
    }

    fn random_bytes(&self, length: Length) -> PyResult<Vec<u8>> {
        let mut bytes = vec![0; length.0];
        self.provider.random_bytes(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
