// The hooks themselves: what the server calls before each statement, each function and each commit.
// While no fence is up they read one word and go on. What they meet when it is up is decided in
// fence_gate.cpp and fence_hold.cpp.

#include "core/fence.hpp"
#include "postgres/fence.hpp"
#include "postgres/fence_exempt.hpp"
#include "postgres/fence_gate.hpp"
#include "postgres/fence_hold.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/fence_refusal.hpp"
#include "postgres/shmem.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/objectaccess.h"
#include "executor/executor.h"
#include "storage/ipc.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/plancache.h"

// As libpq/auth.h has it, which needs headers of other projects.
struct Port;
typedef void (*ClientAuthentication_hook_type)(Port*, int);
extern PGDLLIMPORT ClientAuthentication_hook_type ClientAuthentication_hook;
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

ExecutorStart_hook_type previous_executor_start = nullptr;
ExecutorRun_hook_type previous_executor_run = nullptr;
ProcessUtility_hook_type previous_process_utility = nullptr;
object_access_hook_type previous_object_access = nullptr;
ClientAuthentication_hook_type previous_client_authentication = nullptr;

// When the client sent what ran last without a fence, and what was judged last under one. They are
// compared for equality only, so a clock that is set does no harm.
TimestampTz sent_without_fence = 0;
TimestampTz judged_last = 0;
std::uint32_t judged_in = 0; // the epoch
// A COMMIT has begun: what its deferred triggers do belongs to it, up to the second stage. Nothing
// is deferred under a fence.
bool committing = false;
bool marked_writing = false;
bool marked_loading = false;
bool writes_messages = false; // its transaction, perhaps
// In a command that has several transactions, all of which write.
bool goes_on_writing = false;
// From here on no signal stops a COMMIT.
bool past_pre_commit = false;

// A transaction may have expressions at hand whose functions were asked about before the fence, and
// are not when they are used again. PL/pgSQL makes them anew when their plans are.
void forget_judged_expressions() {
    static std::uint32_t forgotten_in = 0;
    static bool all_forgotten = false;
    const std::uint32_t epoch = pg_atomic_read_u32(&shmem::state()->fence.epoch);
    const bool all = (bits() & core::kFenceAll) != 0; // which refuses more
    if (forgotten_in != epoch || (all && !all_forgotten)) {
        forgotten_in = epoch;
        all_forgotten = all;
        ResetPlanCache();
    }
}

Begun begun() {
    const TimestampTz sent = GetCurrentStatementStartTimestamp();
    if (sent == sent_without_fence) {
        return Begun::BeforeTheFence;
    }
    const std::uint32_t epoch = pg_atomic_read_u32(&shmem::state()->fence.epoch);
    if (sent == judged_last) {
        // Let pass under another fence, it is as old as any to this one.
        return judged_in == epoch ? Begun::Within : Begun::BeforeTheFence;
    }
    judged_last = sent;
    judged_in = epoch;
    // In a block, or in what a client has sent in a row.
    if (sent != GetCurrentTransactionStartTimestamp()) {
        forget_judged_expressions();
    }
    return Begun::Now;
}

// Until the transaction ends, or the fence asks.
void mark_writing(Mark mark) {
    if (process() != Process::Session) {
        return; // what it is goes before
    }
    marks::set(mark);
    marked_writing = true;
    marked_loading = mark == Mark::Loading;
    writes_messages = writes_messages || mark == Mark::Writing;
}

void unmark_writing() {
    marks::end_nature();
    marked_writing = marked_loading = goes_on_writing = writes_messages = false;
}

void end_loading() {
    if (writes_messages) {
        mark_writing(Mark::Writing);
    } else {
        unmark_writing();
    }
}

// True while a fence is up; the read that every statement pays for, twice.
bool is_up() {
    if (likely(bits() == 0)) {
        sent_without_fence = GetCurrentStatementStartTimestamp();
        return false;
    }
    return true;
}

// A standby writes nothing, and workers of the server are held elsewhere. A parallel worker is
// asked as well: of what its part of the statement calls, its leader knows nothing.
bool concerns_this_process() {
    return process() == Process::Session && !RecoveryInProgress();
}

