#include "notify/settings/reader.hpp"

#include <algorithm>

namespace opsmon::notify {
namespace {

using config::Section;

class RouteReader {
public:
    explicit RouteReader(Reading& reading) : reading_(reading) {}

    void read(Section& section, Route& route, std::size_t depth) {
        if (++count_ > kMaxRoutes || depth > kMaxRouteDepth) {
            reading_.faults.add(section.line(), section.key_path(""),
                                "there are more than " + std::to_string(kMaxRoutes) +
                                    " routes, or more than " + std::to_string(kMaxRouteDepth) +
                                    " in each other");
            return;
        }
        read_receiver_name(section, route, depth);
        read_group_by(section, route);
        read_duration(reading_, section, "group_wait", 0, route.options.group_wait_ms);
        read_duration(reading_, section, "group_interval", 1, route.options.group_interval_ms);
        read_duration(reading_, section, "repeat_interval", 1, route.options.repeat_interval_ms);
        route.matchers = read_matchers(reading_, section, "match", "match_re", "matchers");
        route.proceeds = read_boolean(reading_, section, "continue").value_or(false);
        route.options.mute_time_intervals = read_intervals(section, "mute_time_intervals");
        route.options.active_time_intervals = read_intervals(section, "active_time_intervals");
        if (depth == 0) {
            refuse_in_root(section, route);
        }
        for (auto& child : section.sections_like_this("routes", kMaxRoutes)) {
            Route below;
            below.options = route.options; // time intervals are not handed down
            below.options.mute_time_intervals.clear();
            below.options.active_time_intervals.clear();
            read(child, below, depth + 1);
            route.routes.push_back(std::move(below));
        }
        section.finish();
    }

private:
    void read_receiver_name(Section& section, Route& route, std::size_t depth) {
        const auto name = section.text("receiver", kMaxNameBytes);
        if (!name || name->value.empty()) {
            if (depth == 0) {
                reading_.faults.add(section.line(), section.key_path("receiver"), "is needed");
            }
            return;
        }
        route.options.receiver = name->value;
        if (!reading_.receivers.contains(name->value)) {
            reading_.fault(section, "receiver", name->line,
                           "there is no receiver \"" + config::shown(name->value) +
                               "\" under receivers");
        }
    }

    void read_group_by(Section& section, Route& route) {
        std::vector<std::string> names;
        bool all = false;
        for (const auto& label : section.texts("group_by", kMaxListEntries, kMaxNameBytes)) {
            all = all || label.value == "...";
            if (label.value != "..." && !is_label_name(label.value)) {
                reading_.fault(section, "group_by", label.line,
                               "\"" + config::shown(label.value) + "\" is not the name of a label");
            } else if (std::find(names.begin(), names.end(), label.value) != names.end()) {
                reading_.fault(section, "group_by", label.line,
                               "\"" + label.value + "\" is given twice");
            }
            names.push_back(label.value);
        }
        if (all && names.size() > 1) {
            reading_.fault(section, "group_by", section.line(),
                           "'...' means all labels and stands alone");
        }
        if (names.empty()) {
            return; // as Alertmanager: an empty list is none
        }
        if (all) {
            names.clear();
        }
        std::sort(names.begin(), names.end());
        route.options.group_by_all = all;
        route.options.group_by = std::move(names);
    }

    std::vector<std::string> read_intervals(Section& section, const char* key) {
        std::vector<std::string> out;
        for (const auto& name : section.texts(key, kMaxListEntries, kMaxNameBytes)) {
            if (!reading_.time_intervals.contains(name.value)) {
                reading_.fault(section, key, name.line,
                               "there is no time interval \"" + config::shown(name.value) +
                                   "\" under time_intervals");
            }
            out.push_back(name.value);
        }
        return out;
    }

    // It takes what no other takes.
    void refuse_in_root(Section& section, const Route& route) {
        const auto refuse = [&](const char* key) {
            reading_.fault(section, key, section.line(),
                           "the first route takes every alert and cannot have this key; move it "
                           "into a route under routes");
        };
        if (!route.matchers.empty()) {
            refuse("matchers");
        }
        if (route.proceeds) {
            refuse("continue");
        }
        if (!route.options.mute_time_intervals.empty()) {
            refuse("mute_time_intervals");
        }
        if (!route.options.active_time_intervals.empty()) {
            refuse("active_time_intervals");
        }
    }

    Reading& reading_;
    std::size_t count_ = 0;
};

} // namespace

void read_route(Reading& reading, Section& section, Route& route) {
    RouteReader(reading).read(section, route, 0);
}

} // namespace opsmon::notify
