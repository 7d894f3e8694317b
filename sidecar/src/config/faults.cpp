#include "config/faults.hpp"

#include <cctype>

namespace opsmon::config {
namespace {

constexpr int kMaxFaults = 50;
constexpr std::size_t kMaxShownBytes = 60;

} // namespace

std::string shown(std::string_view word) {
    std::size_t length = 0;
    while (length < word.size() && length < kMaxShownBytes &&
           (std::isalnum(static_cast<unsigned char>(word[length])) != 0 || word[length] == '_' ||
            word[length] == '-' || word[length] == '.')) {
        ++length;
    }
    return std::string(word.substr(0, length)) + (length < word.size() ? "..." : "");
}

void Faults::add(int line, std::string_view key, std::string_view text) {
    if (++count_ > kMaxFaults) {
        return;
    }
    lines_ += lines_.empty() ? "" : "\n";
    lines_ += file_ + ':' + std::to_string(line) + ": ";
    if (!key.empty()) {
        lines_ += key;
        lines_ += ": ";
    }
    lines_ += text;
}

Error Faults::to_error() const {
    if (count_ <= kMaxFaults) {
        return Error{lines_};
    }
    return Error{lines_ + "\n" + file_ + ": and " + std::to_string(count_ - kMaxFaults) + " more"};
}

} // namespace opsmon::config
