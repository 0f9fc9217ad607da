//! Stub.
#[derive(Debug, Default)]
pub struct NewSocketState {}
