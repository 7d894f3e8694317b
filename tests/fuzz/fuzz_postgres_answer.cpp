#include "collect/probe/outcome.hpp"
#include "collect/probe/postgres_answer.hpp"
#include "collect/probe/unit_state.hpp"

#include <cstddef>
#include <cstdint>

// A long enough answer is always judged; what goes into a log is printable and short.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::collect;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (!parse_postgres_answer(bytes) && size > kMaxPostgresAnswerBytes) {
        __builtin_trap();
    }
    UnitState state;
    state.take("LoadState", bytes);
    state.take("ActiveState", bytes);
    ProbeOutcome outcome;
    judge_unit(state, outcome);
    outcome.step(bytes);
    for (const std::string& step : outcome.steps) {
        if (step.size() > ProbeOutcome::kMaxStepBytes) {
            __builtin_trap();
        }
    }
    return 0;
}
