#include "core/sample.hpp"

namespace opsmon::core {

void count_state(SamplerSample& sample, const char* state, std::int32_t sessions) {
    Text<40> wanted;
    wanted.assign(state);
    for (std::uint32_t i = 0; i < sample.state_count; ++i) {
        if (sample.states[i].state.equals(wanted)) {
            sample.states[i].sessions += sessions;
            return;
        }
    }
    if (sample.state_count < kStatesMax) {
        sample.states[sample.state_count++] = {wanted, sessions};
    }
}

} // namespace opsmon::core
