#include "core/event.hpp"

namespace opsmon::core {

const char* name_of(Trigger trigger) {
    switch (trigger) {
    case Trigger::None:
        return "none";
    case Trigger::FreeBytes:
        return "free bytes";
    case Trigger::Forecast:
        return "forecast";
    case Trigger::Recovered:
        return "recovered";
    }
    return "";
}

void append(EventLog& log, GuardEvent event) {
    if (log.count == kEventsMax) {
        for (std::uint32_t i = 1; i < log.count; ++i) {
            log.events[i - 1] = log.events[i];
        }
        --log.count;
    }
    event.number = ++log.last_number;
    log.events[log.count++] = event;
}

} // namespace opsmon::core
