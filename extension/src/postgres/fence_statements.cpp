#include "postgres/fence_statements.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

// Only this session's own can ever be named in a plan. It writes no WAL, but takes room on the data
// volume.
bool is_temporary(Oid relation) {
    return get_rel_persistence(relation) == RELPERSISTENCE_TEMP;
}

// The COMMIT would run it, and with it whatever it calls.
bool has_deferrable_trigger(Oid table) {
    Relation relation = table_open(table, AccessShareLock);
    const TriggerDesc* triggers = relation->trigdesc;
    bool found = false;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Trigger& trigger = triggers->triggers[i];
        found = found || (trigger.tgdeferrable && !trigger.tgisinternal);
    }
    table_close(relation, AccessShareLock);
    return found;
}

bool is_its_own_to_write(Oid table) {
    return is_temporary(table) && !has_deferrable_trigger(table);
}

// Anything that is not its session's own.
bool writes(const PlannedStmt& plan) {
    const ListCell* cell;
    foreach (cell, plan.resultRelations) {
        if (!is_its_own_to_write(rt_fetch(lfirst_int(cell), plan.rtable)->relid)) {
            return true;
        }
    }
    foreach (cell, plan.rowMarks) {
        const auto* mark = lfirst_node(PlanRowMark, cell);
        if (RowMarkRequiresRowShareLock(mark->markType) &&
            !is_temporary(rt_fetch(mark->rti, plan.rtable)->relid)) {
            return true;
        }
    }
    return plan.commandType != CMD_SELECT && plan.resultRelations == NIL;
}

// Of the extension itself: who is a consumer, and what the guard did. The history may be large.
bool is_small_of_opsmon(Oid relation) {
    if (get_rel_namespace(relation) != get_namespace_oid("opsmon", /* missing_ok */ true)) {
        return false;
    }
    const char* name = get_rel_name(relation);
    return name != nullptr && strncmp(name, "history_", strlen("history_")) != 0;
}

// Catalogs do not count: they are small, and who repairs must be able to look around.
bool reads_tables(const PlannedStmt& plan) {
    const ListCell* cell;
    foreach (cell, plan.rtable) {
        const auto* entry = lfirst_node(RangeTblEntry, cell);
        if (entry->rtekind != RTE_RELATION || entry->relkind == RELKIND_VIEW) {
            continue;
        }
        if (entry->relid == LargeObjectRelationId) {
            return true;
        }
        if (entry->relid >= FirstNormalObjectId && !is_small_of_opsmon(entry->relid)) {
            return true;
        }
    }
    return false;
}

Passes passes_copy(const CopyStmt& copy) {
    if (!copy.is_from) {
        return Passes::FirstStage; // of a query that writes, the executor tells
    }
    const Oid target = RangeVarGetRelid(copy.relation, NoLock, /* missing_ok */ true);
    return OidIsValid(target) && is_its_own_to_write(target) ? Passes::FirstStage : Passes::Never;
}

Passes passes_transaction(const TransactionStmt& transaction) {
    switch (transaction.kind) {
    case TRANS_STMT_PREPARE:
        return Passes::Never;
    case TRANS_STMT_ROLLBACK:
    case TRANS_STMT_ROLLBACK_PREPARED:
        return Passes::Ending;
    default:
        return Passes::Always;
    }
}

// Of temporary tables, which not every session has: poolers discard after each client.
Passes passes_discard(const DiscardStmt& discard) {
    Oid tables = InvalidOid;
    Oid toast_tables = InvalidOid;
    GetTempNamespaceState(&tables, &toast_tables);
    const bool drops = discard.target == DISCARD_ALL || discard.target == DISCARD_TEMP;
    return drops && OidIsValid(tables) ? Passes::GivesRoom : Passes::Always;
}

