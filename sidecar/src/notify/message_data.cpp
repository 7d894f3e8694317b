#include "notify/message_data.hpp"

#include "rules/template_humanize.hpp"

namespace opsmon::notify {
namespace {

using rules::TemplateFields;
using rules::TemplateValue;

// A moment that has not come is Go's zero time in Alertmanager; here it is simply empty.
std::string moment(TimestampMs at) {
    return at == 0 ? "" : rules::humanize_timestamp(static_cast<double>(at / 1000)).value_or("");
}

TemplateValue map_of(const std::map<std::string, std::string>& texts) {
    TemplateFields fields;
    for (const auto& [name, text] : texts) {
        fields.emplace(name, text);
    }
    return TemplateValue::map(std::move(fields));
}

} // namespace

TemplateValue message_data(const rules::Alert& alert, const std::string& receiver,
                           TimestampMs now) {
    const auto status = TemplateValue(alert.firing() ? "firing" : "resolved");
    const auto labels = TemplateValue::map_of(alert.labels);
    const auto annotations = map_of(alert.annotations);
    const auto end = alert.firing() ? now : alert.resolved_at;
    const auto one = TemplateValue::record(
        {{"Status", status},
         {"Labels", labels},
         {"Annotations", annotations},
         {"StartsAt", moment(alert.active_at)},
         {"EndsAt", moment(alert.resolved_at)},
         {"Value", alert.value},
         {"Duration",
          rules::humanize_duration(static_cast<double>((end - alert.active_at) / 1000))},
         {"NoData", alert.no_data},
         {"GeneratorURL", ""}});
    const auto of = [&](bool wanted) {
        return TemplateValue::list(wanted ? std::vector{one} : std::vector<TemplateValue>{});
    };
    return TemplateValue::record(
        {{"Status", status},
         {"Receiver", receiver},
         {"GroupLabels", labels},
         {"CommonLabels", labels},
         {"CommonAnnotations", annotations},
         {"ExternalURL", ""},
         {"Alerts", TemplateValue::list({one}, {{"Firing", of(alert.firing())},
                                                {"Resolved", of(!alert.firing())}})}});
}

} // namespace opsmon::notify
