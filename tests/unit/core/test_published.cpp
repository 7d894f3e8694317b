#include <catch2/catch.hpp>

#include "core/published.hpp"

#include <memory>
#include <thread>
#include <vector>

using namespace opsmon::core;

namespace {

// All words of a page carry its number: a mixture of two pages shows.
struct Page {
    std::uint64_t words[512];
};

Page page(std::uint64_t number) {
    Page result;
    for (auto& word : result.words) {
        word = number;
    }
    return result;
}

std::unique_ptr<Published<Page>> fresh() {
    auto published = std::make_unique<Published<Page>>();
    published->initialize();
    return published;
}

} // namespace

TEST_CASE("nothing_is_read_before_something_is_published", "[published]") {
    const auto published = fresh();
    Page read{};
    CHECK_FALSE(published->read(read));
}

TEST_CASE("reads_what_was_published_last", "[published]") {
    const auto published = fresh();
    Page read{};
    for (std::uint64_t i = 1; i <= 5; ++i) {
        published->publish(page(i));
        REQUIRE(published->read(read));
        CHECK(read.words[0] == i);
        CHECK(read.words[511] == i);
    }
}

TEST_CASE("copies_only_the_part_in_use", "[published]") {
    const auto published = fresh();
    published->publish(page(7), 3 * sizeof(std::uint64_t) - 1);
    Page read = page(1);
    REQUIRE(published->read(read));
    CHECK(read.words[2] == 7);
    CHECK(read.words[3] == 1);
    published->publish(page(8), 10 * sizeof(Page)); // more than there is
    REQUIRE(published->read(read));
    CHECK(read.words[511] == 8);
}

TEST_CASE("a_reader_never_sees_a_mixture_of_two_pages", "[published]") {
    const auto published = fresh();
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> mixtures{0};
    std::atomic<std::uint64_t> reads{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            Page read{};
            std::uint64_t last = 0;
            while (!stop.load()) {
                if (!published->read(read)) {
                    continue;
                }
                reads.fetch_add(1);
                for (const auto word : read.words) {
                    mixtures.fetch_add(word != read.words[0] || word < last ? 1 : 0);
                }
                last = read.words[0];
            }
        });
    }
    std::uint64_t number = 0;
    while (reads.load() < 20'000) {
        published->publish(page(++number));
    }
    stop.store(true);
    for (auto& reader : readers) {
        reader.join();
    }
    CHECK(mixtures.load() == 0);
    CHECK(number > 0);
}
