// The SQL functions by which people take the guard's place: raise and lower the fence, and keep the
// guard from acting for a while. Who may call them is said by the grants in the extension's script.

#include "core/fence.hpp"
#include "core/words.hpp"
#include "postgres/by_hand.hpp"
#include "postgres/fence.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_fence);
PG_FUNCTION_INFO_V1(opsmon_guard_suspend);
}

namespace opsmon {
namespace {

constexpr int kReasonBytesMax = 200;
constexpr core::TimeUs kSuspendMaxUs = 24 * 3600 * core::kUsPerSecond;

void report(core::GuardEvent& event, const char* detail) {
    event.detail.assign(detail);
    by_hand::post_or_log(event);
}

// --- the fence -----------------------------------------------------------------------------------

bool is_blank(const char* text) {
    return text[strspn(text, " ")] == '\0';
}

// On one line; empty where none is given.
const char* reason_of(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(1)) {
        return "";
    }
    char* reason = text_to_cstring(PG_GETARG_TEXT_PP(1));
    core::put_on_one_line(reason);
    if (strlen(reason) > kReasonBytesMax) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the reason of a fence has at most %d bytes", kReasonBytesMax),
                        errdetail("This one has %zu.", strlen(reason)),
                        errhint("Say the rest where there is more room.")));
    }
    return reason;
}

void raise_fence(const char* reason) {
    if (is_blank(reason)) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a fence needs a reason"),
                        errdetail("Everybody whose statement is refused will read it."),
                        errhint("SELECT opsmon.fence(true, 'what is going on').")));
    }
    core::GuardEvent event = by_hand::event_of(core::Action::Fence, core::Outcome::Done);
    fence::ByHand facts{};
    facts.since = event.at;
    facts.who = event.who;
    facts.reason.assign(reason);
    const bool was_up = fence::raise_by_hand(facts);
    // Whoever raises it is not stopped by it in this very statement.
    fence::marks::set(fence::Mark::Passing);
    if (!was_up) {
        fence::sweep(/* first */ true, core::kFenceByHand);
    }
    // Also of one that was up: its reason is another one now.
    report(event, reason);
}

void lower_fence(const char* reason) {
    core::GuardEvent event = by_hand::event_of(core::Action::FenceLifted, core::Outcome::Done);
    if (fence::lower_by_hand()) {
        report(event, is_blank(reason) ? "by hand" : reason);
    } else {
        ereport(NOTICE, (errmsg("no fence was raised by hand")));
    }
    if (pg_atomic_read_u32(&shmem::state()->fence.word) != 0) {
        ereport(NOTICE, (errmsg("the guard keeps its own fence up"),
                         errdetail("It comes down by itself when there is room."),
                         errhint("SELECT opsmon.guard_suspend('10 min') keeps the guard from "
                                 "acting, also from this.")));
    }
}

// --- the guard -----------------------------------------------------------------------------------

core::TimeUs duration_us(const Interval& interval) {
    // Months have no length, and one is more than is allowed anyway; so is a number of days that
    // would not fit.
    if (interval.month > 0 || interval.day > 366) {
        return PG_INT64_MAX;
    }
    if (interval.month < 0 || interval.day < -366) {
        return -1;
    }
    core::TimeUs us = 0;
    if (pg_add_s64_overflow(interval.time, interval.day * USECS_PER_DAY, &us)) {
        return interval.time > 0 ? PG_INT64_MAX : -1;
    }
    return us;
}

void check_duration(core::TimeUs us) {
    if (us < 0 || us > kSuspendMaxUs) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the guard can be suspended for 0 to 24 hours"),
                        errdetail("A suspended guard decides and tells, but does not act."),
                        errhint("'0' lets it act again; opsmon.guard = observe is the setting "
                                "for longer.")));
    }
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_fence(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("whether the fence shall be up must be true or false")));
    }
    if (RecoveryInProgress()) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("a standby cannot be fenced"),
                        errdetail("Nobody writes here; what arrives is written by its primary."),
                        errhint("Raise the fence on the primary.")));
    }
    if (PG_GETARG_BOOL(0)) {
        raise_fence(reason_of(fcinfo));
    } else {
        lower_fence(reason_of(fcinfo));
    }
    PG_RETURN_VOID();
}

Datum opsmon_guard_suspend(PG_FUNCTION_ARGS) {
    if (PG_ARGISNULL(0)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("how long the guard shall be suspended must be said")));
    }
    const core::TimeUs us = duration_us(*PG_GETARG_INTERVAL_P(0));
    check_duration(us);
    pg_atomic_uint64& until = shmem::state()->suspended_until_steady_us;
    core::GuardEvent event = by_hand::event_of(
        us == 0 ? core::Action::Resume : core::Action::Suspend, core::Outcome::Done);
    const core::TimeUs now = worker::steady_now();
    if (us == 0) {
        const auto before = static_cast<core::TimeUs>(pg_atomic_exchange_u64(&until, 0));
        if (before > now) {
            report(event, "by hand");
        }
        PG_RETURN_NULL();
    }
    const TimestampTz at = event.at + us;
    const char* detail = psprintf("until %s", timestamptz_to_str(at));
    pg_atomic_write_u64(&until, static_cast<uint64>(now + us));
    report(event, detail);
    PG_RETURN_TIMESTAMPTZ(at);
}
