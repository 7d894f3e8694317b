#include <catch2/catch.hpp>

#include <set>

#include "collect/postgresql/standby_identity.hpp"

using namespace opsmon::collect;
using Names = std::vector<std::string>;

TEST_CASE("a_standby_is_called_by_its_address") {
    StandbyIdentity identity;
    CHECK(identity.name_all({{"10.0.0.1", "standby_1", 1.0, 1}}) == Names{"10.0.0.1"});
}

TEST_CASE("without_an_address_it_is_called_by_its_consumer") {
    StandbyIdentity identity;
    CHECK(identity.name_all({{"", "standby_1", 1.0, 1}, {"", "", 2.0, 2}}) ==
          Names{"standby_1", "unnamed"});
}

TEST_CASE("two_consumers_on_one_address_are_told_apart") {
    StandbyIdentity identity;
    CHECK(identity.name_all(
              {{"10.0.0.1", "a", 1.0, 1}, {"10.0.0.1", "b", 2.0, 2}, {"10.0.0.2", "c", 3.0, 3}}) ==
          Names{"10.0.0.1/a", "10.0.0.1/b", "10.0.0.2"});
}

TEST_CASE("a_name_does_not_change_back_when_the_neighbour_flaps") {
    StandbyIdentity identity;
    (void)identity.name_all({{"10.0.0.1", "a", 1.0, 1}, {"10.0.0.1", "b", 2.0, 2}});
    CHECK(identity.name_all({{"10.0.0.1", "a", 1.0, 1}}) == Names{"10.0.0.1/a"});
}

TEST_CASE("equal_names_are_numbered_by_age") {
    StandbyIdentity identity;
    CHECK(identity.name_all({{"", "x", 3.0, 1}, {"", "x", 1.0, 2}, {"", "x", 2.0, 3}}) ==
          Names{"x#3", "x", "x#2"});
    CHECK(identity.name_all({{"10.0.0.1", "x", 1.0, 2}, {"10.0.0.1", "x", 1.0, 1}}) ==
          Names{"10.0.0.1#2", "10.0.0.1"});
}

TEST_CASE("hostile_names_never_make_two_standbys_equal_or_overlong") {
    StandbyIdentity identity;
    const std::string bytes(63, '\xff');
    const std::vector<StandbyFacts> standbys = {
        {"", "x", 1.0, 1},        {"", "x", 2.0, 2},         {"", "x#2", 3.0, 3},
        {"", "x#2", 4.0, 4},      {"", bytes + "a", 5.0, 5}, {"", bytes + "b", 6.0, 6},
        {"", "10.0.0.1", 7.0, 7}, {"10.0.0.1", "y", 8.0, 8}};
    const Names names = identity.name_all(standbys);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == standbys.size());
    for (const std::string& name : names) {
        CAPTURE(name);
        CHECK(name.size() <= 128);
        CHECK_FALSE(name.empty());
    }
}
