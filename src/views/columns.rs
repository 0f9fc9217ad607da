//! Stub.
#[derive(Debug, Default)]
pub struct ColumnsState {}
