#include <catch2/catch.hpp>

#include "core/mailbox.hpp"

#include <atomic>
#include <cstring>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using namespace opsmon::core;

namespace {

constexpr std::size_t kPlaces = 4;

// Larger than what a processor copies at once: a torn one shows.
struct Report {
    std::uint64_t writer;
    std::uint64_t number;
    std::uint64_t check[14];
};

Report report(std::uint64_t writer, std::uint64_t number) {
    Report made{writer, number, {}};
    for (std::uint64_t& check : made.check) {
        check = writer * 1'000'003 + number;
    }
    return made;
}

bool is_whole(const Report& taken) {
    for (const std::uint64_t check : taken.check) {
        if (check != taken.writer * 1'000'003 + taken.number) {
            return false;
        }
    }
    return true;
}

template <typename T>
std::unique_ptr<Mailbox<T, kPlaces>> empty_mailbox() {
    auto made = std::make_unique<Mailbox<T, kPlaces>>();
    made->initialize();
    return made;
}

} // namespace

TEST_CASE("an_empty_mailbox_gives_nothing", "[mailbox]") {
    const auto mailbox = empty_mailbox<Report>();
    Report taken = report(9, 9);
    CHECK_FALSE(mailbox->take(taken));
    CHECK(taken.writer == 9);
    CHECK(mailbox->lost() == 0);
}

TEST_CASE("what_was_posted_is_taken_once", "[mailbox]") {
    const auto mailbox = empty_mailbox<Report>();
    CHECK(mailbox->post(report(1, 5)));
    Report taken{};
    REQUIRE(mailbox->take(taken));
    CHECK(taken.number == 5);
    CHECK(is_whole(taken));
    CHECK_FALSE(mailbox->take(taken));
}

TEST_CASE("a_full_mailbox_refuses_and_counts_what_it_lost", "[mailbox]") {
    const auto mailbox = empty_mailbox<Report>();
    for (std::uint64_t i = 0; i < kPlaces; ++i) {
        CHECK(mailbox->post(report(1, i)));
    }
    CHECK_FALSE(mailbox->post(report(1, 100)));
    CHECK_FALSE(mailbox->post(report(1, 101)));
    CHECK(mailbox->lost() == 2);
    Report taken{};
    REQUIRE(mailbox->take(taken));
    CHECK(mailbox->post(report(1, 102)));
    std::set<std::uint64_t> numbers = {taken.number};
    while (mailbox->take(taken)) {
        numbers.insert(taken.number);
    }
    CHECK(numbers == std::set<std::uint64_t>{0, 1, 2, 3, 102});
}

TEST_CASE("a_mailbox_says_how_much_room_it_has", "[mailbox]") {
    const auto mailbox = empty_mailbox<Report>();
    CHECK(mailbox->free_places() == kPlaces);
    for (std::uint64_t i = 0; i < kPlaces; ++i) {
        CHECK(mailbox->post(report(1, i)));
        CHECK(mailbox->free_places() == kPlaces - 1 - i);
    }
    Report taken{};
    REQUIRE(mailbox->take(taken));
    CHECK(mailbox->free_places() == 1);
}

TEST_CASE("a_place_is_used_again_for_ever", "[mailbox]") {
    const auto mailbox = empty_mailbox<Report>();
    Report taken{};
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        REQUIRE(mailbox->post(report(1, i)));
        REQUIRE(mailbox->take(taken));
        REQUIRE(taken.number == i);
    }
    CHECK(mailbox->lost() == 0);
}

