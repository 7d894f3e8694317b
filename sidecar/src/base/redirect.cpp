#include "base/redirect.hpp"

#include <string>

namespace opsmon {

Result<Url> redirect_target(const Url& from, std::string_view location) {
    std::string whole(location);
    if (location.starts_with("//")) {
        whole.insert(0, from.tls ? "https:" : "http:");
    } else if (location.starts_with('/')) {
        whole.insert(0, from.origin());
    } else if (location.starts_with('?')) {
        whole.insert(0, from.origin() + from.path);
    } else if (location.substr(0, location.find_first_of("/?#")).find(':') ==
               std::string_view::npos) {
        whole.insert(0, from.origin() + from.path.substr(0, from.path.rfind('/') + 1));
    }
    auto out = parse_url(whole);
    if (out && from.tls && !out->tls) {
        return Error{"it leads from https to http"};
    }
    return out;
}

bool same_origin(const Url& a, const Url& b) {
    return a.tls == b.tls && a.host == b.host && a.port == b.port;
}

} // namespace opsmon
