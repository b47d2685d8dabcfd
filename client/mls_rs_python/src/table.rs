//! The storage's table: versioned values under (table, key), and a record of what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::error::Fault;

/// The version byte in front of every value; a CRC-32 of the rest follows it.
const VERSION: u8 = 1;
const CHECKSUM_SIZE: usize = 4;
/// Behind the group id in the key of an epoch.
const EPOCH_SIZE: usize = size_of::<u64>();

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Epoch,
    Group,
    KeyPackage,
    Psk,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Group => "group",
            Self::KeyPackage => "key_package",
            Self::Psk => "psk",
        }
    }

    pub fn from_name(name: &str) -> Result<Self, Fault> {
        [Self::Epoch, Self::Group, Self::KeyPackage, Self::Psk]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| Fault::Text(format!("there is no table {name:?}")))
    }
}

pub type Key = (Kind, Vec<u8>);
pub type Value = Zeroizing<Vec<u8>>;

/// All entries, and the keys touched since they were last asked for.
#[derive(Default)]
pub struct Table {
    entries: BTreeMap<Key, Value>,
    changed: BTreeSet<Key>,
    pub retained_epochs: u64,
}

/// The table, shared between a storage, its clients and their groups.
#[derive(Clone, Default)]
pub struct SharedTable(Arc<Mutex<Table>>);

impl SharedTable {
    pub fn new(retained_epochs: u64) -> Self {
        Self(Arc::new(Mutex::new(Table { retained_epochs, ..Table::default() })))
    }

    /// Never held while Python code runs. No operation leaves the table half written, so poison means nothing.
    pub fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks version and checksum and gives what follows. What was damaged must not be decoded: mls-rs trusts its state.
pub fn open_value(kind: Kind, value: &[u8]) -> Result<&[u8], Fault> {
    match value.split_first() {
        Some((&VERSION, rest)) => match rest.split_first_chunk::<CHECKSUM_SIZE>() {
            Some((checksum, body)) if crc32fast::hash(body).to_be_bytes() == *checksum => Ok(body),
            _ => Err(Fault::Text(format!("damaged {} value", kind.name()))),
        },
        Some((version, _)) => Err(Fault::Text(format!("{} value of unknown version {version}", kind.name()))),
        None => Err(Fault::Text(format!("empty {} value", kind.name()))),
    }
}

fn close_value(parts: &[&[u8]]) -> Value {
    let mut checksum = crc32fast::Hasher::new();
    parts.iter().for_each(|part| checksum.update(part));
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut value = Zeroizing::new(Vec::with_capacity(1 + CHECKSUM_SIZE + length));
    value.push(VERSION);
    value.extend_from_slice(&checksum.finalize().to_be_bytes());
    for part in parts {
        value.extend_from_slice(part);
    }
    value
}

impl Table {
    /// The entry without version and checksum.
    pub fn get(&self, kind: Kind, key: &[u8]) -> Result<Option<&[u8]>, Fault> {
        self.entries.get(&(kind, key.to_vec())).map(|value| open_value(kind, value)).transpose()
    }

    pub fn contains(&self, kind: Kind, key: &[u8]) -> bool {
        self.entries.contains_key(&(kind, key.to_vec()))
    }

    /// Writes the parts behind version and checksum; an equal value is no change.
    pub fn put(&mut self, kind: Kind, key: &[u8], parts: &[&[u8]]) {
        let key = (kind, key.to_vec());
        self.put_closed(key, close_value(parts));
    }

    fn put_closed(&mut self, key: Key, value: Value) {
        if self.entries.get(&key) != Some(&value) {
            self.entries.insert(key.clone(), value);
            self.changed.insert(key);
        }
    }

    /// Puts entries of a group, as they were stored, in place of all that it has.
    pub fn replace_group(&mut self, group_id: &[u8], entries: BTreeMap<Key, Value>) {
        for (kind, key) in self.group_keys(group_id) {
            if !entries.contains_key(&(kind, key.clone())) {
                self.delete(kind, &key);
            }
        }
        for (key, value) in entries {
            self.put_closed(key, value);
        }
    }

    pub fn delete(&mut self, kind: Kind, key: &[u8]) {
        let key = (kind, key.to_vec());
        if self.entries.remove(&key).is_some() {
            self.changed.insert(key);
        }
    }

    /// Takes in an entry as it was stored, version and checksum included, without recording it.
    pub fn load(&mut self, key: Key, value: Value) {
        self.changed.remove(&key);
        self.entries.insert(key, value);
    }

    /// The entry as it is stored.
    pub fn value(&self, key: &Key) -> Option<&Value> {
        self.entries.get(key)
    }

    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.entries.iter()
    }

    /// What changed since the last call, in order: the last value, or None where the entry is gone.
    pub fn take_changes(&mut self) -> Vec<(Key, Option<Value>)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|key| {
                let value = self.entries.get(&key).cloned();
                (key, value)
            })
            .collect()
    }

    pub fn keys(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.entries.keys().filter(move |key| key.0 == kind).map(|key| key.1.as_slice())
    }

    /// The keys of a group and its past epochs, sorted.
    pub fn group_keys(&self, group_id: &[u8]) -> Vec<Key> {
        let epochs = self.epochs(group_id).into_iter().map(|epoch| (Kind::Epoch, epoch_key(group_id, epoch)));
        let group = (Kind::Group, group_id.to_vec());
        let present = self.entries.contains_key(&group).then_some(group);
        epochs.chain(present).collect()
    }

    /// The stored past epochs of a group, rising.
    pub fn epochs(&self, group_id: &[u8]) -> Vec<u64> {
        let first = (Kind::Epoch, epoch_key(group_id, 0));
        let last = (Kind::Epoch, epoch_key(group_id, u64::MAX));
        let length = group_id.len() + EPOCH_SIZE;
        self.entries
            .range(first..=last)
            .filter(|((_, key), _)| key.len() == length)
            .filter_map(|((_, key), _)| Some(u64::from_be_bytes(*key.last_chunk()?)))
            .collect()
    }
}

/// Whether an entry is the group's own or that of one of its epochs.
pub fn is_of_group((kind, key): &Key, group_id: &[u8]) -> bool {
    match kind {
        Kind::Group => key == group_id,
        Kind::Epoch => key.split_last_chunk::<EPOCH_SIZE>().is_some_and(|(id, _)| id == group_id),
        Kind::KeyPackage | Kind::Psk => false,
    }
}

/// Group id, then the epoch, big-endian.
pub fn epoch_key(group_id: &[u8], epoch: u64) -> Vec<u8> {
    [group_id, &epoch.to_be_bytes()].concat()
}
