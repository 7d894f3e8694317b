// The ledger's entry of a drill, for opsmon.drill(): like every report it goes to the guard, so
// that its way into the ledger, the log and the metrics is the one a real event takes.

#include "postgres/by_hand.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/builtins.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_note_drill);
}

using namespace opsmon;

Datum opsmon_note_drill(PG_FUNCTION_ARGS) {
    const char* outcome = text_to_cstring(PG_GETARG_TEXT_PP(0));
    const bool is_done = strcmp(outcome, core::name_of(core::Outcome::Done)) == 0;
    core::GuardEvent event = by_hand::event_of(
        core::Action::Drill, is_done ? core::Outcome::Done : core::Outcome::Failed);
    event.detail.assign(text_to_cstring(PG_GETARG_TEXT_PP(1)));
    if (!by_hand::post(event)) {
        ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                        errmsg("opsmon: the guard takes no reports"),
                        errhint("Look at opsmon.status: it may not be running.")));
    }
    PG_RETURN_VOID();
}
