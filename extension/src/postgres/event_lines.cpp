#include "postgres/event_lines.hpp"

#include "postgres/shmem.hpp"

namespace opsmon {
namespace {

constinit core::EventLog events{};

unsigned long long in_mb(core::Bytes bytes) {
    return static_cast<unsigned long long>(bytes / core::kBytesPerMiB);
}

// What an event says beside its numbers: "watch (was calm)", "evict done: standby_1".
void describe(const core::GuardEvent& event, char* text, std::size_t size) {
    if (event.action == core::Action::Rung) {
        snprintf(text, size, "%s (was %s)", core::row_of(event.to).name,
                 core::row_of(event.from).name);
        return;
    }
    snprintf(text, size, "%s %s%s%s%s%s%s", core::name_of(event.action),
             core::name_of(event.outcome), core::by_whom(event).bytes,
             event.target.empty() ? "" : ": ", event.target.bytes, event.detail.empty() ? "" : ": ",
             event.detail.bytes);
}

void log_event(const core::GuardEvent& event) {
    char what[1024];
    describe(event, what, sizeof what);
    char numbers[64] = "";
    const bool is_about_ballast =
        event.action == core::Action::BallastBuilt || event.action == core::Action::BallastReleased;
    if (is_about_ballast && event.before_bytes) {
        const core::Bytes size = Max(*event.before_bytes, event.after_bytes.value_or(0));
        snprintf(numbers, sizeof numbers, ", %llu MB of ballast", in_mb(size));
    } else if (event.before_bytes && event.after_bytes) {
        snprintf(numbers, sizeof numbers, ", WAL kept %llu MB, was %llu MB",
                 in_mb(*event.after_bytes), in_mb(*event.before_bytes));
    }
    char holder[160] = "";
    if (event.has_holder) {
        snprintf(holder, sizeof holder, "; %s%s%s holds %llu MB of WAL",
                 core::name_of(event.holder), event.holder_name.empty() ? "" : " ",
                 event.holder_name.bytes, in_mb(event.holder_bytes));
    }
    char full_in[64] = "";
    if (event.full_in) {
        snprintf(full_in, sizeof full_in, ", full in %lld s",
                 static_cast<long long>(*event.full_in / core::kUsPerSecond));
    }
    ereport(LOG, (errmsg("opsmon guard: %s volume: %s: %llu of %llu MB usable%s%s%s",
                         core::name_of(event.volume), what, in_mb(event.usable_bytes),
                         in_mb(event.size_bytes), numbers, full_in, holder)));
}

} // namespace

void log_new_events() {
    pg_atomic_uint64* logged = &shmem::state()->logged_event;
    if (!shmem::state()->events.read(events)) {
        return;
    }
    for (std::uint32_t i = 0; i < events.count; ++i) {
        if (events.events[i].number > pg_atomic_read_u64(logged)) {
            pg_atomic_write_u64(logged, events.events[i].number);
            log_event(events.events[i]);
        }
    }
}

} // namespace opsmon
