//! The Python face of the in-memory storage.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use zeroize::Zeroizing;

use crate::bounds::{MAX_FIELD, Retention, at_most};
use crate::error::{Fault, StorageError, UsageError};
use crate::table::{Key, Kind, SharedTable, Value, is_of_group, open_value};

type Entry = (&'static str, Vec<u8>, Vec<u8>);
type Change = (&'static str, Vec<u8>, Option<Vec<u8>>);

#[pyclass(frozen, module = "mls_rs_python")]
pub struct Storage {
    pub table: SharedTable,
}

fn storage_error(fault: Fault) -> PyErr {
    StorageError::new_err(fault.to_string())
}

fn checked_entry(entry: &Bound<'_, PyAny>) -> PyResult<(Key, Value)> {
    let (table, key, value): (PyBackedStr, PyBackedBytes, PyBackedBytes) = entry.extract()?;
    let kind = Kind::from_name(&table).map_err(storage_error)?;
    open_value(kind, &value).map_err(storage_error)?;
    Ok(((kind, key.to_vec()), Zeroizing::new(value.to_vec())))
}

fn checked_entries(entries: &Bound<'_, PyAny>) -> PyResult<BTreeMap<Key, Value>> {
    entries.try_iter()?.map(|entry| checked_entry(&entry?)).collect()
}

#[pymethods]
impl Storage {
    #[new]
    #[pyo3(signature = (*, retained_epochs = Retention(5)), text_signature = "(*, retained_epochs=5)")]
    fn new(retained_epochs: Retention) -> Self {
        Self { table: SharedTable::new(retained_epochs.0) }
    }

    fn load(&self, entries: &Bound<'_, PyAny>) -> PyResult<()> {
        let checked = checked_entries(entries)?;
        let mut table = self.table.lock();
        for (key, value) in checked {
            table.load(key, value);
        }
        Ok(())
    }

    fn entries(&self) -> Vec<Entry> {
        let table = self.table.lock();
        table.entries().map(|((kind, key), value)| (kind.name(), key.clone(), value.to_vec())).collect()
    }

    fn pending_writes(&self) -> Vec<Change> {
        let changes = self.table.lock().take_changes();
        changes.into_iter().map(|((kind, key), value)| (kind.name(), key, value.map(|value| value.to_vec()))).collect()
    }

    fn group_ids(&self) -> Vec<Vec<u8>> {
        self.table.lock().keys(Kind::Group).map(<[u8]>::to_vec).collect()
    }

    fn group_entries(&self, group_id: &[u8]) -> Vec<Entry> {
        let table = self.table.lock();
        let keys = table.group_keys(group_id);
        keys.iter().filter_map(|key| Some((key.0.name(), key.1.clone(), table.value(key)?.to_vec()))).collect()
    }

    fn replace_group(&self, group_id: &[u8], entries: &Bound<'_, PyAny>) -> PyResult<()> {
        let checked = checked_entries(entries)?;
        if !checked.keys().all(|key| is_of_group(key, group_id)) {
            return Err(UsageError::new_err("an entry belongs to something else than this group"));
        }
        if !checked.keys().any(|(kind, _)| *kind == Kind::Group) {
            return Err(UsageError::new_err("the group's own entry is missing"));
        }
        self.table.lock().replace_group(group_id, checked);
        Ok(())
    }

    fn delete_group(&self, group_id: &[u8]) {
        self.table.lock().replace_group(group_id, BTreeMap::new());
    }

    fn delete_key_package(&self, reference: &[u8]) {
        self.table.lock().delete(Kind::KeyPackage, reference);
    }

    fn put_psk(&self, psk_id: &[u8], psk: &[u8]) -> PyResult<()> {
        at_most("psk_id", psk_id, MAX_FIELD)?;
        at_most("psk", psk, MAX_FIELD)?;
        if psk_id.is_empty() || psk.is_empty() {
            return Err(UsageError::new_err("a pre-shared key and its id must not be empty"));
        }
        self.table.lock().put(Kind::Psk, psk_id, &[psk]);
        Ok(())
    }

    fn delete_psk(&self, psk_id: &[u8]) {
        self.table.lock().delete(Kind::Psk, psk_id);
    }
}
