// Any bytes as a query string or form of Prometheus' API, and what it holds as moments, durations
// and selectors.

#include <cstddef>
#include <cstdint>
#include <string>

#include "web/prometheus_parameters.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::web;
    const auto form = parse_form({reinterpret_cast<const char*>(data), size});
    if (!form) {
        return form.error().message.empty() ? (__builtin_trap(), 0) : 0;
    }
    (void)parse_api_time(parameter(*form, "time"));
    (void)parse_api_duration(parameter(*form, "step"));
    (void)parse_matches(*form);
    return 0;
}
