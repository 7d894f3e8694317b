// Any bytes as the web configuration file.

#include <cstddef>
#include <cstdint>
#include <string>

#include "config/web_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto file = opsmon::config::parse_web_file(text, "web.yml");
    if (!file && file.error().message.empty()) {
        __builtin_trap();
    }
    return 0;
}
