#include <catch2/catch.hpp>

#include "notify/silences.hpp"
#include "notify/state_text.hpp"
#include "support/series.hpp"

using namespace opsmon;
using notify::Silence;
using notify::Silences;

namespace {

constexpr TimestampMs kNow = 1'000'000'000;

Silence silence(const std::string& matchers, TimestampMs starts_at = kNow,
                TimestampMs ends_at = kNow + 60'000) {
    Silence out;
    out.matchers = *notify::parse_matchers(matchers);
    out.starts_at = starts_at;
    out.ends_at = ends_at;
    out.created_by = "me";
    out.comment = "work on it";
    return out;
}

} // namespace

TEST_CASE("a_silence_mutes_what_it_matches_while_it_lasts", "[notify][silences]") {
    Silences silences;
    REQUIRE(silences.create(silence("a=~\"b|c\"", kNow + 10), "one", kNow));
    CHECK_FALSE(silences.mutes(test::labels("{a=\"b\"}"), kNow));
    CHECK(silences.mutes(test::labels("{a=\"b\"}"), kNow + 10));
    CHECK_FALSE(silences.mutes(test::labels("{a=\"d\"}"), kNow + 10));
    CHECK_FALSE(silences.mutes(test::labels("{a=\"b\"}"), kNow + 60'000));
    CHECK(silences.muting(test::labels("{a=\"c\"}"), kNow + 10) == std::vector<std::string>{"one"});
    CHECK(silences.take_changed() == std::set<std::string>{"one"});
    CHECK_FALSE(silences.has_changed());
}

TEST_CASE("a_silence_ends_early_once", "[notify][silences]") {
    Silences silences;
    REQUIRE(silences.create(silence("a=b"), "one", kNow));
    REQUIRE(silences.expire("one", kNow + 5));
    CHECK_FALSE(silences.mutes(test::labels("{a=\"b\"}"), kNow + 5));
    CHECK_THAT(silences.expire("one", kNow + 6).error().message, Catch::Contains("already"));
    CHECK_THAT(silences.expire("two", kNow).error().message, Catch::Contains("no silence two"));
    REQUIRE(silences.create(silence("a=b", kNow + 100), "later", kNow));
    REQUIRE(silences.expire("later", kNow)); // before it began
    CHECK(silences.find("later")->state(kNow + 200) == Silence::State::Expired);
}

TEST_CASE("a_silence_keeps_its_id_only_while_its_meaning_stays", "[notify][silences]") {
    Silences silences;
    REQUIRE(silences.create(silence("a=b"), "one", kNow));
    auto longer = silence("a=b", kNow, kNow + 90'000);
    longer.id = "one";
    CHECK(*silences.create(longer, "two", kNow + 5) == "one");
    auto other = silence("a=c", kNow, kNow + 90'000);
    other.id = "one";
    CHECK(*silences.create(other, "three", kNow + 5) == "three");
    CHECK(silences.find("one")->state(kNow + 5) == Silence::State::Expired);
    other.id = "nowhere";
    CHECK_FALSE(silences.create(other, "four", kNow));
}

TEST_CASE("a_silence_may_name_only_what_it_leaves_alone", "[notify][silences]") {
    Silences silences;
    REQUIRE(silences.create(silence("severity!=critical"), "one", kNow));
    CHECK(silences.mutes(test::labels("{severity=\"info\"}"), kNow));
    CHECK(silences.mutes(test::labels("{a=\"b\"}"), kNow));
    CHECK_FALSE(silences.mutes(test::labels("{severity=\"critical\"}"), kNow));
    CHECK(silences.create(silence("severity!~\"critical|page\""), "two", kNow));
    CHECK(silences.create(silence("a!=\"\""), "three", kNow));
    CHECK_FALSE(silences.create(silence("a=\"\""), "four", kNow));
    CHECK_FALSE(silences.create(silence("a=~\"b?\""), "five", kNow));
}

TEST_CASE("silences_without_sense_or_room_are_refused", "[notify][silences]") {
    Silences silences;
    CHECK_FALSE(silences.create(silence(""), "x", kNow));
    CHECK_FALSE(silences.create(silence("a=~\".*\""), "x", kNow)); // everything
    CHECK_FALSE(silences.create(silence("a=b", kNow, kNow), "x", kNow));
    CHECK_FALSE(silences.create(silence("a=b", kNow - 10, kNow - 5), "x", kNow));
    auto nobody = silence("a=b");
    nobody.created_by.clear();
    CHECK_FALSE(silences.create(nobody, "x", kNow));
    for (std::size_t i = 0; i < notify::kMaxSilences; ++i) {
        REQUIRE(silences.create(silence("a=b"), std::to_string(i), kNow));
    }
    CHECK_FALSE(silences.create(silence("a=b"), "more", kNow));
    CHECK(silences.create(silence("a=b", kNow + 70'000, kNow + 80'000), "more", kNow + 60'000));
}

TEST_CASE("silences_survive_as_text_and_are_forgotten_long_after_their_end", "[notify][silences]") {
    auto one = silence("a=\"x\\\"y\",b!~\"c,d\"");
    one.id = "one";
    const auto back = notify::parse_silence_text(notify::silence_text(one));
    REQUIRE(back);
    CHECK(notify::to_string(back->matchers) == notify::to_string(one.matchers));
    CHECK(back->ends_at == one.ends_at);
    CHECK(back->comment == "work on it");
    for (const auto* broken :
         {"", "[]", "{}", "{\"id\":\"x\",\"matchers\":\"{}\"}", "{\"id\":1}"}) {
        CHECK_FALSE(notify::parse_silence_text(broken));
    }
    Silences silences;
    silences.restore(*back);
    CHECK_FALSE(silences.has_changed());
    silences.forget_old(one.ends_at + notify::kSilenceKept_ms - 1);
    CHECK(silences.list().size() == 1);
    silences.forget_old(one.ends_at + notify::kSilenceKept_ms);
    CHECK(silences.list().empty());
    CHECK(silences.take_changed().size() == 1);
}
