#include "web/runbooks.hpp"

namespace opsmon::web {

std::optional<std::string> runbook(std::string_view alert) {
    const auto heading = "\n### " + std::string(alert) + "\n";
    const auto found = kAlertsDocument.find(heading);
    if (alert.empty() || found == std::string_view::npos) {
        return std::nullopt;
    }
    const auto begin = found + heading.size();
    const auto end = kAlertsDocument.find("\n###", begin);
    std::string out(kAlertsDocument.substr(begin, end - begin));
    while (out.ends_with('\n')) {
        out.pop_back();
    }
    return std::string(alert) + "\n\n" + out + "\n";
}

} // namespace opsmon::web
