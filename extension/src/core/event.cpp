#include "core/event.hpp"

#include "core/words.hpp"

namespace opsmon::core {
namespace {

constexpr std::uint32_t bit_of(Outcome outcome) {
    return std::uint32_t{1} << static_cast<std::uint32_t>(outcome);
}

constexpr std::uint32_t kDecided = bit_of(Outcome::Decided);
constexpr std::uint32_t kWould = bit_of(Outcome::Would);
constexpr std::uint32_t kOrdered = bit_of(Outcome::Ordered);
constexpr std::uint32_t kDone = bit_of(Outcome::Done);
constexpr std::uint32_t kFailed = bit_of(Outcome::Failed);
constexpr std::uint32_t kRefused = bit_of(Outcome::Refused);
// What the guard has the reclaimer do, or a person asks for.
constexpr std::uint32_t kByOrder = kWould | kOrdered | kDone | kFailed | kRefused;

struct ActionRow {
    Action action;
    const char* name;
    std::uint32_t outcomes;
};

constexpr ActionRow kRows[kActions] = {
    {Action::Rung, "rung", kDecided},
    {Action::Checkpoint, "checkpoint", kByOrder},
    {Action::Evict, "evict", kByOrder},
    {Action::DiscardArchive, "discard archive", kByOrder},
    {Action::Fence, "fence", kWould | kDone},
    {Action::FenceAll, "fence all", kDone},
    {Action::FenceLifted, "fence lifted", kWould | kDone},
    {Action::BallastReleased, "ballast released", kWould | kDone | kFailed},
    {Action::BallastBuilt, "ballast built", kDone | kFailed},
    {Action::Suspend, "suspend", kDone},
    {Action::Resume, "resume", kDone},
    {Action::ArchiverStuck, "archiver stuck", kDecided},
    {Action::Reclaimer, "reclaimer", kFailed},
    {Action::Drill, "drill", kDone | kFailed},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kActions; ++i) {
        if (kRows[i].action != static_cast<Action>(i)) {
            return false;
        }
    }
    return true;
}
static_assert(in_order(), "rows are found by their place");

const ActionRow& row_of(Action action) {
    return kRows[static_cast<std::size_t>(action)];
}

} // namespace

const char* name_of(Action action) {
    return row_of(action).name;
}

const char* name_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::Decided:
        return "decided";
    case Outcome::Would:
        return "would";
    case Outcome::Ordered:
        return "ordered";
    case Outcome::Done:
        return "done";
    case Outcome::Failed:
        return "failed";
    case Outcome::Refused:
        return "refused";
    }
    return "";
}

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

bool can_happen(Action action, Outcome outcome) {
    return (row_of(action).outcomes & bit_of(outcome)) != 0;
}

Text<400> by_whom(const GuardEvent& event) {
    Words<400> words;
    if (event.caller.pid == 0 && std::strcmp(event.who.bytes, "guard") == 0) {
        return words.text();
    }
    words.add(" by ").add(event.who.bytes);
    if (!event.caller.acted_as.empty()) {
        words.add(" as ").add(event.caller.acted_as.bytes);
    }
    if (event.caller.pid != 0) {
        words.add(" from ").add(event.caller.client.bytes).add(" (");
        if (!event.caller.application_name.empty()) {
            words.add(event.caller.application_name.bytes).add(", ");
        }
        words.add("pid ").number(static_cast<std::uint64_t>(event.caller.pid)).add(")");
    }
    return words.text();
}

void append(EventLog& log, GuardEvent event) {
    if (log.count == kEventsMax) {
        for (std::uint32_t i = 1; i < log.count; ++i) {
            log.events[i - 1] = log.events[i];
        }
        --log.count;
    }
    event.number = ++log.last_number;
    ++log.counts[static_cast<std::size_t>(event.action)][static_cast<std::size_t>(event.outcome)];
    log.events[log.count++] = event;
}

} // namespace opsmon::core
