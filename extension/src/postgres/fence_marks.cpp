#include "postgres/fence_marks.hpp"

#include "postgres/shmem.hpp"

OPSMON_PG_HEADERS_BEGIN
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
    }
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
        pg_atomic_init_u32(&places[i].seen, 0);
        pg_atomic_init_u32(&places[i].signalled_ms, 0);
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
    const std::uint32_t epoch = pg_atomic_read_u32(&shmem::state()->fence.epoch);
    pg_atomic_write_u32(&place->mark, epoch << kMarkBits | static_cast<std::uint32_t>(mark));
}

Mark own() {
    const Place* place = own_place();
    return place == nullptr ? Mark::None
                            : read(*place, pg_atomic_read_u32(&shmem::state()->fence.epoch));
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
    // These are about the process or its statement, whichever fence is up.
    if (mark == Mark::Writing || mark == Mark::Applying || mark == Mark::Own) {
        return mark;
    }
    return value >> kMarkBits == (epoch & (UINT32_MAX >> kMarkBits)) ? mark : Mark::None;
}

} // namespace marks

} // namespace opsmon::fence
