#include <catch2/catch.hpp>

#include "core/word_ring.hpp"

#include <memory>
#include <thread>
#include <vector>

using namespace opsmon::core;

namespace {

using Ring = WordRing<64>;
constexpr std::size_t kRecordMax = 64;

std::unique_ptr<Ring> fresh() {
    auto ring = std::make_unique<Ring>();
    ring->initialize();
    return ring;
}

// A record of so many words; all but the first carry its number.
std::vector<std::uint64_t> record(std::uint64_t words, std::uint64_t number) {
    std::vector<std::uint64_t> result(words, number);
    result[0] = words;
    return result;
}

void append(Ring& ring, std::uint64_t words, std::uint64_t number) {
    REQUIRE(ring.append(record(words, number).data()));
}

std::vector<std::uint64_t> numbers_after(const Ring& ring, std::uint64_t cursor) {
    std::vector<std::uint64_t> numbers;
    std::uint64_t words[kRecordMax];
    while (ring.read(cursor, words, kRecordMax) != 0) {
        numbers.push_back(words[1]);
    }
    return numbers;
}

} // namespace

TEST_CASE("an_empty_ring_has_no_record", "[word_ring]") {
    CHECK(numbers_after(*fresh(), 0).empty());
}

TEST_CASE("records_come_back_in_order_whatever_their_sizes", "[word_ring]") {
    const auto ring = fresh();
    append(*ring, 2, 1);
    append(*ring, 17, 2);
    append(*ring, 5, 3);
    CHECK(numbers_after(*ring, 0) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(numbers_after(*ring, 2) == std::vector<std::uint64_t>{2, 3});
    CHECK(numbers_after(*ring, ring->end()).empty());
}

TEST_CASE("the_oldest_records_make_room_for_new_ones", "[word_ring]") {
    const auto ring = fresh();
    for (std::uint64_t number = 1; number <= 20; ++number) {
        append(*ring, 10, number);
    }
    CHECK(numbers_after(*ring, 0) == std::vector<std::uint64_t>{15, 16, 17, 18, 19, 20});
}

TEST_CASE("a_cursor_into_what_is_gone_goes_on_at_the_oldest", "[word_ring]") {
    const auto ring = fresh();
    append(*ring, 30, 1);
    append(*ring, 30, 2);
    append(*ring, 30, 3);
    CHECK(numbers_after(*ring, 15) == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("a_cursor_of_another_ring_goes_on_at_the_oldest", "[word_ring]") {
    const auto ring = fresh();
    append(*ring, 3, 1);
    CHECK(numbers_after(*ring, 1'000'000) == std::vector<std::uint64_t>{1});
}

TEST_CASE("a_record_as_large_as_the_ring_is_alone_in_it_and_a_larger_one_is_refused",
          "[word_ring]") {
    const auto ring = fresh();
    append(*ring, 3, 1);
    append(*ring, 64, 2);
    CHECK(numbers_after(*ring, 0) == std::vector<std::uint64_t>{2});
    CHECK_FALSE(ring->append(record(65, 3).data()));
    const std::uint64_t empty = 0;
    CHECK_FALSE(ring->append(&empty));
    CHECK(numbers_after(*ring, 0) == std::vector<std::uint64_t>{2});
}

TEST_CASE("a_record_that_does_not_fit_into_the_readers_memory_is_passed_over", "[word_ring]") {
    const auto ring = fresh();
    append(*ring, 20, 1);
    append(*ring, 3, 2);
    std::uint64_t words[8];
    std::uint64_t cursor = 0;
    REQUIRE(ring->read(cursor, words, 8) == 3);
    CHECK(words[1] == 2);
}

TEST_CASE("no_reader_ever_sees_half_a_record", "[word_ring]") {
    const auto ring = fresh();
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (std::uint64_t number = 1; !stop; ++number) {
            (void)ring->append(record(2 + number % 30, number).data());
        }
    });
    std::uint64_t cursor = 0;
    std::uint64_t seen = 0;
    std::uint64_t last = 0;
    bool whole = true;
    while (seen < 20'000) {
        std::uint64_t words[kRecordMax];
        const std::size_t size = ring->read(cursor, words, kRecordMax);
        if (size == 0) {
            continue;
        }
        ++seen;
        whole = whole && words[0] == size && size == 2 + words[1] % 30 && words[1] > last;
        for (std::size_t i = 2; i < size; ++i) {
            whole = whole && words[i] == words[1];
        }
        last = words[1];
    }
    stop = true;
    writer.join();
    CHECK(whole);
}
