#include "rules/lint_matching.hpp"

#include "rules/template_format.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace opsmon::rules {
namespace {

enum class Presence { Always, Perhaps, Never, Unknown };

Presence presence_of(const std::string& name, const Shape& shape) {
    const auto found = shape.labels.find(name);
    if (found != shape.labels.end()) {
        return found->second.always ? Presence::Always : Presence::Perhaps;
    }
    return shape.open ? Presence::Unknown : Presence::Never;
}

std::string value_of(const std::string& name, const Shape& shape) {
    const auto found = shape.labels.find(name);
    return found == shape.labels.end() ? "" : found->second.value;
}

// The labels that both sides must have in common.
std::set<std::string> signature(const Meeting& meeting, const Shape& left, const Shape& right) {
    const auto& listed = meeting.labels;
    if (meeting.on) {
        return {listed.begin(), listed.end()};
    }
    std::set<std::string> out;
    for (const auto* side : {&left, &right}) {
        for (const auto& [name, label] : side->labels) {
            out.insert(name);
        }
    }
    // What Prometheus scrapes has them, even where nobody names them.
    if ((left.aggregated && right.open) || (right.aggregated && left.open)) {
        out.insert({"instance", "job"});
    }
    for (const auto& name : listed) {
        out.erase(name);
    }
    out.erase(std::string(metrics::kMetricName));
    return out;
}

bool never_meet(const std::string& name, const Shape& left, const Shape& right) {
    const auto a = presence_of(name, left);
    const auto b = presence_of(name, right);
    const auto scraped = [&](Presence here, const Shape& there, Presence other) {
        return (name == "instance" || name == "job") && here == Presence::Unknown &&
               other == Presence::Never && there.aggregated;
    };
    const bool one_sided =
        (a == Presence::Never && b != Presence::Never && b != Presence::Unknown) ||
        (b == Presence::Never && a != Presence::Never && a != Presence::Unknown);
    return one_sided || scraped(a, right, b) || scraped(b, left, a);
}

std::string side_text(const Shape& side) {
    std::string out;
    for (const auto& [name, label] : side.labels) {
        if (name != metrics::kMetricName) {
            out += (out.empty() ? "" : ", ") + name;
        }
    }
    return out.empty() ? (side.open ? "labels of its own" : "no labels") : "the labels " + out;
}

std::string shared_labels(const Shape& left, const Shape& right) {
    std::string out;
    for (const auto& [name, label] : left.labels) {
        if (right.labels.contains(name) && name != metrics::kMetricName) {
            out += (out.empty() ? "" : ", ") + name;
        }
    }
    return out;
}

} // namespace

void complain_about_meeting(const Meeting& meeting, const Shape& left, const Shape& right,
                            const Complain& complain) {
    const bool takes_away = meeting.takes_away;
    for (const auto& name : signature(meeting, left, right)) {
        const auto a = value_of(name, left);
        const auto b = value_of(name, right);
        if (!a.empty() && !b.empty() && a != b) {
            complain("the two sides never have the same label " + name,
                     "it is " + quote(a) + " on the left and " + quote(b) + " on the right" +
                         (takes_away ? ", so nothing is ever taken away" : ""),
                     "ignoring(" + name + "), or on() with the labels they share");
            return;
        }
        if (never_meet(name, left, right)) {
            const auto shared = shared_labels(left, right);
            complain("the two sides never meet: only one of them has the label " + name,
                     "the left has " + side_text(left) + ", the right " + side_text(right) +
                         (meeting.on ? std::string()
                                     : "; without on() or ignoring() all labels must be the same") +
                         (takes_away ? "; so nothing is ever taken away" : ""),
                     shared.empty() && !left.open && !right.open
                         ? "on() group_left/group_right where one side is a single series, or "
                           "scalar() of it"
                         : "on(" + shared +
                               "), with group_left or group_right where one side has "
                               "several series for each");
            return;
        }
    }
}

Shape matched(const Meeting& meeting, const Shape& left, const Shape& right) {
    if (!right.vector) {
        return left;
    }
    auto out = left;
    if (meeting.many_on_right) {
        out.labels = right.labels;
        out.open = right.open;
        out.aggregated = right.aggregated;
    }
    if (meeting.many_on_left || meeting.many_on_right) {
        const auto& one = meeting.many_on_right ? left : right;
        for (const auto& name : meeting.include) {
            const auto found = one.labels.find(name);
            out.labels[name] = found == one.labels.end() ? Shape::Label{} : found->second;
        }
        return out;
    }
    if (meeting.on) {
        std::map<std::string, Shape::Label> kept;
        for (const auto& name : meeting.labels) {
            const auto found = left.labels.find(name);
            if (found != left.labels.end() || left.open) {
                kept[name] = found == left.labels.end() ? Shape::Label{} : found->second;
            }
        }
        out.labels = std::move(kept);
        out.open = false;
        out.aggregated = true;
        return out;
    }
    for (const auto& name : meeting.labels) {
        out.labels.erase(name);
    }
    return out;
}

} // namespace opsmon::rules
