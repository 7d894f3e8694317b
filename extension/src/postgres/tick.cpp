#include "postgres/tick.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xact.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/condition_variable.h"
#include "storage/fd.h"
#include "storage/lwlock.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

void release_everything(StepTransaction transaction) {
    if (transaction == StepTransaction::MayHaveOne) {
        AbortOutOfAnyTransaction();
        pgstat_report_activity(STATE_IDLE, nullptr);
    }
    // What the abort of a transaction would do, for a process that has none (as bgwriter does).
    LWLockReleaseAll();
    ConditionVariableCancelSleep();
    pgstat_report_wait_end();
    AtEOXact_Files(false);
    AtEOXact_HashTables(false);
}

// Somebody who holds a table locked is no fault of the statement that could not have it: one line,
// without the pages of SQL that waited.
void tell(const ErrorData* data) {
    if (data->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE) {
        EmitErrorReport();
        return;
    }
    const char* worker = MyBgworkerEntry != nullptr ? MyBgworkerEntry->bgw_name : "opsmon";
    ereport(LOG, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                  errmsg("%s: somebody holds a lock it needs, it tries again: %s", worker,
                         data->message),
                  errhidestmt(true), errhidecontext(true)));
}

void report(MemoryContext context, core::Message& error) {
    MemoryContextSwitchTo(context);
    ErrorData* data = CopyErrorData();
    core::Message text;
    text.assign(data->message != nullptr ? data->message : "unknown error");
    if (!text.equals(error)) {
        tell(data);
    }
    error = text;
    FlushErrorState();
}

} // namespace

bool run_step(Step step, void* argument, MemoryContext context, StepTransaction transaction,
              core::Message& error) {
    MemoryContext outer = MemoryContextSwitchTo(context);
    volatile bool succeeded = false;
    PG_TRY();
    {
        step(argument);
        succeeded = true;
    }
    PG_CATCH();
    {
        HOLD_INTERRUPTS();
        report(context, error);
        release_everything(transaction);
        RESUME_INTERRUPTS();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(outer);
    MemoryContextReset(context);
    if (succeeded) {
        error.bytes[0] = '\0';
    }
    return succeeded;
}

void run_and_tell(Step step, Step tell, void* argument) {
    PG_TRY();
    { step(argument); }
    PG_CATCH();
    {
        tell(argument);
        PG_RE_THROW();
    }
    PG_END_TRY();
}

} // namespace opsmon
