#include "postgres/extension_lock.hpp"

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

// Invalid when it is gone.
Oid owner_of(Oid extension) {
    Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(extension));
    SysScanDesc scan = systable_beginscan(extensions, ExtensionOidIndexId, /* indexOK */ true,
                                          /* snapshot */ nullptr, 1, &key);
    const HeapTuple found = systable_getnext(scan);
    const Oid owner = HeapTupleIsValid(found)
                          ? reinterpret_cast<Form_pg_extension>(GETSTRUCT(found))->extowner
                          : InvalidOid;
    systable_endscan(scan);
    table_close(extensions, AccessShareLock);
    return owner;
}

void refuse_owner(Oid owner) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("extension \"opsmon\" belongs to \"%s\", who is no superuser",
                           GetUserNameFromId(owner, /* noerr */ true)),
                    errdetail("Its functions would be run as a superuser, and their owner can "
                              "have changed them."),
                    errhint("Let a superuser drop the extension and create it anew, or look at "
                            "its functions and REASSIGN OWNED.")));
}

} // namespace

bool hold_extension() {
    const Oid extension = get_extension_oid("opsmon", /* missing_ok */ true);
    if (!OidIsValid(extension)) {
        return false;
    }
    LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);
    if (get_extension_oid("opsmon", /* missing_ok */ true) != extension) {
        return false;
    }
    const Oid owner = owner_of(extension);
    if (OidIsValid(owner) && !superuser_arg(owner)) {
        refuse_owner(owner);
    }
    return OidIsValid(owner);
}

} // namespace opsmon