// A COMMIT reads the cursors that are to outlive it to their end, and whoever declares one chooses
// what they call.
bool keeps_cursor() {
    return ActivePortal != nullptr && (ActivePortal->cursorOptions & CURSOR_OPT_HOLD) != 0;
}

void judge(Passes passes) {
    const bool belongs_to_commit = committing && (bits() & core::kFenceAll) == 0 && !keeps_cursor();
    if (!belongs_to_commit && concerns_this_process()) {
        pass_or_refuse(passes, begun());
    }
}

void executor_start(QueryDesc* query, int flags) {
    if (is_up() && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0) {
        judge(passes(*query->plannedstmt));
    }
    if (previous_executor_start != nullptr) {
        previous_executor_start(query, flags);
    } else {
        standard_ExecutorStart(query, flags);
    }
}

// A portal that is read piece by piece begins once, perhaps before the fence. Before 18 there is
// one parameter more.
template <typename... More>
void executor_run(QueryDesc* query, ScanDirection direction, uint64 count, More... more) {
    if (is_up()) {
        judge(passes(*query->plannedstmt));
    }
    if (previous_executor_run != nullptr) {
        previous_executor_run(query, direction, count, more...);
    } else {
        standard_ExecutorRun(query, direction, count, more...);
    }
}

bool is_copy_from(const Node& statement) {
    return IsA(&statement, CopyStmt) && reinterpret_cast<const CopyStmt&>(statement).is_from;
}

bool is_commit(const Node& statement) {
    return IsA(&statement, TransactionStmt) &&
           reinterpret_cast<const TransactionStmt&>(statement).kind == TRANS_STMT_COMMIT;
}

// These commit another transaction than their own, or would leave a database behind that nobody can
// use. Inside a block they only fail.
bool must_be_finished(const Node& statement, ProcessUtilityContext context) {
    if (context != PROCESS_UTILITY_TOPLEVEL || IsTransactionBlock()) {
        return false;
    }
    if (!IsA(&statement, TransactionStmt)) {
        return IsA(&statement, DropdbStmt);
    }
    const TransactionStmtKind kind = reinterpret_cast<const TransactionStmt&>(statement).kind;
    return kind == TRANS_STMT_COMMIT_PREPARED || kind == TRANS_STMT_ROLLBACK_PREPARED;
}

void judge_utility(const Node& statement, ProcessUtilityContext context) {
    if (context == PROCESS_UTILITY_TOPLEVEL) {
        committing = false;
    }
    Passes verdict = passes(statement);
    // Once for each message of the client: a loop that rolls them back would give no room at all.
    if (verdict == Passes::GivesRoom &&
        (context != PROCESS_UTILITY_TOPLEVEL || GetCurrentTransactionNestLevel() > 1)) {
        verdict = Passes::Never;
    }
    judge(verdict);
    // Of an aborted transaction there is nothing to commit, and nobody would tell of its end.
    if (is_commit(statement) && !IsAbortedTransactionBlockState()) {
        committing = true;
    }
}

void process_utility(PlannedStmt* statement, const char* query, bool read_only_tree,
                     ProcessUtilityContext context, ParamListInfo params,
                     QueryEnvironment* environment, DestReceiver* target,
                     QueryCompletion* completion) {
    // Asked beforehand: a statement that ends its transaction may be gone when it returns. Within a
    // block such a command has a transaction number.
    const bool writes_many = context == PROCESS_UTILITY_TOPLEVEL && !IsTransactionBlock() &&
                             writes_in_many_transactions(*statement->utilityStmt);
    const bool loads = is_copy_from(*statement->utilityStmt);
    if (is_up()) {
        judge_utility(*statement->utilityStmt, context);
    }
    // Also of who was let pass: there may be another fence before it ends.
    if (writes_many) {
        mark_writing(Mark::Several);
        goes_on_writing = true;
    } else if (loads) {
        // It may wait for its client in the middle, and would look like an idle session.
        mark_writing(Mark::Loading);
    }
    if (must_be_finished(*statement->utilityStmt, context)) {
        marks::begin_commit();
    }
    if (previous_process_utility != nullptr) {
        previous_process_utility(statement, query, read_only_tree, context, params, environment,
                                 target, completion);
    } else {
        standard_ProcessUtility(statement, query, read_only_tree, context, params, environment,
                                target, completion);
    }
    if (loads && marked_loading) {
        end_loading();
    } else if (writes_many && marked_writing) {
        unmark_writing();
    }
}

