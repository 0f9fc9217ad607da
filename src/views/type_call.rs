//! Stub.
#[derive(Debug, Default)]
pub struct TypeCallState {}
