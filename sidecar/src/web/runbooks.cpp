#include "web/runbooks.hpp"

#include <algorithm>

namespace opsmon::web {

std::optional<std::string> runbook(std::string_view alert) {
    const auto heading = "\n### " + std::string(alert) + "\n";
    const auto found = kRunbooks.find(heading);
    if (alert.empty() || found == std::string_view::npos) {
        return std::nullopt;
    }
    const auto begin = found + heading.size();
    // Up to the next one, or the next file.
    const auto end = std::min(kRunbooks.find("\n### ", begin), kRunbooks.find("\n# ", begin));
    std::string out(kRunbooks.substr(begin, end - begin));
    while (out.ends_with('\n')) {
        out.pop_back();
    }
    return std::string(alert) + "\n\n" + out + "\n";
}

} // namespace opsmon::web
