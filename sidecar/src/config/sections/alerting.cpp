#include "config/sections.hpp"

namespace opsmon::config {

Alerting read_alerting(Section section, const Context& context) {
    Alerting out;
    for (const auto& path : section.texts("rule_files", kMaxListEntries, kMaxTextBytes)) {
        out.rule_files.push_back(beside(context.file, path.value));
    }
    if (const auto given = section.text("notification_file", kMaxTextBytes)) {
        out.notification_file = beside(context.file, given->value);
    }
    section.finish();
    return out;
}

} // namespace opsmon::config
