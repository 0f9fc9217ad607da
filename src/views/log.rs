//! Stub.
#[derive(Debug, Default)]
pub struct LogState {}
