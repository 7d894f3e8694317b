#pragma once
// This component reads a dashboard file of one's own, in Grafana's format, which the page then
// shows in place of the one it comes with. Settings load it, the page's routes send it as it is. It
// checks that the page will find its panels; what a panel asks for, and whether the page can draw
// it, is said in the panel. It never repeats what stands in the file: it may be another file by
// mistake.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace opsmon::web {

struct DashboardFile {
    std::string content;
    std::string tag; // changes with the content
};

// The one to show; null for the one that comes with the page.
using DashboardSource = std::function<std::shared_ptr<const DashboardFile>()>;

// `name` is the file's, for the faults: all of them at once.
[[nodiscard]] Result<DashboardFile> parse_dashboard(std::string text, std::string_view name);
[[nodiscard]] Result<DashboardFile> load_dashboard(const std::string& path);

} // namespace opsmon::web
