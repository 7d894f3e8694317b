#include <catch2/catch.hpp>

#include "core/order.hpp"

#include <initializer_list>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;

// The eviction of a slot in segment 20, which frees up to segment 90.
Order order_of(Policy policy, bool is_guess = false) {
    Order order{};
    order.kind = OrderKind::Evict;
    order.said.policy = policy;
    order.said.is_guess = is_guess;
    order.must_free = true;
    order.restart_lsn = 20 * kSegment;
    order.confirmed_flush_lsn = 21 * kSegment;
    order.then_oldest_lsn = 90 * kSegment;
    return order;
}

SlotNow as_it_was(const Order& order) {
    return {order.active_pid, order.restart_lsn, order.confirmed_flush_lsn, false, false};
}

bool is_taken(const Order& order, const SlotNow& slot) {
    return change_since(order, slot, kSegment) == nullptr;
}

} // namespace

TEST_CASE("a_slot_that_is_as_it_was_is_taken", "[order]") {
    for (const Policy policy : {Policy::Ask, Policy::Last, Policy::Expendable}) {
        for (const bool is_guess : {false, true}) {
            const Order order = order_of(policy, is_guess);
            CHECK(is_taken(order, as_it_was(order)));
        }
    }
}

TEST_CASE("one_of_whom_nobody_has_said_anything_is_not_taken_when_it_has_moved", "[order]") {
    for (const Policy policy : {Policy::Ask, Policy::Last, Policy::Expendable}) {
        for (const bool is_guess : {false, true}) {
            const Order order = order_of(policy, is_guess);
            SlotNow slot = as_it_was(order);
            slot.restart_lsn += 1;
            const bool must_stand = policy == Policy::Ask || is_guess;
            CHECK(is_taken(order, slot) == !must_stand);
            slot = as_it_was(order);
            slot.confirmed_flush_lsn += 1;
            CHECK(is_taken(order, slot) == !must_stand);
        }
    }
}

TEST_CASE("nor_when_somebody_has_connected_to_it_since", "[order]") {
    for (const std::int32_t then : {0, 7}) {
        for (const std::int32_t now : {0, 7, 8}) {
            for (const Policy policy : {Policy::Ask, Policy::Last}) {
                Order order = order_of(policy);
                order.active_pid = then;
                SlotNow slot = as_it_was(order);
                slot.active_pid = now;
                const bool is_new = now != 0 && then == 0; // else he may only be back
                CHECK(is_taken(order, slot) == !(policy == Policy::Ask && is_new));
            }
        }
    }
}

TEST_CASE("one_that_would_free_nothing_any_more_is_not_taken", "[order]") {
    for (const Policy policy : {Policy::Last, Policy::Expendable}) {
        Order order = order_of(policy);
        SlotNow slot = as_it_was(order);
        slot.restart_lsn = 89 * kSegment + 5;
        CHECK(is_taken(order, slot)); // a segment is one
        slot.restart_lsn = 90 * kSegment;
        CHECK_FALSE(is_taken(order, slot));
        order.must_free = false; // a person has named it
        CHECK(is_taken(order, slot));
        order = order_of(policy);
        order.then_oldest_lsn = kUnknownLsn;
        CHECK(is_taken(order, slot));
    }
}

TEST_CASE("one_that_the_server_has_invalidated_is_left_to_people", "[order]") {
    Order order = order_of(Policy::Expendable);
    SlotNow slot = as_it_was(order);
    slot.restart_lsn = kUnknownLsn;
    CHECK_FALSE(is_taken(order, slot));
    order.must_free = false;
    CHECK(is_taken(order, slot));
}

TEST_CASE("of_several_that_hold_the_same_wal_each_is_taken", "[order]") {
    Order order = order_of(Policy::Expendable);
    order.then_oldest_lsn = order.restart_lsn;
    SlotNow slot = as_it_was(order);
    CHECK(is_taken(order, slot));
    slot.restart_lsn += 100; // in the same segment
    CHECK(is_taken(order, slot));
}

TEST_CASE("what_is_not_the_guards_to_take_is_not_taken", "[order]") {
    const Order order = order_of(Policy::Expendable);
    SlotNow slot = as_it_was(order);
    slot.is_temporary = true;
    CHECK_FALSE(is_taken(order, slot));
    slot = as_it_was(order);
    slot.is_synced = true;
    CHECK_FALSE(is_taken(order, slot));
}

TEST_CASE("people_change_their_minds_in_every_column", "[order]") {
    Order order = order_of(Policy::Ask);
    order.said.has_max_retained = true;
    order.said.max_retained_bytes = 5;
    CHECK(change_of_mind(order, order.said) == nullptr);
    PolicyRow said = order.said;
    said.max_retained_bytes = 6;
    CHECK(change_of_mind(order, said) != nullptr);
    said = order.said;
    said.has_max_retained = false;
    CHECK(change_of_mind(order, said) != nullptr);
    said = order.said;
    said.is_guess = true;
    CHECK(change_of_mind(order, said) != nullptr);
    for (const Policy policy : {Policy::Protect, Policy::Last, Policy::Expendable}) {
        said = order.said;
        said.policy = policy;
        CHECK(change_of_mind(order, said) != nullptr);
    }
}
