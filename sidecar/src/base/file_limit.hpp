#pragma once
// This component knows how many files the process may have open. The start raises that limit to
// what the system allows; who follows many files takes a share of it.

#include <cstddef>

namespace opsmon {

// Raises the soft limit to the hard one, as far as that goes.
void raise_file_limit();

// The soft limit, or an ordinary one where the system does not say.
std::size_t file_limit();

} // namespace opsmon
