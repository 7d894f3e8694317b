#include <catch2/catch.hpp>

#include "core/policy.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace opsmon::core;

namespace {

constexpr TimeUs kNow = 1000 * kUsPerSecond;

Name named(const char* text) {
    Name name{};
    name.assign(text);
    return name;
}

std::unique_ptr<PolicyTable> table() {
    auto made = std::make_unique<PolicyTable>();
    made->loaded_steady_us = kNow;
    return made;
}

void add(PolicyTable& table, const char* slot, Policy policy) {
    table.rows[table.count++] = {named(slot), policy, true, false, 7};
}

} // namespace

TEST_CASE("every_policy_is_found_by_its_name", "[policy]") {
    for (std::size_t i = 0; i < kPolicies; ++i) {
        const auto policy = static_cast<Policy>(i);
        CHECK(policy_named(name_of(policy)) == policy);
    }
    CHECK(std::string(name_of(Policy::Ask)) == "ask");
    CHECK(std::string(name_of(Policy::Protect)) == "protect");
    CHECK(std::string(name_of(Policy::Expendable)) == "expendable");
    CHECK(std::string(name_of(Policy::Last)) == "last");
}

TEST_CASE("a_word_that_is_no_policy_is_none", "[policy]") {
    for (const char* word : {"", "Protect", "protect ", "protec", "never"}) {
        CAPTURE(word);
        CHECK_FALSE(policy_named(word).has_value());
    }
    CHECK_FALSE(policy_named(nullptr).has_value());
}

TEST_CASE("a_slot_has_the_policy_of_its_row_and_of_no_other", "[policy]") {
    const auto policies = table();
    add(*policies, "replica", Policy::Last);
    add(*policies, "replica2", Policy::Protect);
    add(*policies, "trial", Policy::Expendable);
    CHECK(policy_of(*policies, named("replica")).policy == Policy::Last);
    CHECK(policy_of(*policies, named("replica2")).policy == Policy::Protect);
    CHECK(policy_of(*policies, named("trial")).policy == Policy::Expendable);
    CHECK(policy_of(*policies, named("trial")).has_max_retained);
    CHECK(policy_of(*policies, named("trial")).max_retained_bytes == 7);
}

TEST_CASE("a_slot_nobody_spoke_of_has_ask_and_no_limit", "[policy]") {
    const auto policies = table();
    add(*policies, "replica", Policy::Protect);
    const PolicyRow row = policy_of(*policies, named("replic"));
    CHECK(row.policy == Policy::Ask);
    CHECK_FALSE(row.has_max_retained);
    CHECK(row.slot.equals(named("replic")));
}

TEST_CASE("a_slot_that_may_be_among_the_rows_left_out_is_protected", "[policy]") {
    const auto policies = table();
    add(*policies, "trial", Policy::Expendable);
    policies->omitted = 1;
    CHECK(policy_of(*policies, named("other")).policy == Policy::Protect);
    CHECK(policy_of(*policies, named("trial")).policy == Policy::Expendable);
}

TEST_CASE("a_full_table_is_searched_to_its_end_and_not_beyond", "[policy]") {
    const auto policies = table();
    while (policies->count < kPolicyRowsMax) {
        add(*policies, std::to_string(policies->count).c_str(), Policy::Last);
    }
    CHECK(policy_of(*policies, named("1023")).policy == Policy::Last);
    CHECK(policy_of(*policies, named("1024")).policy == Policy::Ask);
    CHECK(used_bytes(*policies) == sizeof(PolicyTable));
    policies->count = 3;
    CHECK(policy_of(*policies, named("1023")).policy == Policy::Ask);
}

TEST_CASE("a_sorted_table_says_the_same_of_every_slot", "[policy]") {
    std::mt19937 random(3);
    for (const std::uint32_t count : {0U, 1U, 2U, 3U, 100U, kPolicyRowsMax}) {
        const auto policies = table();
        const auto any_name = [&] { return "slot_" + std::to_string(random() % 2000); };
        std::set<std::string> names;
        while (names.size() < count) {
            names.insert(any_name());
        }
        std::vector<std::string> shuffled(names.begin(), names.end());
        std::shuffle(shuffled.begin(), shuffled.end(), random);
        for (const std::string& name : shuffled) {
            add(*policies, name.c_str(), static_cast<Policy>(random() % kPolicies));
        }
        const auto sorted = std::make_unique<PolicyTable>(*policies);
        sort_rows(*sorted);
        REQUIRE(sorted->is_sorted);
        for (int i = 0; i < 2000; ++i) {
            const Name name = named(("slot_" + std::to_string(i)).c_str());
            const PolicyRow expected = policy_of(*policies, name);
            const PolicyRow found = policy_of(*sorted, name);
            REQUIRE(found.policy == expected.policy);
            REQUIRE(found.has_max_retained == expected.has_max_retained);
            REQUIRE(found.slot.equals(name));
        }
    }
}

TEST_CASE("names_as_long_as_they_can_be_are_told_apart_when_sorted", "[policy]") {
    const auto policies = table();
    const std::string stem(62, 'x');
    add(*policies, (stem + "b").c_str(), Policy::Protect);
    add(*policies, (stem + "a").c_str(), Policy::Last);
    add(*policies, stem.c_str(), Policy::Expendable);
    sort_rows(*policies);
    CHECK(policy_of(*policies, named((stem + "b").c_str())).policy == Policy::Protect);
    CHECK(policy_of(*policies, named((stem + "a").c_str())).policy == Policy::Last);
    CHECK(policy_of(*policies, named(stem.c_str())).policy == Policy::Expendable);
    CHECK(policy_of(*policies, named((stem + "c").c_str())).policy == Policy::Ask);
}

TEST_CASE("a_table_is_usable_from_its_loading_until_it_is_stale", "[policy]") {
    const auto policies = table();
    CHECK(is_usable(*policies, kNow));
    CHECK(is_usable(*policies, kNow - 5)); // the look began before the loading
    CHECK(is_usable(*policies, kNow + kPolicyStaleUs));
    CHECK_FALSE(is_usable(*policies, kNow + kPolicyStaleUs + 1));
}

TEST_CASE("a_table_that_was_never_loaded_is_not_usable", "[policy]") {
    const auto policies = std::make_unique<PolicyTable>();
    CHECK_FALSE(is_usable(*policies, 0));
    CHECK_FALSE(is_usable(*policies, 1)); // the machine has just been started
}
