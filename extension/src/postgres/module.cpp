// The library's front door: what PostgreSQL calls when it loads opsmon. It only installs what works
// later; it refuses nothing that could keep the server from starting.

#include "postgres/compat.hpp"
#include "postgres/fence.hpp"
#include "postgres/gucs.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

extern "C" {
OPSMON_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    // pg_upgrade loads the library to see that it is there, and nothing more happens.
    if (IsBinaryUpgrade && !process_shared_preload_libraries_in_progress) {
        return;
    }
    if (!process_shared_preload_libraries_in_progress) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("opsmon must be loaded via \"shared_preload_libraries\""),
                        errhint("Add opsmon to shared_preload_libraries in postgresql.conf and "
                                "restart the server.")));
    }
    opsmon::gucs::define();
    opsmon::shmem::install_hooks();
    opsmon::fence::install_hooks();
    opsmon::register_workers();
}
