#pragma once
// The error of a statement that found no room in time: what is full, who holds it, what to type.

#include "postgres/postgres.hpp"

namespace opsmon::fence {

[[noreturn]] void refuse(std::uint32_t bits);

} // namespace opsmon::fence
