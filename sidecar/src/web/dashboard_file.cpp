#include "web/dashboard_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/text.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;

constexpr std::size_t kBytesMax = 1 << 20;
constexpr int kDepthMax = 40;
constexpr std::size_t kPanelsMax = 300; // those in closed rows included
constexpr std::size_t kTargetsMax = 50; // of one panel
constexpr std::size_t kVariablesMax = 50;
constexpr std::size_t kAnnotationsMax = 20;
constexpr std::size_t kFaultsMax = 20;

std::string tag_of(std::string_view content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(content.data(), content.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::string out = "own-";
    for (unsigned i = 0; i < std::min(length, 10U); ++i) {
        std::array<char, 3> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", digest[i]);
        out += hex.data();
    }
    return out;
}

class Checker {
public:
    explicit Checker(std::string_view name) : name_(name) {}

    void check(const std::string& text) {
        // The parser takes it for the end, and browsers do not.
        if (const auto zero = text.find('\0'); zero != std::string::npos) {
            return add(line_at(text, zero), "has a zero byte, which no JSON has");
        }
        bool deep = false;
        json dashboard;
        try {
            dashboard = json::parse(text, [&](int depth, json::parse_event_t, json&) {
                deep = deep || depth > kDepthMax;
                return depth <= kDepthMax;
            });
        } catch (const json::parse_error& problem) {
            return add(line_at(text, std::min(problem.byte, text.size())),
                       "is not JSON from here on");
        } catch (const json::exception&) {
            return add("", "holds a number that is too large");
        }
        if (deep) {
            return add("", "is nested deeper than " + std::to_string(kDepthMax) + " levels");
        }
        check_top(dashboard);
    }

    [[nodiscard]] std::string faults() && {
        if (count_ > kFaultsMax) {
            faults_ += "\n" + name_ + ": and " + std::to_string(count_ - kFaultsMax) + " more";
        }
        return std::move(faults_);
    }

private:
    static std::string line_at(const std::string& text, std::size_t byte) {
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(byte);
        return "line " + std::to_string(1 + std::count(text.begin(), end, '\n'));
    }

    void add(const std::string& place, std::string_view what) {
        if (++count_ <= kFaultsMax) {
            faults_ += faults_.empty() ? "" : "\n";
            faults_ += name_ + ": " + place + (place.empty() ? "" : ": ") + std::string(what);
        }
    }

    // A missing list is an empty one.
    const json* list(const json& of, const char* key, const std::string& place, std::size_t max) {
        const auto found = of.find(key);
        if (found == of.end() || found->is_null()) {
            return nullptr;
        }
        if (!found->is_array()) {
            add(place + key, "is no list");
            return nullptr;
        }
        if (found->size() > max) {
            add(place + key, "has more than " + std::to_string(max) + " entries");
        }
        return &*found;
    }

    void check_top(const json& dashboard) {
        if (!dashboard.is_object()) {
            return add("", "is no dashboard: a JSON object in Grafana's format is wanted");
        }
        if (!dashboard.contains("panels")) {
            return add("", why_without_panels(dashboard));
        }
        const json* panels = list(dashboard, "panels", "", kPanelsMax);
        if (panels != nullptr) {
            check_panels(*panels, "panels");
        }
        if (shown_ == 0 && count_ == 0) {
            add("panels", "holds no panel to show");
        } else if (shown_ > kPanelsMax) {
            add("panels", "are more than " + std::to_string(kPanelsMax) + " in all");
        }
        check_part(dashboard, "templating", kVariablesMax);
        check_part(dashboard, "annotations", kAnnotationsMax);
    }

    static std::string_view why_without_panels(const json& dashboard) {
        if (dashboard.contains("dashboard")) {
            return "is an answer of Grafana's API; take what stands below \"dashboard\" in it";
        }
        if (dashboard.contains("rows")) {
            return "has \"rows\", the format before Grafana 5; import it there and export it again";
        }
        if (dashboard.contains("spec") || dashboard.contains("elements")) {
            return "is of Grafana's schema V2; export it as the classic JSON model";
        }
        return "has no \"panels\": it is no dashboard in Grafana's format";
    }

    void check_part(const json& dashboard, const char* name, std::size_t max) {
        const auto part = dashboard.find(name);
        if (part == dashboard.end() || part->is_null()) {
            return;
        }
        if (!part->is_object()) {
            return add(name, "is no object");
        }
        (void)list(*part, "list", std::string(name) + ".", max);
    }

    void check_panels(const json& panels, const std::string& place) {
        for (std::size_t i = 0; i < panels.size(); ++i) {
            check_panel(panels[i], place + "[" + std::to_string(i) + "]");
        }
    }

    void check_panel(const json& panel, const std::string& place) {
        if (!panel.is_object()) {
            return add(place, "is no object");
        }
        const auto type = panel.find("type");
        if (type == panel.end() || !type->is_string()) {
            // Grafana keeps one that many dashboards share apart from them.
            return add(place, panel.contains("libraryPanel")
                                  ? "is a panel of Grafana's library; unlink it there first"
                                  : "has no \"type\"");
        }
        if (*type == "row") {
            if (const json* panels = list(panel, "panels", place + ".", kPanelsMax)) {
                check_panels(*panels, place + ".panels");
            }
            return;
        }
        ++shown_;
        (void)list(panel, "targets", place + ".", kTargetsMax);
        if (panel.contains("gridPos")) {
            check_place(panel["gridPos"], place + ".gridPos");
        }
    }

    void check_place(const json& grid, const std::string& place) {
        if (!grid.is_object()) {
            return add(place, "is no object");
        }
        for (const char* key : {"x", "y", "w", "h"}) {
            if (const auto found = grid.find(key); found != grid.end() && !found->is_number()) {
                add(place + "." + key, "is no number");
            }
        }
    }

    std::string name_;
    std::string faults_;
    std::size_t count_ = 0;
    std::size_t shown_ = 0;
};

} // namespace

Result<DashboardFile> parse_dashboard(std::string text, std::string_view name) {
    Checker checker(name);
    checker.check(text);
    if (std::string faults = std::move(checker).faults(); !faults.empty()) {
        return Error{std::move(faults)};
    }
    std::string tag = tag_of(text);
    return DashboardFile{std::move(text), std::move(tag)};
}

Result<DashboardFile> load_dashboard(const std::string& path) {
    auto text = read_file(path, kBytesMax);
    if (!text) {
        return text.error();
    }
    return parse_dashboard(std::move(*text), path);
}

} // namespace opsmon::web
