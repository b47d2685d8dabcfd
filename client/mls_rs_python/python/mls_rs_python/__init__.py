"""Messaging Layer Security (RFC 9420) for CPython and Pyodide: a binding of mls-rs. See `_mls_rs_python.pyi`."""

from collections.abc import Callable
from typing import TypeAlias

from . import exceptions as exceptions  # first: the native module raises what is defined there
from ._mls_rs_python import (
    ApplicationMessage,
    Client,
    CommitOutput,
    CommitReceived,
    Crypto,
    Group,
    GroupInfo,
    KeyPackage,
    Member,
    MessageHeader,
    ProposalReceived,
    Storage,
    inspect_message,
    welcome_references,
)
from .exceptions import (
    CommitPending,
    CommitRequired,
    CryptoError,
    DecryptionFailed,
    DuplicateMessage,
    FutureEpoch,
    GroupNotFound,
    IdentityRefused,
    InvalidCommit,
    InvalidKeyPackage,
    InvalidMessage,
    InvalidProposal,
    InvalidSignature,
    MlsError,
    NoPendingCommit,
    NotAMember,
    OwnMessage,
    StaleEpoch,
    StorageError,
    UnknownLeaf,
    UnsupportedCipherSuite,
    UsageError,
    WelcomeNotForUs,
    WrongGroup,
)

IdentityValidator: TypeAlias = Callable[[bytes, bytes], bytes]
"""(credential, signature public key) -> identity, unique per member of a group; raises to refuse."""

Received: TypeAlias = ApplicationMessage | CommitReceived | ProposalReceived
"""What `Group.process` gives; told apart by `kind`."""

__all__ = [
    "ApplicationMessage",
    "Client",
    "CommitOutput",
    "CommitPending",
    "CommitReceived",
    "CommitRequired",
    "Crypto",
    "CryptoError",
    "DecryptionFailed",
    "DuplicateMessage",
    "FutureEpoch",
    "Group",
    "GroupInfo",
    "GroupNotFound",
    "IdentityRefused",
    "IdentityValidator",
    "InvalidCommit",
    "InvalidKeyPackage",
    "InvalidMessage",
    "InvalidProposal",
    "InvalidSignature",
    "KeyPackage",
    "Member",
    "MessageHeader",
    "MlsError",
    "NoPendingCommit",
    "NotAMember",
    "OwnMessage",
    "ProposalReceived",
    "Received",
    "StaleEpoch",
    "Storage",
    "StorageError",
    "UnknownLeaf",
    "UnsupportedCipherSuite",
    "UsageError",
    "WelcomeNotForUs",
    "WrongGroup",
    "exceptions",
    "inspect_message",
    "welcome_references",
]