// EXPLAIN ANALYZE CREATE TABLE AS makes the table, and its plan looks like a SELECT.
Passes passes_explain(const ExplainStmt& explain) {
    bool analyze = false;
    const ListCell* cell;
    foreach (cell, explain.options) {
        auto* option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "analyze") == 0) {
            analyze = defGetBoolean(option);
        }
    }
    if (analyze && IsA(explain.query, Query)) {
        const auto* query = reinterpret_cast<const Query*>(explain.query);
        if (query->commandType == CMD_UTILITY && IsA(query->utilityStmt, CreateTableAsStmt)) {
            return Passes::Never;
        }
    }
    return Passes::FirstStage;
}

struct FunctionRow {
    Oid oid; // the same in all supported versions, unlike their F_ names
    const char* name;
    Passes passes;
};

constexpr Oid kEmitText = 3577;
constexpr Oid kEmitBytes = 3578;
constexpr Oid kCleanPendingList = 3789;
constexpr Oid kSummarizeNewValues = 3952;
constexpr Oid kSummarizeRange = 3999;

// Built-in functions that write WAL, or read tables, and that no plan gives away.
constexpr FunctionRow kFunctions[] = {
    {715, "lo_create(oid)", Passes::Never},
    {764, "lo_import(text)", Passes::Never},
    {767, "lo_import(text, oid)", Passes::Never},
    {765, "lo_export(oid, text)", Passes::FirstStage},
    {954, "loread(int4, int4)", Passes::FirstStage},
    {955, "lowrite(int4, bytea)", Passes::Never},
    {956, "lo_lseek(int4, int4, int4)", Passes::FirstStage},
    {957, "lo_creat(int4)", Passes::Never},
    {964, "lo_unlink(oid)", Passes::Never},
    {1004, "lo_truncate(int4, int4)", Passes::Never},
    {1294, "currtid2(text, tid)", Passes::FirstStage},
    {1574, "nextval(regclass)", Passes::Never},
    {1576, "setval(regclass, int8)", Passes::Never},
    {1765, "setval(regclass, int8, bool)", Passes::Never},
    {2172, "pg_backup_start(text, bool)", Passes::Never},
    {2848, "pg_switch_wal()", Passes::Never},
    {2943, "txid_current()", Passes::Never},
    {3036, "pg_notify(text, text)", Passes::Never},
    {3098, "pg_create_restore_point(text)", Passes::Never},
    {3170, "lo_lseek64(int4, int8, int4)", Passes::FirstStage},
    {3172, "lo_truncate64(int4, int8)", Passes::Never},
    {3445, "pg_import_system_collations(regnamespace)", Passes::Never},
    {3457, "lo_from_bytea(oid, bytea)", Passes::Never},
    {3458, "lo_get(oid)", Passes::FirstStage},
    {3459, "lo_get(oid, int8, int4)", Passes::FirstStage},
    {3460, "lo_put(oid, int8, bytea)", Passes::Never},
    {kEmitText, "pg_logical_emit_message(bool, text, text)", Passes::Never},
    {kEmitBytes, "pg_logical_emit_message(bool, text, bytea)", Passes::Never},
    {kCleanPendingList, "gin_clean_pending_list(regclass)", Passes::Never},
    {kSummarizeNewValues, "brin_summarize_new_values(regclass)", Passes::Never},
    {kSummarizeRange, "brin_summarize_range(regclass, int8)", Passes::Never},
    {4014, "brin_desummarize_range(regclass, int8)", Passes::Never},
    {5059, "pg_current_xact_id()", Passes::Never},
    {6003, "pg_replication_origin_create(text)", Passes::Never},
    {6004, "pg_replication_origin_drop(text)", Passes::Never},
    {6012, "pg_replication_origin_advance(text, pg_lsn)", Passes::Never},
    {6305, "pg_log_standby_snapshot()", Passes::Never},      // 16
    {6362, "pg_restore_relation_stats(...)", Passes::Never}, // 18, as the next three
    {6363, "pg_restore_attribute_stats(...)", Passes::Never},
    {6397, "pg_clear_relation_stats(text, text)", Passes::Never},
    {6398, "pg_clear_attribute_stats(text, text, text, bool)", Passes::Never},
};

