#pragma once
// This component serves the part of Prometheus' HTTP API that dashboards use: Grafana takes the
// sidecar as a Prometheus data source, the sidecar's own page asks it as well. The web server adds
// its routes. What of the API is not served is refused by name.

#include <httplib.h>

#include "web/query_sources.hpp"

namespace opsmon::web {

void add_prometheus_routes(httplib::Server& http, QuerySources sources);

} // namespace opsmon::web
