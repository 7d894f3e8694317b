#include <catch2/catch.hpp>

#include "history/sample_codec.hpp"
#include "history/stale.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace opsmon;
using namespace opsmon::history;

namespace {

struct Packed {
    Block block;
    CodecState state;
    Ticks ticks;
    std::vector<Point> points;

    // False when the block is full.
    bool add(TimestampMs at, double value, bool tick = true) {
        if (tick) {
            ticks.append(at);
        }
        if (points.empty()) {
            begin_block(block, state, {at, value});
        } else if (!add_to_block(block, state, ticks, {at, value})) {
            return false;
        }
        points.push_back({at, value});
        return true;
    }

    void check() const {
        BlockReader reader(block, ticks);
        for (const Point& point : points) {
            REQUIRE(reader.next());
            REQUIRE(reader.point().at == point.at);
            REQUIRE(std::bit_cast<std::uint64_t>(reader.point().value) ==
                    std::bit_cast<std::uint64_t>(point.value));
        }
        CHECK_FALSE(reader.next());
    }
};

} // namespace

TEST_CASE("a_value_that_stays_the_same_costs_a_bit", "[history][codec]") {
    Packed packed;
    for (int i = 0; i < 800; ++i) {
        REQUIRE(packed.add(i * 10'000, 1));
    }
    CHECK(packed.block.bits == 799);
    packed.check();
}

TEST_CASE("whole_numbers_and_hundredths_are_told_as_small_numbers", "[history][codec]") {
    Packed counter;
    for (int i = 0; i < 50; ++i) {
        REQUIRE(counter.add(i * 10'000, 1e12 + 4096.0 * i + (i % 3)));
    }
    CHECK(counter.block.bits < 49 * 14);
    counter.check();

    Packed seconds;
    for (int i = 0; i < 50; ++i) {
        REQUIRE(seconds.add(i * 10'000, (123456 + 17 * i + i % 5) / 100.0));
    }
    CHECK(seconds.block.bits < 49 * 14);
    seconds.check();
}

TEST_CASE("every_double_comes_back_bit_for_bit", "[history][codec]") {
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> values = {0.0,
                                        -0.0,
                                        1,
                                        -1,
                                        0.1,
                                        -0.1,
                                        nan,
                                        inf,
                                        -inf,
                                        stale_marker(),
                                        5e-324,
                                        -5e-324,
                                        1e308,
                                        9007199254740993.0,
                                        4503599627370496.0,
                                        -4503599627370496.0,
                                        4503599627370497.0,
                                        0.3,
                                        0.1 + 0.2,
                                        1e22,
                                        1.0 / 3,
                                        123456.789,
                                        std::bit_cast<double>(0xffffffffffffffffULL),
                                        std::bit_cast<double>(1ULL),
                                        1e15 + 0.5,
                                        -1e15 - 0.5};
    for (const double first : values) {
        for (const double second : values) {
            Packed packed;
            TimestampMs at = 0;
            for (const double value : {first, second, first, second, second}) {
                REQUIRE(packed.add(at += 10'000, value));
            }
            packed.check();
        }
    }
}

TEST_CASE("moments_between_ticks_come_back_too", "[history][codec]") {
    Packed packed;
    REQUIRE(packed.add(1'000, 1));
    REQUIRE(packed.add(1'001, 1, false));
    REQUIRE(packed.add(11'000, 2));
    REQUIRE(packed.add(12'000, 2, false));
    packed.ticks.append(21'000);
    packed.ticks.append(31'000);
    REQUIRE(packed.add(41'000, 3)); // two ticks were left out
    REQUIRE(packed.add(51'000, 3));
    REQUIRE(packed.add(900'000'000'000, 4, false));
    REQUIRE(packed.add(900'000'010'000, 4));
    packed.check();
    CHECK_FALSE(packed.add(900'000'010'000 + (1LL << 48), 4, false));
}

TEST_CASE("random_samples_come_back_until_the_block_is_full", "[history][codec]") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 300; ++round) {
        Packed packed;
        TimestampMs at = static_cast<TimestampMs>(random() % 1'000'000);
        double value = 0;
        const auto kind = random() % 5;
        do {
            at += random() % 4 == 0 ? static_cast<TimestampMs>(1 + random() % 40'000) : 10'000;
            const double noise = static_cast<double>(random() % 2001) - 1000;
            value = kind == 0           ? value + noise
                    : kind == 1         ? std::round(value * 100 + noise) / 100
                    : kind == 2         ? std::bit_cast<double>(random())
                    : kind == 3         ? value + noise / 7
                    : random() % 3 == 0 ? noise / 1000
                                        : value;
        } while (packed.add(at, value, random() % 5 != 0));
        packed.check();
    }
}
