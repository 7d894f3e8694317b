#pragma once
// This component finds the routes of an alert, and the group it belongs to in each of them: the
// first stage of the pipeline. The dispatcher uses it. Pure.

#include "notify/settings.hpp"

#include <string>
#include <vector>

namespace opsmon::notify {

struct KeyedRoute {
    RouteOptions options;
    std::string key; // `{}/{severity="critical"}`, as Alertmanager writes it
};

class RouteTree {
public:
    explicit RouteTree(const Route& root);

    // Places in routes(); at least one, in their order.
    [[nodiscard]] std::vector<std::size_t> match(const metrics::Labels& labels) const;
    [[nodiscard]] const std::vector<KeyedRoute>& routes() const { return routes_; }

private:
    struct Node {
        Matchers matchers;
        bool proceeds = false;
        std::size_t place = 0;
        std::vector<Node> below;
    };
    Node add(const Route& route, const std::string& parent_key);
    static bool match(const Node& node, const metrics::Labels& labels,
                      std::vector<std::size_t>& into);

    std::vector<KeyedRoute> routes_;
    Node root_;
};

// The labels that name the group of an alert.
[[nodiscard]] metrics::Labels group_labels(const RouteOptions& options,
                                           const metrics::Labels& labels);

} // namespace opsmon::notify
