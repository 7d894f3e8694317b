#include "postgres/by_hand.hpp"

#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "common/ip.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
OPSMON_PG_HEADERS_END

namespace opsmon::by_hand {
namespace {

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
    if (!post(event)) {
        ereport(LOG,
                (errmsg("opsmon: %s %s%s%s%s: %s", core::name_of(event.action),
                        core::name_of(event.outcome), core::by_whom(event).bytes,
                        event.target.empty() ? "" : ": ", event.target.bytes, event.detail.bytes)));
    }
}

} // namespace opsmon::by_hand
