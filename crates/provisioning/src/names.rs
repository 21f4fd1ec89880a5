//! Names that people give to what they make.

use crate::Error;

/// Refuses a name that is empty, longer than so many characters, or has control characters in it. `whose` begins the
/// sentence, such as `A role's`.
pub(crate) fn check(whose: &str, name: &str, length: usize) -> Result<(), Error> {
    if name.is_empty() || name.chars().count() > length || name.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "{whose} name has 1 to {length} characters and no control characters."
        )));
    }
    Ok(())
}
