#pragma once
// Catch2 3 under the one header and the names of Catch2 2, which the tests are written with: Debian
// 12 has that one, later releases have this one. On the include path only where 3 was found.

#include <catch2/catch_all.hpp>

#include <string>

using Catch::Approx;

namespace Catch {

inline Matchers::StringContainsMatcher Contains(const std::string& part) {
    return Matchers::ContainsSubstring(part);
}

using Matchers::EndsWith;
using Matchers::StartsWith;

} // namespace Catch
