#pragma once
// This component answers the part of Alertmanager's API (version 2) that people use from a shell:
// amtool lists alerts, and creates, lists, changes and expires silences. The web server adds its
// routes. Alerts come from the sidecar's rules alone: one that is posted is refused.

#include "web/routes.hpp"
#include "web/server.hpp"

namespace opsmon::web {

void add_alertmanager_routes(Routes& routes, NotifierSource notifier);

} // namespace opsmon::web
