#include "notify/route_tree.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace opsmon::notify {

RouteTree::RouteTree(const Route& root) : root_(add(root, "")) {}

RouteTree::Node RouteTree::add(const Route& route, const std::string& parent_key) {
    Node out{route.matchers, route.proceeds, routes_.size(), {}};
    std::sort(out.matchers.begin(), out.matchers.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.name(), a.value(), a.kind()) <
               std::tuple(b.name(), b.value(), b.kind());
    });
    const auto key = (parent_key.empty() ? "" : parent_key + "/") + to_string(out.matchers);
    routes_.push_back({route.options, key});
    for (const auto& child : route.routes) {
        out.below.push_back(add(child, key));
    }
    return out;
}

std::vector<std::size_t> RouteTree::match(const metrics::Labels& labels) const {
    std::vector<std::size_t> out;
    match(root_, labels, out);
    return out;
}

bool RouteTree::match(const Node& node, const metrics::Labels& labels,
                      std::vector<std::size_t>& into) {
    if (!matches(node.matchers, labels)) {
        return false;
    }
    const auto before = into.size();
    for (const auto& child : node.below) {
        if (match(child, labels, into) && !child.proceeds) {
            break;
        }
    }
    if (into.size() == before) {
        into.push_back(node.place);
    }
    return true;
}

metrics::Labels group_labels(const RouteOptions& options, const metrics::Labels& labels) {
    if (options.group_by_all) {
        return labels;
    }
    metrics::Labels out;
    for (const auto& name : options.group_by) {
        out.set(name, labels.get(name)); // one that is absent stays so
    }
    return out;
}

} // namespace opsmon::notify
