#include "postgres/extension_lock.hpp"

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
OPSMON_PG_HEADERS_END

namespace opsmon {

bool hold_extension() {
    const Oid extension = get_extension_oid("opsmon", /* missing_ok */ true);
    if (!OidIsValid(extension)) {
        return false;
    }
    LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);
    return get_extension_oid("opsmon", /* missing_ok */ true) == extension;
}

} // namespace opsmon
