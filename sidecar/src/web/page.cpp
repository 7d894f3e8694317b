#include "web/page.hpp"

namespace opsmon::web {

const std::string& start_page() {
    static const std::string page =
        R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>opsmon-sidecar</title>
<style>
body { font-family: sans-serif; line-height: 1.5; max-width: 40em; margin: 3em auto; }
</style>
</head>
<body>
<h1>opsmon-sidecar</h1>
<p>Version )html" OPSMON_VERSION
        R"html(. It watches a PostgreSQL server, its host and its services.</p>
<ul>
<li><a href="/metrics">Metrics</a>, for Prometheus</li>
<li><a href="/api/v1/top_talkers">Top talkers</a>: who is at the other end of connections</li>
<li><a href="/api/v1/probes">Probes</a>: the last ones of each service, failures longest</li>
<li><a href="/api/v1/requests">Requests</a>: the busiest endpoints and clients, by access logs</li>
<li><a href="/-/healthy">Healthy</a>: is the process alive?</li>
<li><a href="/-/ready">Ready</a>: has every collector reported?</li>
</ul>
<p>A POST to <code>/-/reload</code> reads the configuration again.</p>
</body>
</html>
)html";
    return page;
}

} // namespace opsmon::web
