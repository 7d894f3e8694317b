#pragma once
// What the guard is allowed to do, in three words that people set and read everywhere.

#include <cstddef>
#include <cstdint>

namespace opsmon::core {

// Observe takes the same road as Enforce and leaves out the last step only.
enum class GuardMode : std::uint8_t { Off, Observe, Enforce };

constexpr const char* name_of(GuardMode mode) {
    switch (mode) {
    case GuardMode::Off:
        return "off";
    case GuardMode::Observe:
        return "observe";
    case GuardMode::Enforce:
        return "enforce";
    }
    return "";
}

} // namespace opsmon::core
