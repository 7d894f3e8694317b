// Any bytes as the kept alerts of a rule: what can be read can be written, and read again as it
// was.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/saved_alerts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::rules;
    const auto rule = from_part({reinterpret_cast<const char*>(data), size});
    if (!rule) {
        return 0;
    }
    for (const auto& part : to_parts(*rule)) {
        if (part.size() > kSavedPartBytes || !from_part(part)) {
            __builtin_trap();
        }
    }
    return 0;
}
