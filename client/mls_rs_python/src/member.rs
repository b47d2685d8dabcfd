//! A member of a group.

use mls_rs::group::{ExportedTree, Node};
use mls_rs::identity::SigningIdentity;
use pyo3::prelude::*;

use crate::identity::Validator;

#[pyclass(frozen, eq, hash, get_all, module = "mls_rs_python")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Member {
    leaf_index: u32,
    credential: Vec<u8>,
    signature_key: Vec<u8>,
    identity: Vec<u8>,
}

impl Member {
    pub fn new(leaf_index: u32, member: &SigningIdentity, validator: &Validator) -> PyResult<Self> {
        Ok(Self {
            leaf_index,
            // the validator refuses every other type of credential
            identity: validator.identity_of(member)?,
            credential: member.credential.as_basic().map(|basic| basic.identifier().to_vec()).unwrap_or_default(),
            signature_key: member.signature_key.to_vec(),
        })
    }
}

/// The members in a tree, by leaf.
pub fn members(tree: &ExportedTree<'_>, validator: &Validator) -> PyResult<Vec<Member>> {
    let leaves = (0u32..).zip(tree.nodes().iter().step_by(2));
    leaves
        .filter_map(|(index, node)| match node {
            Some(Node::Leaf(leaf)) => Some(Member::new(index, &leaf.signing_identity, validator)),
            _ => None,
        })
        .collect()
}

#[pymethods]
impl Member {
    fn __repr__(&self) -> String {
        let identity: String =
            self.identity.iter().flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect();
        format!("Member(leaf_index={}, identity=b'{identity}')", self.leaf_index)
    }
}
