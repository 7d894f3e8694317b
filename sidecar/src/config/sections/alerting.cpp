#include "config/sections.hpp"

namespace opsmon::config {
namespace {

constexpr std::size_t kMaxAlertmanagers = 10;
constexpr DurationRange kFallbackAfter{milliseconds(1000), milliseconds(24 * 3'600'000)};

} // namespace

Alerting read_alerting(Section section, const Context& context) {
    Alerting out;
    for (const auto& path : section.texts("rule_files", kMaxListEntries, kMaxTextBytes)) {
        out.rule_files.push_back(beside(context.file, path.value));
    }
    if (const auto given = section.text("notification_file", kMaxTextBytes)) {
        out.notification_file = beside(context.file, given->value);
    }
    for (const auto& text : section.texts("alertmanagers", kMaxAlertmanagers, kMaxTextBytes)) {
        auto url = parse_url(text.value);
        if (!url || !url->query.empty()) {
            context.faults->add(text.line, section.key_path("alertmanagers"),
                                url ? "an address of an Alertmanager has no ?"
                                    : "is not an address such as http://host:9093: " +
                                          url.error().message);
        } else {
            out.alertmanagers.push_back(std::move(*url));
        }
    }
    if (!out.alertmanagers.empty() && !out.notification_file.empty()) {
        context.faults->add(
            section.line(), section.key_path("alertmanagers"),
            "stands instead of notification_file: give one of them, or everybody is "
            "told twice");
    }
    if (const auto given = section.text("fallback_receiver", kMaxTextBytes)) {
        out.fallback_receiver = given->value;
        out.fallback_receiver_line = given->line;
        if (out.notification_file.empty()) {
            context.faults->add(given->line, section.key_path("fallback_receiver"),
                                "is a receiver of notification_file, and there is none");
        }
    }
    const auto after = section.duration("fallback_after", kFallbackAfter);
    if (after && out.fallback_receiver.empty()) {
        context.faults->add(after->line, section.key_path("fallback_after"),
                            "says nothing without fallback_receiver");
    }
    out.fallback_after = value_or(after, out.fallback_after);
    section.finish();
    return out;
}

} // namespace opsmon::config
