#pragma once
// Workers of the server that no statement hook reaches: logical apply and autovacuum. Refused, they
// would fail and be started again without end; so they are kept from committing, which ends their
// writing, and go on where they were when the fence comes down.

#include "postgres/postgres.hpp"

namespace opsmon::fence {

enum class Process {
    Session, // whatever runs statements for somebody
    Apply,
    Autovacuum,
    Own,
};

// What this process is; never changes.
Process process();

// For the transaction callback, before a commit of a held kind of process: returns when the fence
// is down. Raises an error when the worker is told to stop.
void hold_commit();

} // namespace opsmon::fence
