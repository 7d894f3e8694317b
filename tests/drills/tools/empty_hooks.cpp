// A library with the hooks that opsmon has, which only call what was there before them: what a hook
// costs that does nothing. tests/bench/03_cost.pl preloads it into a server of its own.

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "catalog/objectaccess.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "tcop/utility.h"

PG_MODULE_MAGIC;
void _PG_init(void);
}

namespace {

ExecutorStart_hook_type previous_executor_start = nullptr;
ExecutorRun_hook_type previous_executor_run = nullptr;
ProcessUtility_hook_type previous_process_utility = nullptr;
object_access_hook_type previous_object_access = nullptr;

void executor_start(QueryDesc* query, int flags) {
    if (previous_executor_start != nullptr) {
        previous_executor_start(query, flags);
    } else {
        standard_ExecutorStart(query, flags);
    }
}

// Before 18 there is one parameter more.
template <typename... More>
void executor_run(QueryDesc* query, ScanDirection direction, uint64 count, More... more) {
    if (previous_executor_run != nullptr) {
        previous_executor_run(query, direction, count, more...);
    } else {
        standard_ExecutorRun(query, direction, count, more...);
    }
}

void process_utility(PlannedStmt* statement, const char* query, bool read_only_tree,
                     ProcessUtilityContext context, ParamListInfo params,
                     QueryEnvironment* environment, DestReceiver* target,
                     QueryCompletion* completion) {
    if (previous_process_utility != nullptr) {
        previous_process_utility(statement, query, read_only_tree, context, params, environment,
                                 target, completion);
    } else {
        standard_ProcessUtility(statement, query, read_only_tree, context, params, environment,
                                target, completion);
    }
}

void object_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void* more) {
    if (previous_object_access != nullptr) {
        previous_object_access(access, class_id, object_id, sub_id, more);
    }
}

void on_transaction(XactEvent, void*) {}

} // namespace

void _PG_init(void) {
    previous_executor_start = ExecutorStart_hook;
    ExecutorStart_hook = executor_start;
    previous_executor_run = ExecutorRun_hook;
    ExecutorRun_hook = executor_run;
    previous_process_utility = ProcessUtility_hook;
    ProcessUtility_hook = process_utility;
    previous_object_access = object_access_hook;
    object_access_hook = object_access;
    RegisterXactCallback(on_transaction, nullptr);
}
