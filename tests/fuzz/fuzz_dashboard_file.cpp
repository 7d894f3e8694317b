// Foreign bytes as a dashboard file: what is taken is kept as it is, what is not has a fault that
// begins with the file's name.

#include <cstddef>
#include <cstdint>
#include <string>

#include "web/dashboard_file.hpp"

using namespace opsmon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto parsed = web::parse_dashboard(text, "own.json");
    if (parsed ? parsed->content != text : !parsed.error().message.starts_with("own.json: ")) {
        __builtin_trap();
    }
    return 0;
}
