#include "postgres/by_hand.hpp"

#include "postgres/compat.hpp"
#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "common/ip.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
OPSMON_PG_HEADERS_END

namespace opsmon::by_hand {
namespace {

constexpr core::TimeUs kPatienceUs = 5 * core::kUsPerSecond;
constexpr core::TimeUs kGuardIsDeadUs = 10 * core::kUsPerSecond;
constexpr long kLookAgainMs = 10;
// Of the places for reports these are the guard's own: no flood by hand keeps an eviction out.
constexpr std::size_t kPlacesOfItsOwn = 8;

bool has_room() {
    return shmem::state()->reports.free_places() > kPlacesOfItsOwn;
}

// One that hangs or is gone takes nothing, and must not keep people from helping themselves.
bool guard_lives() {
    SharedState& shared = *shmem::state();
    const auto seen =
        static_cast<core::TimeUs>(pg_atomic_read_u64(&shared.fence.guard_seen_steady_us));
    return pg_atomic_read_u32(&shared.guard_process) != 0 &&
           worker::steady_now() - seen < kGuardIsDeadUs;
}

// False when the guard lives and took nothing for so long.
bool wait_for_room() {
    const core::TimeUs begun = worker::steady_now();
    while (!has_room() && guard_lives()) {
        if (worker::steady_now() - begun > kPatienceUs) {
            return false;
        }
        shmem::wake(shmem::state()->guard_process);
        (void)WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookAgainMs,
                        compat::wait_event("OpsmonControl"));
        CHECK_FOR_INTERRUPTS();
    }
    return true;
}

// The address as a number, also where the server looks up names (log_hostname).
void assign_client(core::Caller& caller) {
    const SockAddr peer = MyBEEntry != nullptr ? MyBEEntry->st_clientaddr : SockAddr{};
    switch (peer.addr.ss_family) {
    case AF_UNIX:
        caller.client.assign("local");
        return;
    case AF_UNSPEC: // a worker of somebody's, without a client
        caller.client.assign("server");
        return;
    default:
        break;
    }
    char address[64] = "";
    char port[16] = "";
    if (pg_getnameinfo_all(&peer.addr, peer.salen, address, sizeof address, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        caller.client.assign("unknown");
        return;
    }
    char text[sizeof caller.client.bytes];
    snprintf(text, sizeof text, peer.addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", address,
             port);
    caller.client.assign(text);
}

} // namespace

core::GuardEvent event_of(core::Action action, core::Outcome outcome) {
    if (!wait_for_room()) {
        ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                        errmsg("opsmon: too much is being done by hand at once"),
                        errdetail("The ledger takes eight entries a second; nothing was done."),
                        errhint("Try again.")));
    }
    core::GuardEvent event{};
    event.at = worker::now();
    event.action = action;
    event.outcome = outcome;
    event.mode = gucs::mode();
    event.volume = core::VolumeKind::Wal;
    const Oid session = GetSessionUserId();
    event.who.assign(GetUserNameFromId(session, /* noerr */ true));
    if (GetUserId() != session) {
        event.caller.acted_as.assign(GetUserNameFromId(GetUserId(), /* noerr */ true));
    }
    assign_client(event.caller);
    event.caller.application_name.assign(application_name);
    event.caller.pid = MyProcPid;
    return event;
}

bool post(const core::GuardEvent& event) {
    const bool posted = shmem::state()->reports.post(event);
    shmem::wake(shmem::state()->guard_process);
    return posted;
}

void post_or_log(const core::GuardEvent& event) {
    HOLD_INTERRUPTS();
    (void)wait_for_room();
    RESUME_INTERRUPTS();
    if (!post(event)) {
        ereport(LOG,
                (errmsg("opsmon: %s %s%s%s%s: %s", core::name_of(event.action),
                        core::name_of(event.outcome), core::by_whom(event).bytes,
                        event.target.empty() ? "" : ": ", event.target.bytes, event.detail.bytes)));
    }
}

} // namespace opsmon::by_hand
