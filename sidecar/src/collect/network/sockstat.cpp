#include "collect/network/sockstat.hpp"

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxWords = 32;

std::optional<double> field(const std::vector<std::string_view>& words, std::string_view name) {
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
        if (words[i] == name) {
            const auto count = parse_count(words[i + 1]);
            return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace

Result<SocketCounts> parse_sockstat(std::string_view text) {
    while (!text.empty()) {
        const auto words = split_words(take_line(text), kMaxWords);
        if (words.empty() || (words[0] != "TCP:" && words[0] != "TCP6:")) {
            continue;
        }
        SocketCounts out;
        out.tcp_in_use = field(words, "inuse");
        out.tcp_orphaned = field(words, "orphan");
        out.tcp_time_wait = field(words, "tw");
        out.tcp_allocated = field(words, "alloc");
        out.tcp_memory_pages = field(words, "mem");
        if (!out.tcp_in_use) {
            return Error{"its line for TCP does not say how many sockets are in use"};
        }
        return out;
    }
    return Error{"it has no line for TCP"};
}

} // namespace opsmon::collect
