"""Every error that the binding raises on purpose, grouped by whose fault it is.

    MlsError
    ├── the sender's, or of whoever carried it
    │   ├── InvalidMessage        cannot be decoded, or is no message for this call
    │   ├── InvalidSignature      a message or GroupInfo that its sender did not sign
    │   ├── InvalidKeyPackage     malformed, badly signed or outside its lifetime
    │   ├── InvalidProposal       a proposal that the group or the RFC does not allow
    │   ├── InvalidCommit         path, tag, signature or tree of a commit or Welcome is wrong
    │   ├── DecryptionFailed      the ciphertext does not open
    │   ├── IdentityRefused       the identity validator refused a member (its error is the cause)
    │   └── UnsupportedCipherSuite
    ├── nobody's: a matter of order or address
    │   ├── WrongGroup            of another group
    │   ├── StaleEpoch            of an epoch that is over and no longer kept
    │   ├── FutureEpoch           of an epoch that is still to come
    │   ├── DuplicateMessage      this generation was used before
    │   ├── OwnMessage            our own message, echoed
    │   ├── WelcomeNotForUs       no stored key package answers this Welcome
    │   └── NotAMember            we were removed from this group
    ├── the caller's
    │   ├── CommitPending         a commit of ours waits to be applied or cleared
    │   ├── NoPendingCommit       there is none to apply
    │   ├── CommitRequired        open proposals must be committed before anything is sent
    │   ├── UnknownLeaf           no member at this leaf
    │   ├── GroupNotFound         not in the storage
    │   └── UsageError            an argument out of its bounds
    └── this machine's
        ├── StorageError          a stored value cannot be read
        └── CryptoError           a primitive failed

Everything derives from MlsError directly; the groups are for the reader.
"""


class MlsError(Exception):
    """Base of all errors of the binding; `detail` says in one line what was wrong."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidMessage(MlsError):
    """The bytes cannot be decoded, or are no message for this call."""


class InvalidSignature(MlsError):
    """A message or GroupInfo is not signed by the member that it names."""


class InvalidKeyPackage(MlsError):
    """A key package is malformed, badly signed or outside its lifetime."""


class InvalidProposal(MlsError):
    """The group or RFC 9420, section 12.2, does not allow this proposal."""


class InvalidCommit(MlsError):
    """Something inside a commit, Welcome or GroupInfo is wrong: path, tag, signature, tree."""


class DecryptionFailed(MlsError):
    """The ciphertext does not open."""


class IdentityRefused(MlsError):
    """The identity validator refused a member; what it raised is `__cause__`."""


class UnsupportedCipherSuite(MlsError):
    """A cipher suite that this client or build does not speak."""


class WrongGroup(MlsError):
    """The message belongs to another group."""


class StaleEpoch(MlsError):
    """The message belongs to an epoch that is over and no longer kept."""


class FutureEpoch(MlsError):
    """The message belongs to an epoch that this group has not reached."""


class DuplicateMessage(MlsError):
    """The message's generation was used before: it was already processed."""


class OwnMessage(MlsError):
    """The message is our own."""


class WelcomeNotForUs(MlsError):
    """No key package in the storage answers this Welcome."""


class NotAMember(MlsError):
    """We were removed from this group."""


class CommitPending(MlsError):
    """A commit of ours waits to be applied or cleared."""


class NoPendingCommit(MlsError):
    """There is no commit of ours to apply."""


class CommitRequired(MlsError):
    """Open proposals must be committed before application data is sent."""


class UnknownLeaf(MlsError):
    """There is no member at this leaf."""


class GroupNotFound(MlsError):
    """The storage holds no group of this id."""


class UsageError(MlsError):
    """An argument is out of its bounds or does not fit the others."""


class StorageError(MlsError):
    """A stored value cannot be read."""


class CryptoError(MlsError):
    """A cryptographic primitive failed."""
