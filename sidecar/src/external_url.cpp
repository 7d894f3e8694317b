#include "external_url.hpp"

namespace opsmon {

std::string external_url(const std::string& configured, const HostPort& listening,
                         const std::string& hostname) {
    if (!configured.empty()) {
        return configured;
    }
    const auto& host = listening.host;
    const bool everywhere = host.empty() || host == "0.0.0.0" || host == "::";
    return "http://" + HostPort{everywhere ? hostname : host, listening.port}.to_string();
}

} // namespace opsmon
