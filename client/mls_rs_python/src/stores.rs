//! The storage traits of mls-rs over the shared table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use mls_rs::mls_rs_codec::{MlsDecode, MlsEncode};
use mls_rs::{GroupStateStorage, KeyPackageStorage, PreSharedKeyStorage};
use mls_rs_core::group::{EpochRecord, GroupState};
use mls_rs_core::key_package::KeyPackageData;
use mls_rs_core::psk::{ExternalPskId, PreSharedKey};
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::table::{Kind, SharedTable, Table, epoch_key};

const MEMBER: u8 = 0;
const REMOVED: u8 = 1;

/// What a group, its view of the storage and its rules must all know.
#[derive(Default)]
pub struct GroupMarks {
    /// Just created or joined: epochs that the table still holds under this id are of an earlier life of the group.
    fresh: AtomicBool,
    /// We processed our own removal; mls-rs keeps the last state and does not remember it.
    removed: AtomicBool,
    /// Of the epoch before our external commit mls-rs keeps a record without secrets: it is worth nothing.
    first_epoch: AtomicU64,
    /// The commit that is being made shall come with a GroupInfo; mls-rs asks its rules, which know no arguments.
    group_info_wanted: AtomicBool,
}

impl GroupMarks {
    pub fn new(fresh: bool) -> Arc<Self> {
        Arc::new(Self { fresh: AtomicBool::new(fresh), ..Self::default() })
    }

    pub fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    pub fn set_removed(&self) {
        self.removed.store(true, Ordering::Relaxed);
    }

    pub fn first_epoch(&self) -> u64 {
        self.first_epoch.load(Ordering::Relaxed)
    }

    pub fn set_first_epoch(&self, epoch: u64) {
        self.first_epoch.store(epoch, Ordering::Relaxed);
    }

    pub fn is_group_info_wanted(&self) -> bool {
        self.group_info_wanted.load(Ordering::Relaxed)
    }

    pub fn want_group_info(&self, wanted: bool) {
        self.group_info_wanted.store(wanted, Ordering::Relaxed);
    }

    fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Relaxed)
    }
}

/// One group's view of its state and past epochs.
#[derive(Clone)]
pub struct GroupStore {
    pub table: SharedTable,
    pub marks: Arc<GroupMarks>,
}

impl GroupStateStorage for GroupStore {
    type Error = Fault;

    fn state(&self, group_id: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let table = self.table.lock();
        let Some(value) = table.get(Kind::Group, group_id)? else {
            return Ok(None);
        };
        match value.split_first() {
            Some((&MEMBER, state)) => Ok(Some(Zeroizing::new(state.to_vec()))),
            Some((&REMOVED, state)) => {
                self.marks.set_removed();
                Ok(Some(Zeroizing::new(state.to_vec())))
            }
            _ => Err(Fault::Text("group value without a membership mark".into())),
        }
    }

    fn epoch(&self, group_id: &[u8], epoch_id: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        if self.marks.is_fresh() {
            return Ok(None);
        }
        let table = self.table.lock();
        Ok(table.get(Kind::Epoch, &epoch_key(group_id, epoch_id))?.map(|value| Zeroizing::new(value.to_vec())))
    }

    fn write(&mut self, state: GroupState, inserts: Vec<EpochRecord>, updates: Vec<EpochRecord>) -> Result<(), Fault> {
        let mut table = self.table.lock();
        if self.marks.fresh.swap(false, Ordering::Relaxed) {
            forget_epochs(&mut table, &state.id, u64::MAX);
        }
        let mark = if self.marks.is_removed() { REMOVED } else { MEMBER };
        table.put(Kind::Group, &state.id, &[&[mark], &state.data]);
        let first = self.marks.first_epoch();
        for epoch in inserts.iter().chain(&updates).filter(|epoch| epoch.id >= first) {
            table.put(Kind::Epoch, &epoch_key(&state.id, epoch.id), &[&epoch.data]);
        }
        let newest = table.epochs(&state.id).last().copied();
        if let Some(first_kept) = newest.map(|newest| newest.saturating_add(1).saturating_sub(table.retained_epochs)) {
            forget_epochs(&mut table, &state.id, first_kept);
        }
        Ok(())
    }

    fn max_epoch_id(&self, group_id: &[u8]) -> Result<Option<u64>, Fault> {
        if self.marks.is_fresh() {
            return Ok(None);
        }
        Ok(self.table.lock().epochs(group_id).last().copied())
    }
}

/// Deletes the group's stored epochs below `first_kept`.
fn forget_epochs(table: &mut Table, group_id: &[u8], first_kept: u64) {
    for epoch in table.epochs(group_id).into_iter().filter(|epoch| *epoch < first_kept) {
        table.delete(Kind::Epoch, &epoch_key(group_id, epoch));
    }
}

#[derive(Clone)]
pub struct KeyPackageStore(pub SharedTable);

impl KeyPackageStorage for KeyPackageStore {
    type Error = Fault;

    fn delete(&mut self, id: &[u8]) -> Result<(), Fault> {
        self.0.lock().delete(Kind::KeyPackage, id);
        Ok(())
    }

    fn insert(&mut self, id: Vec<u8>, package: KeyPackageData) -> Result<(), Fault> {
        let bytes = Zeroizing::new(package.mls_encode_to_vec().map_err(|error| Fault::Text(error.to_string()))?);
        self.0.lock().put(Kind::KeyPackage, &id, &[&bytes]);
        Ok(())
    }

    fn get(&self, id: &[u8]) -> Result<Option<KeyPackageData>, Fault> {
        self.0
            .lock()
            .get(Kind::KeyPackage, id)?
            .map(|bytes| {
                KeyPackageData::mls_decode_exhaustive(bytes)
                    .map_err(|error| Fault::Text(format!("key package cannot be decoded: {error}")))
            })
            .transpose()
    }
}

#[derive(Clone)]
pub struct PskStore(pub SharedTable);

impl PreSharedKeyStorage for PskStore {
    type Error = Fault;

    fn get(&self, id: &ExternalPskId) -> Result<Option<PreSharedKey>, Fault> {
        Ok(self.0.lock().get(Kind::Psk, id)?.map(|psk| PreSharedKey::new(psk.to_vec())))
    }
}