// These look at memory and files of their own only, and people monitor with them.
constexpr const char* kLibraries[] = {
    "$libdir/opsmon",         "opsmon",
    "$libdir/pg_buffercache", "$libdir/pg_stat_statements",
    "$libdir/pg_stat_kcache", "$libdir/pg_wait_sampling",
};

// No plan shows which tables the C code of an extension reads. What is written in another language
// is judged statement by statement.
bool is_unknown_code(Oid function) {
    HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(row)) {
        return false;
    }
    bool is_unknown = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->prolang == ClanguageId;
    if (is_unknown) {
        bool is_null = false;
        const Datum library = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_probin, &is_null);
        const char* path = is_null ? "" : TextDatumGetCString(library);
        for (const char* known : kLibraries) {
            is_unknown = is_unknown && strcmp(path, known) != 0;
        }
    }
    ReleaseSysCache(row);
    return is_unknown;
}

} // namespace

Passes passes(const PlannedStmt& plan) {
    if (writes(plan)) {
        return Passes::Never;
    }
    const bool writes_its_own = plan.resultRelations != NIL;
    return writes_its_own || reads_tables(plan) ? Passes::FirstStage : Passes::Always;
}

Passes passes(const Node& utility) {
    switch (nodeTag(&utility)) {
    // Ends what is in flight, or only speaks to the session.
    case T_TransactionStmt:
        return passes_transaction(reinterpret_cast<const TransactionStmt&>(utility));
    case T_DiscardStmt:
        return passes_discard(reinterpret_cast<const DiscardStmt&>(utility));
    case T_LockStmt: // this mode is written for the standbys
        return reinterpret_cast<const LockStmt&>(utility).mode == AccessExclusiveLock
                   ? Passes::Never
                   : Passes::Always;
    case T_VariableSetStmt:
    case T_VariableShowStmt:
    case T_ClosePortalStmt:
    case T_PrepareStmt:
    case T_DeallocateStmt:
    case T_ListenStmt:
    case T_UnlistenStmt:
    case T_LoadStmt:
    case T_AlterSystemStmt:
    case T_CheckPointStmt:
    // Made of statements that are judged one by one.
    case T_CallStmt:
    case T_DoStmt:
    case T_ExecuteStmt:
    case T_DeclareCursorStmt:
    case T_ConstraintsSetStmt:
        return Passes::Always;
    case T_DropStmt:
    case T_TruncateStmt:
    case T_DropdbStmt:
    case T_DropTableSpaceStmt:
    case T_DropSubscriptionStmt:
    case T_DropOwnedStmt:
        return Passes::GivesRoom;
    case T_FetchStmt: // goes on with what was judged when it began
        return Passes::FirstStage;
    case T_CopyStmt:
        return passes_copy(reinterpret_cast<const CopyStmt&>(utility));
    case T_ExplainStmt:
        return passes_explain(reinterpret_cast<const ExplainStmt&>(utility));
    default: // also what later versions bring
        return Passes::Never;
    }
}

Passes passes_function(Oid function) {
    if (function >= FirstNormalObjectId) {
        return is_unknown_code(function) ? Passes::FirstStage : Passes::Always;
    }
    for (const FunctionRow& row : kFunctions) {
        if (row.oid == function) {
            return row.passes;
        }
    }
    return Passes::Always;
}

bool writes_unseen(Oid function) {
    switch (function) {
    case kEmitText:
    case kEmitBytes:
    case kCleanPendingList:
    case kSummarizeNewValues:
    case kSummarizeRange:
        return true;
    default:
        return false;
    }
}

bool writes_in_many_transactions(const Node& utility) {
    switch (nodeTag(&utility)) {
    case T_IndexStmt:
        return reinterpret_cast<const IndexStmt&>(utility).concurrent;
    case T_ReindexStmt:
    case T_VacuumStmt: // also ANALYZE
    case T_ClusterStmt:
    case T_AlterDatabaseStmt: // to another tablespace
        return true;
    default:
        return false;
    }
}

} // namespace opsmon::fence
