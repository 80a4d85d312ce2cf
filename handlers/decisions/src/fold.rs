//! Letter case, as Azure ignores it: ASCII letters only.
//!
//! Other letters are compared exactly: folding them would let `K` (Kelvin sign) pass for `k`.

use std::borrow::Cow;

/// The text with its ASCII letters in lower case.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// A region's name as it is compared: Azure answers `West Europe` in some places and `westeurope` in others.
pub(crate) fn folded_location(text: &str) -> Cow<'_, str> {
    if text.contains(' ') { Cow::Owned(text.replace(' ', "").to_ascii_lowercase()) } else { folded(text) }
}
