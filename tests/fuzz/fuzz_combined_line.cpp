// Any bytes as a line in the combined format: never a status that three digits cannot be, nor an
// endpoint that is too long.

#include <cstddef>
#include <cstdint>

#include "collect/access_log/client_prefix.hpp"
#include "collect/access_log/combined_line.hpp"
#include "collect/access_log/endpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::collect;
    static CombinedParser parser({"forwarded_for", "duration"}, 1);
    static EndpointName endpoint;
    static ClientPrefix prefix(
        {*opsmon::parse_address_range("10.0.0.0/8"), *opsmon::parse_address_range("fc00::/7")});
    LogLine line;
    if (parser.parse({reinterpret_cast<const char*>(data), size}, line)) {
        if (line.status < 0 || line.status > 999 || line.duration_seconds.value_or(0) < 0 ||
            endpoint.of(line.method, line.target).size() > kMaxEndpointBytes ||
            prefix.of(line.client, line.forwarded_for).size() > 64) {
            __builtin_trap();
        }
    }
    return 0;
}
