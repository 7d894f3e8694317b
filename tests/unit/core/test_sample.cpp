#include <catch2/catch.hpp>

#include "core/sample.hpp"

#include <memory>
#include <string>

using namespace opsmon::core;

TEST_CASE("counts_all_backends_of_a_state_however_many_groups_they_are_in", "[sample]") {
    auto sample = std::make_unique<SamplerSample>();
    for (int i = 0; i < 1000; ++i) {
        count_state(*sample, i % 4 == 0 ? "active" : "idle", 1);
    }
    count_state(*sample, "", 5);
    REQUIRE(sample->state_count == 3);
    CHECK(sample->states[0].sessions == 250);
    CHECK(sample->states[1].sessions == 750);
    CHECK(sample->states[2].state.empty());
    CHECK(sample->states[2].sessions == 5);
}

TEST_CASE("more_states_than_there_can_be_do_no_harm", "[sample]") {
    auto sample = std::make_unique<SamplerSample>();
    for (int i = 0; i < 100; ++i) {
        count_state(*sample, std::to_string(i).c_str(), 1);
    }
    CHECK(sample->state_count == kStatesMax);
}

TEST_CASE("every_state_of_the_recorder_has_a_name", "[sample]") {
    for (const auto state :
         {RecorderState::Starting, RecorderState::Recording, RecorderState::Standby,
          RecorderState::NoExtension, RecorderState::Off, RecorderState::Failing}) {
        CHECK(name_of(state)[0] != '\0');
    }
}
