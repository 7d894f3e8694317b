#include "base/host_header.hpp"

namespace opsmon {

std::string host_header(const Url& url) {
    std::string out = HostPort{url.host, url.port}.to_string();
    if (url.port == (url.tls ? 443 : 80)) {
        out.resize(out.rfind(':'));
    }
    return out;
}

} // namespace opsmon
