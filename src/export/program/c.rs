use crate::model::recording::RowNumber;
use super::plan::{Plan, Program};
pub(super) fn write(_plan: &Plan<'_>, _program: &Program) -> (String, Vec<(u32, RowNumber)>) { (String::new(), Vec::new()) }
