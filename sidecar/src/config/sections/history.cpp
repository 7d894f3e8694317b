#include "config/sections.hpp"

#include "base/duration.hpp"
#include "config/numbers.hpp"

namespace opsmon::config {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLeastMemory = 4UL << 20;
constexpr std::size_t kMostMemory = 4UL << 30;

} // namespace

History read_history(Section section, const Context& context) {
    const auto window = section.duration("window", {10min, 168h});
    const auto interval = section.duration("interval", {1s, 1min});
    section.describe("max_memory", "size", "4MiB to 4GiB");
    const auto memory = section.text("max_memory", kMaxTextBytes);
    section.finish();
    History out;
    out.window = value_or(window, out.window);
    out.interval = value_or(interval, out.interval);
    if (memory) {
        const auto bytes = parse_byte_count(memory->value);
        if (!bytes || *bytes < kLeastMemory || *bytes > kMostMemory) {
            context.faults->add(memory->line, section.key_path("max_memory"),
                                "must be from 4MiB to 4GiB, with the unit MiB or GiB");
        } else {
            out.memory_bytes_max = *bytes;
        }
    }
    return out;
}

} // namespace opsmon::config
