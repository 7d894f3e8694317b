// Any bytes cut into lines, in two pieces: the same lines as in one, nothing twice.

#include <cstddef>
#include <cstdint>
#include <string>

#include "collect/access_log/line_splitter.hpp"
#include "collect/access_log/log_cursor.hpp"

namespace {

struct Lines : opsmon::collect::LineSink {
    void take_line(std::string_view line, bool) override {
        all.append(line);
        all += '\n';
    }
    void take_too_long() override { ++too_long; }
    std::string all;
    int too_long = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::collect;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Lines whole;
    bool discarding = false;
    const std::size_t done = split_lines(text, true, discarding, whole);
    Lines pieces;
    bool discarding_pieces = false;
    const std::size_t first =
        split_lines(text.substr(0, size / 2), true, discarding_pieces, pieces);
    const std::size_t second = split_lines(text.substr(first), true, discarding_pieces, pieces);
    if (done > size || first + second != done || whole.all != pieces.all ||
        whole.too_long != pieces.too_long) {
        __builtin_trap();
    }
    if (const auto cursors = parse_cursors(text)) {
        if (parse_cursors(format_cursors(*cursors)) != cursors) {
            __builtin_trap();
        }
    }
    return 0;
}
