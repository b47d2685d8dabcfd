//! Keys out of passwords: Argon2id (RFC 9106), version 0x13, without secret and associated data.

use argon2::{Algorithm, Argon2, Block, Error, Params, Version};
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::bounds::{Iterations, KeyLength, Lanes, MAX_FIELD, MemoryKib, at_most};
use crate::error::{CryptoError, UsageError};

const MIN_SALT: usize = 8;
const MAX_SALT: usize = 64;
const MIN_BLOCKS_PER_LANE: u32 = 8;

/// What one hash takes, each part within its own bounds.
pub struct Cost {
    pub memory: MemoryKib,
    pub iterations: Iterations,
    pub lanes: Lanes,
}

impl Cost {
    fn params(&self, length: KeyLength) -> PyResult<Params> {
        let least = MIN_BLOCKS_PER_LANE * self.lanes.0;
        if self.memory.0 < least {
            return Err(UsageError::new_err(format!("memory_kib is below {least}, 8 for each lane")));
        }
        Params::new(self.memory.0, self.iterations.0, self.lanes.0, Some(length.0)).map_err(failed)
    }
}

fn failed(error: Error) -> PyErr {
    CryptoError::new_err(error.to_string())
}

/// Zeroed blocks that are zeroed again when they go; CryptoError where there is no room for them.
fn blocks(count: usize) -> PyResult<Zeroizing<Vec<Block>>> {
    let mut blocks = Vec::new();
    blocks
        .try_reserve_exact(count)
        .map_err(|_| CryptoError::new_err(format!("no room for {count} KiB of working memory")))?;
    blocks.resize(count, Block::new());
    Ok(Zeroizing::new(blocks))
}

pub fn derive(py: Python<'_>, password: &[u8], salt: &[u8], cost: &Cost, length: KeyLength) -> PyResult<Vec<u8>> {
    at_most("password", password, MAX_FIELD)?;
    at_most("salt", salt, MAX_SALT)?;
    if salt.len() < MIN_SALT {
        return Err(UsageError::new_err(format!("salt has {} bytes, fewer than {MIN_SALT}", salt.len())));
    }
    let params = cost.params(length)?;
    py.detach(|| {
        let mut blocks = blocks(params.block_count())?;
        let mut key = vec![0; length.0];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, &mut key, blocks.as_mut_slice())
            .map_err(failed)?;
        Ok(key)
    })
}
