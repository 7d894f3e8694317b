#include "rules/expand.hpp"

#include "promql/eval.hpp"

namespace opsmon::rules {
namespace {

TemplateContext context_for(const promql::Sample& sample, const history::History& history,
                            TimestampMs now) {
    const auto labels = TemplateValue::map_of(sample.labels);
    const auto no_labels = TemplateValue::map({});
    TemplateContext context;
    context.data = TemplateValue::record({{"Labels", labels},
                                          {"Value", sample.value},
                                          {"ExternalLabels", no_labels},
                                          {"ExternalURL", ""}});
    context.variables = {{"$labels", labels},
                         {"$value", sample.value},
                         {"$externalLabels", no_labels},
                         {"$externalURL", ""}};
    context.query = [&history, now](const std::string& text) -> Result<promql::Vector> {
        auto expression = promql::parse(text);
        if (!expression) {
            return expression.error();
        }
        return promql::evaluate_vector(*expression, history, now);
    };
    return context;
}

} // namespace

Expanded expand(const Rule& rule, const promql::Sample& sample, const history::History& history,
                TimestampMs now) {
    const auto context = context_for(sample, history, now);
    Expanded out;
    out.labels = sample.labels;
    out.labels.remove(metrics::kMetricName);
    for (const auto& [name, text] : rule.labels) {
        out.labels.set(name, text.expand(context));
    }
    out.labels.set("alertname", rule.alert);
    for (const auto& [name, text] : rule.annotations) {
        out.annotations.emplace(name, text.expand(context));
    }
    return out;
}

} // namespace opsmon::rules
