#include <catch2/catch.hpp>

#include <filesystem>

#include "collect/network/attack.hpp"
#include "support/fake_database.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

TEST_CASE("what_is_ordinary_is_kept_over_a_restart", "[attack]") {
    const test::ScratchFile scratch("");
    const auto folder = std::filesystem::path(scratch.path()).parent_path() / "store";
    const auto opened = store::Store::open(folder.string());
    REQUIRE(opened);
    AttackFacts facts;
    facts.receive_percent = 7;
    facts.interface = "eth0";
    const std::vector<DailyPeaks::Day> days = {
        {19000, 7, 0, 86400}, {19001, 9, 0, 86400}, {19002, 8, 0, 86400}};
    const auto before = std::make_shared<NetworkMemory>();
    before->attack.of[0].peaks.restore(days);
    AttackCollector collector({}, before, *opened);
    for (const auto passed : {0min, 11min}) {
        CHECK(collector.collect({1'700'000'000'000, SteadyTime(100h) + passed}, facts).success);
    }
    const auto after = std::make_shared<NetworkMemory>();
    const auto report =
        AttackCollector({}, after, *opened).collect({1'700'000'000'000, SteadyTime(1h)}, facts);
    CHECK(report.success);
    CHECK(after->attack.of[0].peaks.peak() == 9.0);
    CHECK_FALSE(after->attack.of[1].peaks.peak());
}

TEST_CASE("what_is_ordinary_is_not_written_over_before_it_could_be_read", "[attack]") {
    const auto content = std::make_shared<test::FakeDatabase::Content>();
    content->kept[{"attack_baseline", std::string(kReasonNames[0])}] =
        "19000 7 0 86400\n19001 9 0 86400\n19002 8 0 86400\n";
    const auto kept = content->kept;
    content->unreadable = true;
    const auto store = test::store_on(content);
    const auto memory = std::make_shared<NetworkMemory>();
    AttackCollector collector({}, memory, store);
    AttackFacts facts;
    facts.receive_percent = 7;
    for (const auto passed : {0min, 11min}) {
        CHECK(collector.collect({1'700'000'000'000, SteadyTime(100h) + passed}, facts).success);
    }
    (void)store->flush(steady_now() + 10s);
    {
        const std::lock_guard lock(content->mutex);
        CHECK(content->kept == kept);
        content->unreadable = false;
    }
    const auto until = steady_now() + 10s;
    while (!memory->attack_restored[kAttackReasons - 1] && steady_now() < until) {
        (void)collector.collect({1'700'000'000'000, SteadyTime(101h)}, facts);
    }
    CHECK(memory->attack.of[0].peaks.peak() == 9.0);
}

TEST_CASE("without_a_store_suspicion_works_all_the_same", "[attack]") {
    const auto memory = std::make_shared<NetworkMemory>();
    AttackCollector collector({}, memory, nullptr);
    AttackFacts facts;
    facts.half_open = 2000;
    facts.passive_opens = 1;
    CollectorReport report;
    for (int second = 0; second <= 40; second += 5) {
        report = collector.collect(
            {1'700'000'000'000 + second * 1000, SteadyTime(100h) + std::chrono::seconds(second)},
            facts);
    }
    REQUIRE(report.success);
    std::size_t info = 0;
    for (const auto& sample : report.samples.samples()) {
        info += metrics::kCatalog[sample.metric].name == "network_attack_info" ? 1 : 0;
    }
    CHECK(info == 1);
}
