#include "web/security_headers.hpp"

namespace opsmon::web {

void add_security_headers(httplib::Response& response) {
    for (const auto& [name, value] : kSecurityHeaders) {
        if (!response.has_header(name)) {
            response.set_header(name, value);
        }
    }
}

std::string security_header_lines() {
    std::string out;
    for (const auto& [name, value] : kSecurityHeaders) {
        out.append(name).append(": ").append(value).append("\r\n");
    }
    return out;
}

} // namespace opsmon::web
