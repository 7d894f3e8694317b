#include "collect/collectors_document.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::collect {

using nlohmann::json;

std::string collectors_document(const BoardView& board) {
    json collectors = json::array();
    for (const BoardEntry& entry : board.entries) {
        json out{{"collector", entry.collector}};
        if (entry.report) {
            out["success"] = entry.report->success;
            out["duration_seconds"] = entry.report->duration_seconds;
            if (!entry.report->error.empty()) {
                out["error"] = entry.report->error;
            }
            for (const SilentTarget& target : entry.report->silent) {
                out["silent"].push_back({{"label", target.label}, {"value", target.value}});
            }
        }
        if (entry.last_success_at) {
            out["last_success"] = static_cast<double>(*entry.last_success_at) / 1000;
        }
        collectors.push_back(std::move(out));
    }
    return json{{"collectors", std::move(collectors)}}.dump(-1, ' ', false,
                                                            json::error_handler_t::replace);
}

} // namespace opsmon::collect
