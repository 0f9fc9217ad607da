//! Stub.
#[derive(Debug, Default)]
pub struct InspectorState {}
