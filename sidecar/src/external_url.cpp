#include "external_url.hpp"

namespace opsmon {

std::string external_url(const std::string& configured, const HostPort& listening,
                         const std::string& hostname, bool has_tls) {
    if (!configured.empty()) {
        return configured;
    }
    const auto& host = listening.host;
    const bool everywhere = host.empty() || host == "0.0.0.0" || host == "::";
    return std::string(has_tls ? "https://" : "http://") +
           HostPort{everywhere ? hostname : host, listening.port}.to_string();
}

} // namespace opsmon
