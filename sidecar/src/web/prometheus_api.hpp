#pragma once
// This component serves the part of Prometheus' HTTP API that dashboards use: Grafana takes the
// sidecar as a Prometheus data source, the sidecar's own page asks it as well. The web server adds
// its routes. What of the API is not served is refused by name.

#include "web/query_sources.hpp"
#include "web/routes.hpp"

namespace opsmon::web {

void add_prometheus_routes(Routes& routes, QuerySources sources);

} // namespace opsmon::web
