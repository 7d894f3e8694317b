#pragma once
// Compares versions of opsmon: that of the library the server has loaded with that of the SQL
// objects in the database. They differ after a package was upgraded, until the server is restarted
// and ALTER EXTENSION ... UPDATE is typed. Used by the verdict and the recorder; it knows nothing
// of releases.

#include <cstdint>

#include "core/text.hpp"

namespace opsmon::core {

using Version = Text<32>;

enum class Fit : std::uint8_t {
    Same,
    SqlIsOlder,   // the library works with it: what it returns is only ever added to
    SqlIsNewer,   // the server still has an old library loaded
    CannotBeTold, // one of them is no version
};

Fit fit_of(const char* library, const char* sql);

} // namespace opsmon::core
