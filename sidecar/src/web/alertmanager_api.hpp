#pragma once
// This component answers the part of Alertmanager's API (version 2) that people use from a shell:
// amtool lists alerts, and creates, lists, changes and expires silences. The web server adds its
// routes. Alerts come from the sidecar's rules alone: one that is posted is refused.

#include <functional>
#include <memory>

#include <httplib.h>

#include "notify/notifier.hpp"

namespace opsmon::web {

// Null where no notifications are configured.
using NotifierSource = std::function<std::shared_ptr<notify::Notifier>()>;

void add_alertmanager_routes(httplib::Server& http, NotifierSource notifier);

} // namespace opsmon::web
