//! Stub.
#[derive(Debug, Default)]
pub struct CardsState {}