namespace {

// The memory of a mailbox. Only a process that dies or is stopped in the middle leaves a place half
// written; here that is written by hand.
using Small = Mailbox<std::uint64_t, kPlaces>;
constexpr std::uint32_t kWriting = 1;

struct Image {
    std::uint64_t lost;
    struct Place {
        std::uint32_t state;
        std::uint32_t unfinished_for;
        std::uint64_t value;
    } places[kPlaces];
};
static_assert(sizeof(Small) == sizeof(Image));

std::unique_ptr<Small> with_an_abandoned_place() {
    auto mailbox = empty_mailbox<std::uint64_t>();
    Image image{};
    image.places[0].state = kWriting;
    std::memcpy(static_cast<void*>(mailbox.get()), &image, sizeof(image));
    return mailbox;
}

std::uint32_t state_of_first_place(const Small& mailbox) {
    Image image{};
    std::memcpy(&image, static_cast<const void*>(&mailbox), sizeof(image));
    return image.places[0].state;
}

void lose_patience(Small& mailbox) {
    std::uint64_t taken = 0;
    for (std::uint32_t takes = 0; takes <= Small::kPatienceTakes; ++takes) {
        REQUIRE_FALSE(mailbox.take(taken));
    }
}

} // namespace

TEST_CASE("a_writer_that_dies_costs_one_place_until_it_is_taken_back", "[mailbox]") {
    const auto mailbox = with_an_abandoned_place();
    for (std::uint64_t i = 1; i < kPlaces; ++i) {
        CHECK(mailbox->post(i));
    }
    CHECK_FALSE(mailbox->post(9));
    std::set<std::uint64_t> numbers;
    std::uint64_t taken = 0;
    while (mailbox->take(taken)) {
        numbers.insert(taken); // the others are not held up
    }
    CHECK(numbers == std::set<std::uint64_t>{1, 2, 3});
    lose_patience(*mailbox);
    for (std::uint64_t i = 0; i < kPlaces; ++i) {
        CHECK(mailbox->post(i));
    }
}

TEST_CASE("a_place_is_not_taken_back_before_its_time", "[mailbox]") {
    const auto mailbox = with_an_abandoned_place();
    std::uint64_t taken = 0;
    for (std::uint32_t takes = 0; takes < Small::kPatienceTakes; ++takes) {
        REQUIRE_FALSE(mailbox->take(taken));
    }
    CHECK(state_of_first_place(*mailbox) == kWriting);
    CHECK_FALSE(mailbox->take(taken));
    CHECK(state_of_first_place(*mailbox) != kWriting);
}

TEST_CASE("a_place_taken_back_is_never_again_as_its_late_writer_left_it", "[mailbox]") {
    const auto mailbox = with_an_abandoned_place();
    lose_patience(*mailbox);
    std::uint64_t taken = 0;
    for (int turn = 0; turn < 100; ++turn) { // whatever others do there meanwhile
        CHECK(state_of_first_place(*mailbox) != kWriting);
        REQUIRE(mailbox->post(5));
        CHECK((state_of_first_place(*mailbox) & ~3U) != 0); // so it cannot finish in their turn
        REQUIRE(mailbox->take(taken));
    }
}

TEST_CASE("many_writers_at_once_lose_nothing_untold_and_tear_nothing", "[mailbox]") {
    constexpr std::uint64_t kWriters = 4;
    constexpr std::uint64_t kEach = 20'000;
    const auto mailbox = empty_mailbox<Report>();
    std::atomic<std::uint64_t> posted{0};
    std::atomic<std::uint64_t> running{kWriters};
    std::vector<std::thread> writers;
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([&, writer] {
            for (std::uint64_t number = 1; number <= kEach; ++number) {
                posted += mailbox->post(report(writer, number)) ? 1 : 0;
            }
            --running;
        });
    }
    std::uint64_t count = 0;
    bool whole = true;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    const auto take_all = [&] {
        Report taken{};
        while (mailbox->take(taken)) {
            whole = whole && is_whole(taken);
            seen.insert({taken.writer, taken.number});
            ++count;
        }
    };
    while (running != 0) {
        take_all();
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    take_all();
    CHECK(whole);
    CHECK(seen.size() == count); // none twice
    CHECK(count == posted);
    CHECK(posted + mailbox->lost() == kWriters * kEach);
}
