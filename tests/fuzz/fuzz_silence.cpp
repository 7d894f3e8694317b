// Foreign bytes as a silence that a client of the API sends: what is read can be written and read
// again, and means the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/rfc3339.hpp"
#include "web/alertmanager_json.hpp"

using namespace opsmon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto at = parse_rfc3339(text);
        at && *at >= 0 && parse_rfc3339(format_rfc3339(*at)) != at) {
        __builtin_trap();
    }
    const auto silence = web::parse_silence(text);
    if (!silence) {
        return 0;
    }
    const auto again = web::parse_silence(web::write_silence(*silence, 0));
    if (!again || again->matchers.size() != silence->matchers.size()) {
        __builtin_trap();
    }
    return 0;
}
