#pragma once
// Runs one step of a worker so that an error in it ends the step and not the worker. Used by both
// workers for everything that can raise an error. This is the only place with a PG_TRY; the step
// keeps its results in what `argument` points to, because a local changed inside would be undefined
// after the jump. FATAL is not caught: the postmaster starts the worker again.

#include "postgres/postgres.hpp"

namespace opsmon {

using Step = void (*)(void* argument);

enum class StepTransaction { None, MayHaveOne };

// Runs `step` in `context`, which is emptied afterwards. False when it raised an error: its text is
// then in `error`, everything it held is released, and its transaction, if any, is rolled back. The
// error is logged when its text differs from what `error` held before, so that a lasting failure
// does not fill the log.
bool run_step(Step step, void* argument, MemoryContext context, StepTransaction transaction,
              core::Message& error);

// For a session: runs `step`; when it raises an error, `tell` is called, which must not raise one
// itself, and the error goes on.
void run_and_tell(Step step, Step tell, void* argument);

} // namespace opsmon
