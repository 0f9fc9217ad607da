//! Stub.
#[derive(Debug, Default)]
pub struct DialogsState {}
