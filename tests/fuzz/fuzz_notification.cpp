// Any bytes as what notifications read besides YAML: matchers, templates, zone files, Slack's
// answers, and their own state in the store. What is read can be written and read again, and means
// the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "notify/matchers.hpp"
#include "notify/slack_incident.hpp"
#include "notify/state_text.hpp"
#include "notify/time_interval.hpp"
#include "notify/time_zone.hpp"
#include "rules/template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto matchers = notify::parse_matchers(text)) {
        const auto written = notify::to_string(*matchers);
        const auto again = notify::parse_matchers(written);
        if (!again || notify::to_string(*again) != written) {
            __builtin_trap();
        }
    }
    if (const auto parsed = rules::Template::parse(text, rules::TemplateDialect::Notification)) {
        rules::TemplateContext context;
        context.data = rules::TemplateValue::map({{"a", "b"}});
        context.cut_output = true;
        if (parsed->expand(context).size() > rules::kMaxTemplateOutputBytes) {
            __builtin_trap();
        }
    }
    if (const auto zone = notify::TimeZone::parse(text)) {
        (void)zone->offset_seconds(0);
        (void)zone->offset_seconds(4'000'000'000);
    }
    (void)notify::parse_days_of_month(text);
    (void)notify::parse_time_of_day(text);
    (void)notify::parse_alert_text(text);
    (void)notify::parse_told_text(text);
    (void)notify::parse_silence_text(text);
    notify::SlackIncident incident(notify::SlackPost{"C1", "1.1"});
    for (int calls = 0; incident.next(); ++calls) {
        incident.answered({200, std::string(text), "", ""});
        if (calls > 3) { // a message that is gone is posted anew once
            __builtin_trap();
        }
    }
    return 0;
}
