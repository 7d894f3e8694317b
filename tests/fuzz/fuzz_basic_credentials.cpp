// Any bytes as an Authorization header.

#include <cstddef>
#include <cstdint>

#include "web/basic_credentials.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto given =
        opsmon::web::parse_basic_credentials({reinterpret_cast<const char*>(data), size});
    if (given && given->name.find(':') != std::string::npos) {
        __builtin_trap();
    }
    return 0;
}
