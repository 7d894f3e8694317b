#include "collect/access_log/line_splitter.hpp"

#include <cstring>

namespace opsmon::collect {
namespace {

std::string_view without_return(std::string_view line) {
    return !line.empty() && line.back() == '\r' ? line.substr(0, line.size() - 1) : line;
}

} // namespace

std::size_t split_lines(std::string_view chunk, bool live, bool& discarding, LineSink& sink) {
    std::size_t at = 0;
    while (at < chunk.size()) {
        const void* end = std::memchr(chunk.data() + at, '\n', chunk.size() - at);
        if (end == nullptr) {
            break;
        }
        const auto newline = static_cast<std::size_t>(static_cast<const char*>(end) - chunk.data());
        if (discarding || newline - at > kMaxLineBytes) {
            sink.take_too_long();
            discarding = false;
        } else {
            sink.take_line(without_return(chunk.substr(at, newline - at)), live);
        }
        at = newline + 1;
    }
    if (discarding || chunk.size() - at > kMaxLineBytes) {
        discarding = discarding || at < chunk.size();
        return chunk.size();
    }
    return at;
}

} // namespace opsmon::collect
