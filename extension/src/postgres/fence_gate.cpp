#include "core/fence.hpp"
#include "postgres/fence_gate.hpp"

#include "postgres/compat.hpp"
#include "postgres/fence.hpp"
#include "postgres/fence_exempt.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/fence_refusal.hpp"
#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xact.h"
#include "access/xlog.h"
#include "storage/latch.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

constexpr long kStepMs = 20;
// Between two statements of a session that give room back and write a little for it.
constexpr core::TimeUs kTurnUs = core::kUsPerSecond;

bool is_free(std::uint32_t now_up, Passes passes) {
    return !stops(now_up, passes) || reason_is_gone(now_up);
}

// One step of a wait; raises what interrupts it.
void rest() {
    static uint32 wait_event = 0;
    if (wait_event == 0) {
        wait_event = compat::wait_event("OpsmonFence");
    }
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kStepMs, wait_event);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

// True when the fence came down, or its reason is gone, before the time was over.
bool wait_for_room(Passes passes) {
    const core::TimeUs until = worker::steady_now() + core::TimeUs{gucs::fence_wait_ms} * 1000;
    for (;;) {
        if (is_free(bits(), passes)) {
            return true;
        }
        if (InterruptHoldoffCount != 0 || worker::steady_now() >= until) {
            return false;
        }
        rest();
    }
}

// Returns when a second has gone by since this session's last turn, or the fence has changed.
void wait_for_turn() {
    static core::TimeUs last_turn = 0;
    marks::set(Mark::Passing);
    while (last_turn != 0 && worker::steady_now() - last_turn < kTurnUs && bits() != 0 &&
           !stops(bits(), Passes::GivesRoom) && InterruptHoldoffCount == 0) {
        rest();
    }
    last_turn = worker::steady_now();
}

Mark mark_of_exempt(Passes passes) {
    switch (passes) {
    case Passes::Ending:
    case Passes::Always:
    case Passes::GivesRoom:
        return Mark::Repairing;
    case Passes::FirstStage:
    case Passes::Never:
        break;
    }
    return Mark::Exempt;
}

// Only a statement that was judged from its beginning has anything to say for itself.
void mark(Mark wanted, Begun begun) {
    if (begun == Begun::BeforeTheFence) {
        marks::set(Mark::None);
        return;
    }
    // A part that reads nothing does not make the whole harmless.
    const bool is_harmless = wanted == Mark::Passing || wanted == Mark::Repairing;
    const Mark own = marks::own();
    if (begun == Begun::Within && is_harmless && (own == Mark::Judged || own == Mark::Exempt)) {
        return;
    }
    marks::set(wanted);
}

} // namespace

std::uint32_t bits() {
    return pg_atomic_read_u32(&shmem::state()->fence.word);
}

bool stops(std::uint32_t bits, Passes passes) {
    switch (passes) {
    case Passes::Ending:
    case Passes::Always:
        return false;
    case Passes::FirstStage:
    case Passes::GivesRoom:
        return (bits & core::kFenceAll) != 0;
    case Passes::Never:
        return bits != 0;
    }
    return true;
}

void go_on_judged(Begun begun) {
    mark(Mark::Judged, begun);
}

void pass_or_refuse(Passes passes, Begun begun) {
    // In an aborted transaction no catalog can be read, and only its end can come.
    if (!IsTransactionState() || CritSectionCount != 0) {
        return;
    }
    if (session_is_exempt()) {
        mark(mark_of_exempt(passes), begun);
        return;
    }
    if (passes == Passes::GivesRoom) {
        wait_for_turn();
    }
    if (!stops(bits(), passes)) {
        mark(passes == Passes::Ending ? Mark::Passing : Mark::Judged, begun);
        return;
    }
    marks::set(Mark::Passing); // it writes nothing while it waits
    if (!wait_for_room(passes)) {
        pg_atomic_fetch_add_u64(&shmem::state()->fence.refused_statements, 1);
        refuse(bits());
    }
    marks::set(Mark::None);
}

} // namespace opsmon::fence
