#include <catch2/catch.hpp>

#include <set>

#include "collect/shown_names.hpp"

using namespace std::chrono_literals;
using opsmon::SteadyTime;
using opsmon::collect::ShownNames;

namespace {

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("the_names_with_the_largest_scores_are_shown", "[shown]") {
    ShownNames shown(2, {});
    shown.choose({{"a", 1}, {"b", 3}, {"c", 2}, {"d", 0}}, SteadyTime(0s));
    CHECK(shown.names() == Names{"b", "c"});
    CHECK(shown.suppressed_total() == 0);
}

TEST_CASE("a_newcomer_must_be_clearly_larger_and_who_is_new_may_stay", "[shown]") {
    ShownNames shown(1, {});
    shown.choose({{"a", 10}}, SteadyTime(0s));
    shown.choose({{"a", 10}, {"b", 14}}, SteadyTime(100s));
    CHECK(shown.names() == Names{"a"});
    shown.choose({{"a", 10}, {"b", 16}}, SteadyTime(101s));
    CHECK(shown.names() == Names{"b"});
    shown.choose({{"a", 100}, {"b", 16}}, SteadyTime(110s)); // b is shown for 9 s only
    CHECK(shown.names() == Names{"b"});
    shown.choose({{"a", 100}, {"b", 16}}, SteadyTime(162s));
    CHECK(shown.names() == Names{"a"});
}

TEST_CASE("a_name_without_a_score_leaves_after_a_while", "[shown]") {
    ShownNames shown(2, {});
    shown.choose({{"a", 10}}, SteadyTime(0s));
    shown.choose({}, SteadyTime(300s));
    CHECK(shown.names() == Names{"a"});
    shown.choose({}, SteadyTime(301s));
    CHECK(shown.names().empty());
}

TEST_CASE("only_so_many_new_names_enter_within_an_hour", "[shown]") {
    ShownNames::Limits limits;
    limits.new_names_per_hour = 5;
    ShownNames shown(2, limits);
    std::set<std::string> ever;
    for (int minute = 0; minute < 60; ++minute) {
        const std::string name = "attacker_" + std::to_string(minute);
        shown.choose({{name, 100.0 * (1 << (minute % 20))}}, SteadyTime(61s * minute));
        for (const auto& now : shown.names()) {
            ever.insert(now);
        }
    }
    CHECK(ever.size() == 5);
    CHECK(shown.suppressed_total() > 0);
    shown.choose({{"late", 1e12}}, SteadyTime(3h));
    CHECK(shown.contains("late"));
}

TEST_CASE("a_name_that_returns_within_the_hour_is_not_new", "[shown]") {
    ShownNames::Limits limits;
    limits.new_names_per_hour = 1;
    ShownNames shown(1, limits);
    shown.choose({{"a", 1}}, SteadyTime(0s));
    shown.choose({}, SteadyTime(400s));
    shown.choose({{"a", 1}, {"b", 5}}, SteadyTime(401s));
    CHECK(shown.names() == Names{"a"});
    CHECK(shown.suppressed_total() == 1);
}