// Temporary tables are dropped at the end of a session, and by a COMMIT after the last moment at
// which it can be cancelled: no statement is judged there and no signal heard, and each writes 15
// kB of WAL or much more. What a session leaves behind, autovacuum removes later.
void refuse_unwatched_drop() {
    if (proc_exit_inprogress) {
        ereport(ERROR, (errcode(ERRCODE_DISK_FULL),
                        errmsg("opsmon: temporary tables are left behind: writes are fenced"),
                        errdetail("Removing them writes WAL; autovacuum does it later.")));
    }
    if (past_pre_commit && (bits() & core::kFenceAll) != 0 && process() == Process::Session &&
        !session_is_exempt()) {
        refuse(bits());
    }
}

void object_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void* more) {
    if (previous_object_access != nullptr) {
        previous_object_access(access, class_id, object_id, sub_id, more);
    }
    if (access == OAT_DROP && bits() != 0) {
        refuse_unwatched_drop();
    }
    if (access != OAT_FUNCTION_EXECUTE) {
        return;
    }
    if (bits() != 0) {
        const Passes verdict = passes_function(object_id);
        if (verdict != Passes::Always) {
            judge(verdict);
        }
    }
    if (writes_unseen(object_id)) {
        mark_writing(Mark::Writing);
    }
}

// Who logs in is not to be cancelled before he has said what he wants; and the place may still
// carry what another process said.
void client_authentication(Port* port, int status) {
    if (previous_client_authentication != nullptr) {
        previous_client_authentication(port, status);
    }
    marks::end_commit();
    marks::set(bits() != 0 && status == STATUS_OK ? Mark::Passing : Mark::None);
}

void before_commit() {
    switch (process()) {
    case Process::Apply:
        if (marks::own() != Mark::Applying) {
            marks::set(Mark::Applying);
        }
        [[fallthrough]];
    case Process::Autovacuum:
        if (bits() != 0) {
            hold_commit();
        }
        return;
    case Process::Own:
    case Process::Session:
        return;
    }
}

void after_transaction(bool aborted) {
    marks::end_commit();
    committing = past_pre_commit = false;
    if (goes_on_writing && !aborted) {
        return;
    }
    // Who rolled back, or waited and was refused, does something else next.
    if (marked_writing) {
        unmark_writing();
    }
    if (process() == Process::Session && bits() != 0 && marks::own() == Mark::Passing) {
        marks::set(Mark::None);
    }
}

void on_transaction(XactEvent event, void*) {
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
        before_commit();
        marks::begin_commit();
        past_pre_commit = true;
        return;
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PREPARE:
        after_transaction(event == XACT_EVENT_ABORT);
        return;
    default:
        return;
    }
}

// Who was refused, or cancelled, may have caught the error and go on.
void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
    if (event != SUBXACT_EVENT_ABORT_SUB) {
        return;
    }
    if (marked_loading) {
        end_loading();
    }
    if (bits() != 0 && concerns_this_process()) {
        marks::catch_error();
        forget_judged_expressions();
        if (marks::own() == Mark::Passing) {
            go_on_judged(begun());
        }
    }
}

} // namespace

void install_hooks() {
    previous_executor_start = ExecutorStart_hook;
    ExecutorStart_hook = executor_start;
    previous_executor_run = ExecutorRun_hook;
    ExecutorRun_hook = executor_run;
    previous_process_utility = ProcessUtility_hook;
    ProcessUtility_hook = process_utility;
    previous_object_access = object_access_hook;
    object_access_hook = object_access;
    previous_client_authentication = ClientAuthentication_hook;
    ClientAuthentication_hook = client_authentication;
    RegisterXactCallback(on_transaction, nullptr);
    RegisterSubXactCallback(on_subtransaction, nullptr);
}

} // namespace opsmon::fence
