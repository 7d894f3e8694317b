#include "collect/network/net_dev.hpp"

#include <utility>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr int kHeaderLines = 2;
constexpr std::size_t kShownBytes = 80;

// The field of each counter, in the order of Counter.
constexpr std::array<std::size_t, kCounters> kFields = {0, 1, 2, 3, 8, 9, 10, 11};
constexpr std::size_t kFieldsNeeded = 12;

Error bad_line(const char* what, std::string_view line) {
    return Error{std::string("/proc/net/dev: ") + what + " '" +
                 std::string(line.substr(0, kShownBytes)) + "'"};
}

Result<InterfaceCounters> parse_line(std::string_view line) {
    const auto colon = line.rfind(':'); // an alias may hold one, the numbers do not
    const auto fields = colon == std::string_view::npos
                            ? std::vector<std::string_view>()
                            : split_words(line.substr(colon + 1), kFieldsNeeded);
    if (fields.size() < kFieldsNeeded) {
        return bad_line("a line is cut short:", line);
    }
    InterfaceCounters out;
    out.interface = std::string(trim(line.substr(0, colon)));
    if (out.interface.empty()) {
        return bad_line("no name in", line);
    }
    for (std::size_t i = 0; i < kCounters; ++i) {
        const auto count = parse_count(fields[kFields[i]]);
        if (!count) {
            return bad_line("not a count in", line);
        }
        out.counters[i] = *count;
    }
    return out;
}

} // namespace

Result<std::vector<InterfaceCounters>> parse_net_dev(std::string_view net_dev) {
    for (int i = 0; i < kHeaderLines; ++i) {
        if (take_line(net_dev).find('|') == std::string_view::npos) {
            return Error{"/proc/net/dev does not start with its two header lines"};
        }
    }
    std::vector<InterfaceCounters> out;
    while (!net_dev.empty()) {
        auto parsed = parse_line(take_line(net_dev));
        if (!parsed) {
            return parsed.error();
        }
        if (out.size() == kMaxInterfaces) {
            return Error{"/proc/net/dev has more than " + std::to_string(kMaxInterfaces) +
                         " interfaces"};
        }
        out.push_back(std::move(*parsed));
    }
    return out;
}

} // namespace opsmon::collect
