#pragma once
// Is the extension there, and does it stay for as long as this transaction lasts? Asked by whatever
// of the sampler uses the extension's tables: without the lock its schema could be dropped, and
// made anew by somebody else, before our statement looks into it.

namespace opsmon {

// Within a transaction. Raises an error when the extension's owner is no superuser (any more): its
// functions are run as one, and whoever owns them may have changed what they do.
bool hold_extension();

} // namespace opsmon
