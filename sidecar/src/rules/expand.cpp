#include "rules/expand.hpp"

#include "promql/eval.hpp"

namespace opsmon::rules {
namespace {

TemplateContext context_for(const promql::Sample& sample, const history::History& history,
                            TimestampMs now, const External& external, TemplateRegexes& regexes) {
    const auto labels = TemplateValue::map_of(sample.labels);
    const auto external_labels =
        TemplateValue::map({external.labels.begin(), external.labels.end()});
    TemplateContext context;
    context.data = TemplateValue::record({{"Labels", labels},
                                          {"ExternalLabels", external_labels},
                                          {"ExternalURL", external.url},
                                          {"Value", sample.value}});
    context.variables = {{"$labels", labels},
                         {"$value", sample.value},
                         {"$externalLabels", external_labels},
                         {"$externalURL", external.url}};
    context.external_url = external.url;
    context.regexes = &regexes;
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
                TimestampMs now, const External& external, TemplateRegexes& regexes) {
    const auto context = context_for(sample, history, now, external, regexes);
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
