//! Python binding of mls-rs: groups, key packages and messages of RFC 9420, knowing nothing of chat.

mod argon2id;
mod bounds;
mod change;
mod client;
mod commit;
mod config;
mod crypto;
mod error;
mod export;
mod group;
mod group_info;
mod hpke;
mod identity;
mod incoming;
mod joining;
mod key_package;
mod member;
mod message;
mod migration;
mod received;
mod rules;
mod storage;
mod stores;
mod table;

/// The native module; the contract of everything in it stands in `_mls_rs_python.pyi`.
#[pyo3::pymodule]
mod _mls_rs_python {
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::commit::CommitOutput;
    #[pymodule_export]
    use crate::crypto::Crypto;
    #[pymodule_export]
    use crate::group::Group;
    #[pymodule_export]
    use crate::group_info::GroupInfo;
    #[pymodule_export]
    use crate::key_package::KeyPackage;
    #[pymodule_export]
    use crate::member::Member;
    #[pymodule_export]
    use crate::message::{MessageHeader, inspect_message, welcome_references};
    #[pymodule_export]
    use crate::received::{ApplicationMessage, CommitReceived, ProposalReceived};
    #[pymodule_export]
    use crate::storage::Storage;
}
