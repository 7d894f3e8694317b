#pragma once
// This component answers /sd: whom a Prometheus is to scrape, in the format of its http_sd: this
// sidecar and those of the replicas that are connected. The web server adds the route. The writing
// is pure; of a replica only the address is known, and its sidecar is taken to listen on the same
// port as this one, with TLS where this one has it.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "web/prometheus_query.hpp"
#include "web/routes.hpp"

namespace opsmon::web {

struct Replica {
    std::string slave; // as in the label: an address, perhaps with what tells neighbours apart
    std::string consumer;
    std::string application_name;
};

// Where this one listens, and whether it speaks TLS there.
struct Listening {
    std::uint16_t port;
    bool tls;
};

// `external_url` may be empty; then `asked_host`, the request's own Host, says where this one is.
[[nodiscard]] std::string write_scrape_targets(const std::string& external_url,
                                               std::string_view asked_host, Listening listening,
                                               const std::vector<Replica>& replicas);

void add_scrape_targets_route(Routes& routes, ReadSource read,
                              std::function<std::string()> external_url, Listening listening);

} // namespace opsmon::web
