#pragma once
// This component provides an engine with its history to tests of rules, one second per tick, and
// short ways to write rules.

#include "rules/engine.hpp"
#include "support/series.hpp"

#include <string>
#include <utility>
#include <vector>

namespace opsmon::test {

using Texts = std::vector<std::pair<std::string, std::string>>;

inline std::vector<rules::NamedTemplate> templates(const Texts& texts) {
    std::vector<rules::NamedTemplate> out;
    for (const auto& [name, text] : texts) {
        out.emplace_back(name, *rules::Template::parse(text, rules::TemplateDialect::Rule));
    }
    return out;
}

inline rules::Rule rule(const std::string& name, const std::string& expr, TimestampMs for_ms = 0,
                        const Texts& labels = {}, const Texts& annotations = {}) {
    return {name, *promql::parse(expr), for_ms, 0, templates(labels), templates(annotations)};
}

inline rules::Rule recording(const std::string& name, const std::string& expr,
                             std::vector<metrics::Labels::Pair> labels = {}) {
    return {"", *promql::parse(expr), 0, 0, {}, {}, name, std::move(labels)};
}

inline std::vector<rules::Group> one_group(std::vector<rules::Rule> rules) {
    rules::Group group;
    group.file = "test.yml";
    group.name = "test";
    group.interval_ms = 1000;
    group.rules = std::move(rules);
    return {std::move(group)};
}

struct World {
    explicit World(std::vector<rules::Group> groups) : engine(std::move(groups)) {}

    std::vector<rules::Alert> tick(const SeriesList& series, const metrics::Silence& silence = {}) {
        now += 1000;
        history.append(now, points(series));
        return engine.evaluate_due(history, now, silence);
    }

    // What a query for this metric would find, as text.
    [[nodiscard]] std::string shown(const std::string& name) const {
        std::string out;
        const auto all = [](const metrics::Labels&) { return true; };
        for (const auto& found : history.select(name, all, now)) {
            out += (out.empty() ? "" : " ") + found.labels->to_string() + "=" +
                   std::to_string(static_cast<long long>(found.value));
        }
        return out;
    }

    history::History history;
    rules::Engine engine;
    TimestampMs now = 0;
};

inline std::string summary(const std::vector<rules::Alert>& alerts) {
    std::string out;
    for (const auto& alert : alerts) {
        out += (out.empty() ? "" : " ") + alert.labels.to_string() +
               (alert.firing() ? " firing" : " resolved") + (alert.no_data ? " no-data" : "");
    }
    return out;
}

} // namespace opsmon::test
