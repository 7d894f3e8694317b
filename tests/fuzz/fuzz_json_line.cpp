// Any bytes as a JSON line: never a status that three digits cannot be, nor a duration that is
// negative.

#include <cstddef>
#include <cstdint>

#include "collect/access_log/endpoint.hpp"
#include "collect/access_log/json_line.hpp"
#include "collect/access_log/json_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::collect;
    static JsonParser parser({}, 1);
    static EndpointName endpoint;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    LogLine line;
    if (parser.parse(text, line)) {
        if (line.status < 0 || line.status > 999 || line.duration_seconds.value_or(0) < 0 ||
            endpoint.of(line.method, line.target).size() > kMaxEndpointBytes) {
            __builtin_trap();
        }
    }
    std::string decoded;
    decode_json_text(text, decoded);
    if (decoded.size() > text.size()) {
        __builtin_trap();
    }
    return 0;
}
