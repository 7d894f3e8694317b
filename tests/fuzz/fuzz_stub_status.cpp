// Any bytes as the page of stub_status.

#include <cstddef>
#include <cstdint>

#include "collect/access_log/stub_status.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto status =
        opsmon::collect::parse_stub_status({reinterpret_cast<const char*>(data), size});
    if (!status && status.error().message.empty()) {
        __builtin_trap();
    }
    return 0;
}
