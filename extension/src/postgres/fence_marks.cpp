#include "postgres/fence_marks.hpp"

#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

#include <signal.h>

OPSMON_PG_HEADERS_BEGIN
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "storage/shmem.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

constexpr std::uint32_t kMarkBits = 4;
constexpr std::uint32_t kMarkMask = (1U << kMarkBits) - 1;

Place* places = nullptr;
std::uint32_t place_count = 0;
bool forgets_at_exit = false;

constexpr std::uint32_t kSignalling = 1; // in Place::signals
constexpr std::uint32_t kSignalled = 1U << 16;
constexpr core::TimeUs kSignallingUs = 20'000; // the sweep needs two; it may be off its processor
constexpr long kStepUs = 20;

// What Place::signals said when this process looked last.
std::uint32_t signals_known = 0;

// Known when memory is requested: the server computes it before it asks.
Size places_bytes() {
    return MAXALIGN(static_cast<Size>(MaxBackends) * sizeof(Place));
}

Place* own_place() {
    if (MyProc == nullptr || places == nullptr) {
        return nullptr;
    }
    const auto index = MyProc - ProcGlobal->allProcs;
    return index < static_cast<std::ptrdiff_t>(place_count) ? &places[index] : nullptr;
}

// The next process in this place must not inherit what this one said.
void forget(int, Datum) {
    if (Place* place = own_place()) {
        pg_atomic_write_u32(&place->mark, 0);
        pg_atomic_write_u32(&place->nature, 0);
        pg_atomic_write_u32(&place->committing, 0);
    }
}

// Somebody has signalled this process, or is about to. Not for ever: a sweep that was stopped in
// the middle must not stop all commits.
void receive_signals(Place& place) {
    const core::TimeUs until = worker::steady_now() + kSignallingUs;
    std::uint32_t signals = pg_atomic_read_u32(&place.signals);
    while (signals % kSignalled != 0 && worker::steady_now() < until) {
        pg_usleep(kStepUs);
        signals = pg_atomic_read_u32(&place.signals);
    }
    signals_known = signals;
    // What has been sent arrives with a system call at the latest.
    (void)kill(MyProcPid, 0);
    CHECK_FOR_INTERRUPTS();
}

} // namespace

namespace marks {

void request_memory() {
    RequestAddinShmemSpace(places_bytes());
}

void attach_memory() {
    bool found = false;
    places = static_cast<Place*>(ShmemInitStruct("opsmon fence marks", places_bytes(), &found));
    place_count = static_cast<std::uint32_t>(MaxBackends);
    for (std::uint32_t i = 0; !found && i < place_count; ++i) {
        pg_atomic_init_u32(&places[i].mark, 0);
        pg_atomic_init_u32(&places[i].nature, 0);
        pg_atomic_init_u32(&places[i].committing, 0);
        pg_atomic_init_u32(&places[i].caught, 0);
        pg_atomic_init_u32(&places[i].signals, 0);
        pg_atomic_init_u32(&places[i].seen, 0);
        pg_atomic_init_u32(&places[i].seen_since_ms, 0);
        pg_atomic_init_u32(&places[i].signalled_ms, 0);
        pg_atomic_init_u32(&places[i].cancelled, 0);
        pg_atomic_init_u32(&places[i].cancelled_in, 0);
        pg_atomic_init_u32(&places[i].cancelled_since_ms, 0);
    }
}

void set(Mark mark) {
    Place* place = own_place();
    if (place == nullptr) {
        return;
    }
    if (!forgets_at_exit && mark != Mark::None) {
        before_shmem_exit(forget, static_cast<Datum>(0));
        forgets_at_exit = true;
    }
    if (mark >= Mark::Writing) {
        pg_atomic_write_u32(&place->nature, static_cast<std::uint32_t>(mark));
        return;
    }
    const std::uint32_t epoch = pg_atomic_read_u32(&shmem::state()->fence.epoch);
    pg_atomic_write_u32(&place->mark, epoch << kMarkBits | static_cast<std::uint32_t>(mark));
}

void end_nature() {
    if (Place* place = own_place()) {
        pg_atomic_write_u32(&place->nature, static_cast<std::uint32_t>(Mark::None));
    }
}

void catch_error() {
    if (Place* place = own_place()) {
        pg_atomic_write_u32(&place->caught, 1);
    }
}

Mark own() {
    const Place* place = own_place();
    return place == nullptr ? Mark::None
                            : read(*place, pg_atomic_read_u32(&shmem::state()->fence.epoch));
}

void begin_commit() {
    Place* place = own_place();
    if (place == nullptr) {
        return;
    }
    pg_atomic_write_u32(&place->committing, 1);
    pg_memory_barrier(); // whoever signals says so first and looks here then
    if (unlikely(pg_atomic_read_u32(&place->signals) != signals_known)) {
        receive_signals(*place);
    }
}

void end_commit() {
    if (Place* place = own_place()) {
        pg_atomic_write_u32(&place->committing, 0);
    }
}

void begin_signal(Place& place) {
    pg_atomic_fetch_add_u32(&place.signals, kSignalling); // with a full barrier
}

void end_signal(Place& place) {
    pg_atomic_fetch_add_u32(&place.signals, kSignalled - kSignalling);
}

std::uint32_t count() {
    return place_count;
}

Place& place(std::uint32_t index) {
    return places[index];
}

Mark read(const Place& place, std::uint32_t epoch) {
    const std::uint32_t value = pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&place.mark));
    const Mark mark = static_cast<Mark>(value & kMarkMask);
    if (mark != Mark::None && value >> kMarkBits == (epoch & (UINT32_MAX >> kMarkBits))) {
        return mark;
    }
    return static_cast<Mark>(pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&place.nature)));
}

bool is_committing(const Place& place) {
    return pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&place.committing)) != 0;
}

} // namespace marks

} // namespace opsmon::fence
