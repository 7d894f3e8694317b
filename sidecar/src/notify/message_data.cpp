#include "notify/message_data.hpp"

#include "notify/fingerprint.hpp"
#include "rules/template_humanize.hpp"

#include <algorithm>
#include <set>

namespace opsmon::notify {
namespace {

using rules::TemplateFields;
using rules::TemplateValue;

// A moment that has not come is Go's zero time in Alertmanager; here it is simply empty.
rules::TemplateMoment moment(TimestampMs at) {
    return {at == 0 ? "" : rules::humanize_timestamp(static_cast<double>(at / 1000)).value_or("")};
}

TemplateValue map_of(const auto& texts, const Escape& escape) {
    TemplateFields fields;
    for (const auto& [name, text] : texts) {
        fields.emplace(name, escape(text));
    }
    return TemplateValue::label_set(std::move(fields));
}

TemplateValue alert_data(const rules::Alert& alert, bool is_new, TimestampMs now,
                         const Escape& escape) {
    const auto end = alert.firing() ? now : alert.resolved_at;
    return TemplateValue::record({{"Status", alert.firing() ? "firing" : "resolved"},
                                  {"Labels", map_of(alert.labels.pairs(), escape)},
                                  {"Annotations", map_of(alert.annotations, escape)},
                                  {"StartsAt", moment(alert.fired_at)},
                                  {"EndsAt", moment(alert.resolved_at)},
                                  {"Value", alert.value},
                                  {"Duration", rules::humanize_duration(static_cast<double>(
                                                   (end - alert.active_at) / 1000))},
                                  {"NoData", alert.no_data},
                                  {"New", is_new},
                                  {"GeneratorURL", alert.generator_url},
                                  {"Fingerprint", to_hex(fingerprint(alert.labels))}});
}

} // namespace

metrics::Labels common_labels(const std::vector<AlertPointer>& alerts) {
    metrics::Labels out;
    if (alerts.empty()) {
        return out;
    }
    for (const auto& [name, value] : alerts.front()->labels.pairs()) {
        if (std::all_of(alerts.begin(), alerts.end(),
                        [&, &name = name, &value = value](const AlertPointer& alert) {
                            return alert->labels.get(name) == value;
                        })) {
            out.set(name, value);
        }
    }
    return out;
}

std::map<std::string, std::string> common_annotations(const std::vector<AlertPointer>& alerts) {
    std::map<std::string, std::string> out;
    if (alerts.empty()) {
        return out;
    }
    out = alerts.front()->annotations;
    for (const auto& alert : alerts) {
        std::erase_if(out, [&](const auto& one) {
            const auto same = alert->annotations.find(one.first);
            return same == alert->annotations.end() || same->second != one.second;
        });
    }
    return out;
}

TemplateValue message_data(const Message& message, TimestampMs now, const Escape& escape) {
    const std::set<AlertPointer> news(message.news.begin(), message.news.end());
    const auto alerts = message.alerts();
    std::vector<TemplateValue> all;
    std::vector<TemplateValue> firing;
    std::vector<TemplateValue> resolved;
    for (const auto& alert : alerts) {
        auto data = alert_data(*alert, news.contains(alert), now, escape);
        (alert->firing() ? firing : resolved).push_back(data);
        all.push_back(std::move(data));
    }
    return TemplateValue::record(
        {{"Status", firing.empty() ? "resolved" : "firing"},
         {"Receiver", message.receiver},
         {"GroupLabels", map_of(message.group_labels.pairs(), escape)},
         {"CommonLabels", map_of(common_labels(alerts).pairs(), escape)},
         {"CommonAnnotations", map_of(common_annotations(alerts), escape)},
         {"ExternalURL", message.external_url},
         {"Alerts",
          TemplateValue::list(std::move(all),
                              {{"Firing", TemplateValue::list(std::move(firing))},
                               {"Resolved", TemplateValue::list(std::move(resolved))}})}});
}

} // namespace opsmon::notify
