#include "config/faults.hpp"

namespace opsmon::config {
namespace {

constexpr int kMaxFaults = 50;

} // namespace

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
