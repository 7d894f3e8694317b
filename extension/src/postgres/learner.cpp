#include "postgres/learner.hpp"

#include "postgres/extension_lock.hpp"
#include "postgres/shmem.hpp"
#include "postgres/spi.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

namespace opsmon::learner {
namespace {

constinit core::LearnerStatus status{};
constinit spi::Statement learn_consumers{"SELECT opsmon.learn_consumers()"};

// What is learned is decided in the extension's SQL, as everything that is recorded.
void call_extension(void* argument) {
    bool& exists = *static_cast<bool*>(argument);
    spi::begin("opsmon: learning who takes WAL");
    exists = hold_extension();
    if (exists) {
        (void)spi::select(learn_consumers);
    }
    spi::commit();
}

} // namespace

void open() {
    status = core::LearnerStatus{};
    shmem::state()->learner.publish(status);
}

void learn(MemoryContext context) {
    bool exists = false;
    if (!run_step(call_extension, &exists, context, StepTransaction::MayHaveOne,
                  status.last_error)) {
        ++status.failures;
    } else if (exists) {
        status.learned_at = worker::now();
    }
    shmem::state()->learner.publish(status);
}

} // namespace opsmon::learner
