#pragma once
// This component provides `Site`: the names under which this sidecar is asked, and where people
// reach it. What judges a request by its origin looks there, so that a name that somebody made lead
// here (DNS rebinding) is told from one of its own. Pure: it looks no name up.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"

namespace opsmon::web {

struct SiteFacts {
    HostPort listening;                     // an empty host: every address
    std::vector<std::string> allowed_hosts; // as configured
    std::string external_url;               // as configured; may be empty
    std::string hostname;                   // the machine's
    bool has_tls = false;
};

struct Site {
    std::vector<std::string> names;  // in small letters, without port
    std::optional<Url> external_url; // what browsers show, where something stands in between
    bool has_tls = false;
    // Whoever asks, and whatever: by a name that is known. Without TLS, on the loopback address, a
    // browser on the same machine is the only stranger that gets here.
    bool by_known_names_only = false;
};

[[nodiscard]] Site make_site(const SiteFacts& facts);

// A Host header, or what stands behind the scheme of an origin; nothing where it is no host with or
// without a port. Without one it has that of the scheme.
[[nodiscard]] std::optional<Url> parse_authority(std::string_view text, bool tls);

// Whether nobody but the machine's own people can have made this name lead here: an address, a name
// without a dot, one of `names`.
[[nodiscard]] bool knows_host(const Site& site, std::string_view host);

} // namespace opsmon::web
