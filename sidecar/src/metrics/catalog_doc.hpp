#pragma once
// This component prints the catalog as Markdown: docs/metrics.md. `opsmon-sidecar metrics-doc`
// calls it, and a test compares the file with it. It adds nothing that the catalog does not say.

#include <string>

namespace opsmon::metrics {

std::string catalog_as_markdown();

} // namespace opsmon::metrics
