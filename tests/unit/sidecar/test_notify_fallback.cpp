#include <catch2/catch.hpp>

#include "notify/dispatcher.hpp"
#include "support/slack_config.hpp"

using namespace opsmon;
using notify::Dispatcher;
using notify::Job;
using notify::Moment;
using notify::Verdict;
using Kind = notify::Verdict::Kind;
using test::firing;
using test::resolved;

namespace {

constexpr TimestampMs kStart = 1'000'000;
constexpr TimestampMs kMinute = 60'000;

const std::string kA1 = "{alertname=\"A\",n=\"1\"}";
const std::string kA2 = "{alertname=\"A\",n=\"2\"}";

// The receiver that stands in comes first, so that the order in the file does not matter.
notify::Settings settings() {
    notify::Settings out;
    out.receivers = {{"spare", {test::slack_config("http://127.0.0.1:1/spare")}},
                     {"team", {test::slack_config("http://127.0.0.1:1/team")}}};
    out.receivers[0].slack[0].send_resolved = false;
    auto& options = out.route.options;
    options.receiver = "team";
    options.group_by = {"alertname"};
    options.group_wait_ms = 0;
    options.group_interval_ms = 10'000;
    options.repeat_interval_ms = 4 * 60 * kMinute;
    out.fallback = {"spare", 2 * kMinute};
    return out;
}

// A world in which the receivers answer as they are told to, second by second.
struct World {
    explicit World(const notify::Settings& its_settings = settings()) : dispatcher(its_settings) {}

    void run(TimestampMs until, const std::vector<rules::Alert>& alerts) {
        for (; now <= until; now += 1000) {
            dispatcher.offer(alerts, {now, now});
            while (auto job = dispatcher.next({now, now})) {
                const auto& who = job->message.receiver;
                const auto kind = answers.contains(who) ? answers[who] : Kind::Delivered;
                dispatcher.completed(
                    *job, {kind, kind == Kind::Delivered ? "" : "HTTP 500", std::nullopt},
                    {now, now});
                if (kind == Kind::Delivered) {
                    told.push_back({now, *job});
                } else {
                    ++failures;
                }
            }
        }
    }
    std::vector<Job> told_to(const std::string& receiver) {
        std::vector<Job> out;
        for (const auto& [at, job] : told) {
            if (job.message.receiver == receiver) {
                out.push_back(job);
            }
        }
        return out;
    }

    Dispatcher dispatcher;
    TimestampMs now = kStart;
    std::map<std::string, Kind> answers;
    std::vector<std::pair<TimestampMs, Job>> told;
    int failures = 0;
};

} // namespace

TEST_CASE("a_receiver_that_refuses_is_stood_in_for_at_once", "[notify][fallback]") {
    World world;
    world.answers["team"] = Kind::Refused;
    world.run(kStart + kMinute, {firing(kA1)});
    const auto spare = world.told_to("spare");
    REQUIRE(spare.size() == 1);
    CHECK(world.told[0].first == kStart);
    CHECK(spare[0].message.note ==
          "This comes here because receiver team could not be told: HTTP 500");
    CHECK(spare[0].message.group_key == "{}:{alertname=\"A\"}");
    CHECK(world.failures == 7); // it is asked again at each turn of the group
}

TEST_CASE("never_says_of_a_receiver_that_it_works_again_before_it_does", "[notify][fallback]") {
    for (const auto kind : {Kind::Refused, Kind::Retry}) {
        World world;
        world.answers["team"] = kind;
        world.run(kStart + 5 * kMinute, {firing(kA1)});
        world.run(kStart + 6 * kMinute, {resolved(kA1)}); // and nothing is left to tell the team
        const auto spare = world.told_to("spare");
        REQUIRE(spare.size() == 2);
        CHECK(spare[1].message.resolved.size() == 1);
        CHECK(spare[1].message.note ==
              "This comes here because receiver team could not be told: HTTP 500");
    }
}

TEST_CASE("a_receiver_that_cannot_be_reached_is_stood_in_for_after_a_while", "[notify][fallback]") {
    World world;
    world.answers["team"] = Kind::Retry;
    world.run(kStart + 2 * kMinute - 1000, {firing(kA1)});
    CHECK(world.told.empty());
    world.run(kStart + 30 * kMinute, {firing(kA1)});
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].first == kStart + 2 * kMinute);
    CHECK(world.told_to("spare").size() == 1);
    // What joins by then is told at once.
    world.run(kStart + 31 * kMinute, {firing(kA1), firing(kA2)});
    REQUIRE(world.told_to("spare").size() == 2);
    CHECK(world.told_to("spare")[1].message.firing.size() == 2);
    CHECK(world.told_to("spare")[1].message.news.size() == 1);
}

TEST_CASE("who_works_again_is_told_as_usual_and_the_fallback_only_of_the_end",
          "[notify][fallback]") {
    World world;
    world.answers["team"] = Kind::Retry;
    world.run(kStart + 10 * kMinute, {firing(kA1)});
    CHECK(world.told_to("spare").size() == 1);
    world.answers.clear();
    world.run(kStart + 12 * kMinute, {firing(kA1)});
    CHECK(world.told_to("team").size() == 1);
    CHECK(world.told_to("team")[0].message.note.empty());
    world.run(kStart + 14 * kMinute, {firing(kA1), firing(kA2)}); // not the fallback's any more
    CHECK(world.told_to("team").size() == 2);
    CHECK(world.told_to("spare").size() == 1);
    world.run(kStart + 16 * kMinute, {resolved(kA1), resolved(kA2)});
    CHECK(world.told_to("team").size() == 3);
    const auto spare = world.told_to("spare");
    REQUIRE(spare.size() == 2);
    CHECK(spare[1].message.firing.empty());
    CHECK(spare[1].message.resolved.size() == 1); // of what it was told
    CHECK(spare[1].message.note == "This came here when receiver team failed; it works again.");
    CHECK(world.dispatcher.groups().all().empty());
    world.run(kStart + 500 * kMinute, {});
    CHECK(world.told.size() == 5);
}

TEST_CASE("an_end_goes_where_the_beginning_went", "[notify][fallback]") {
    World world;
    world.answers["team"] = Kind::Refused;
    world.run(kStart + kMinute, {firing(kA1)});
    world.run(kStart + 2 * kMinute, {resolved(kA1)});
    const auto spare = world.told_to("spare");
    REQUIRE(spare.size() == 2);
    CHECK(spare[1].message.firing.empty());
    CHECK(spare[1].message.resolved.size() == 1);
    CHECK(world.told_to("team").empty());
}

TEST_CASE("a_fallback_that_fails_has_no_fallback", "[notify][fallback]") {
    World world;
    world.answers = {{"team", Kind::Refused}, {"spare", Kind::Refused}};
    world.run(kStart + 60 * kMinute, {firing(kA1)});
    CHECK(world.told.empty());
    CHECK(world.failures == 2 * 361); // each of them once a turn of the group
    // What is its own is nobody else's.
    auto own = settings();
    own.route.options.receiver = "spare";
    World second(own);
    second.answers["spare"] = Kind::Retry;
    second.run(kStart + 20 * kMinute, {firing(kA1)});
    CHECK(second.told.empty());
}

TEST_CASE("without_a_fallback_nothing_goes_elsewhere", "[notify][fallback]") {
    auto own = settings();
    own.fallback.reset();
    World world(own);
    world.answers["team"] = Kind::Refused;
    world.run(kStart + 20 * kMinute, {firing(kA1)});
    CHECK(world.told.empty());
}

TEST_CASE("a_failing_receiver_among_several_is_enough", "[notify][fallback]") {
    auto own = settings();
    own.receivers[1].webhooks.push_back({notify::SecretUrl(*parse_url("http://127.0.0.1:1/hook"))});
    Dispatcher dispatcher(own);
    dispatcher.offer({firing(kA1)}, {kStart, kStart});
    std::vector<std::string> keys;
    while (auto job = dispatcher.next({kStart, kStart})) {
        const bool webhook = job->config.key == "team/webhook/0";
        keys.push_back(job->config.key);
        dispatcher.completed(*job, {webhook ? Kind::Refused : Kind::Delivered, "", {}},
                             {kStart, kStart});
    }
    CHECK(keys == std::vector<std::string>{"team/slack/0", "team/webhook/0", "spare/slack/0"});
}

TEST_CASE("after_a_restart_the_fallback_is_not_told_again_and_knows_of_the_end",
          "[notify][fallback]") {
    World before;
    before.answers["team"] = Kind::Refused;
    before.run(kStart + kMinute, {firing(kA1)});
    const auto changes = before.dispatcher.take_changes();
    World after;
    after.answers["team"] = Kind::Refused;
    after.now = before.now;
    for (const auto* kind : {notify::kToldKind, notify::kAlertKind}) {
        std::vector<store::Entry> entries;
        for (const auto& [key, value] : changes) {
            if (key.first == kind && value) {
                entries.push_back({key.second, *value});
            }
        }
        after.dispatcher.restore(kind, entries, {after.now, after.now});
    }
    after.run(kStart + 3 * kMinute, {firing(kA1)});
    CHECK(after.told.empty());
    CHECK(after.failures == 12); // the receiver itself is tried anew
    after.run(kStart + 4 * kMinute, {resolved(kA1)});
    CHECK(after.told_to("spare").size() == 1);
}

TEST_CASE("the_message_of_an_incident_is_edited_until_it_is_over", "[notify][slack]") {
    Dispatcher dispatcher(settings());
    const auto run = [&](TimestampMs at, const std::vector<rules::Alert>& alerts,
                         const Verdict& verdict) {
        dispatcher.offer(alerts, {at, at});
        auto job = dispatcher.next({at, at});
        REQUIRE(job);
        dispatcher.completed(*job, verdict, {at, at});
        return *job;
    };
    Verdict posted;
    posted.post = notify::SlackPost{"C1", "1.1"};
    CHECK_FALSE(run(kStart, {firing(kA1)}, posted).post);
    const auto second = run(kStart + 10'000, {firing(kA1), firing(kA2)}, posted);
    CHECK(second.post == posted.post);
    REQUIRE(second.message.news.size() == 1);
    CHECK(second.message.news[0]->labels.get("n") == "2");
    // One that is refused does not forget the message; the end is told in it; then it is another.
    const auto third = firing("{alertname=\"A\",n=\"3\"}");
    (void)run(kStart + 20'000, {firing(kA1), firing(kA2), third}, posted);
    const auto end =
        run(kStart + 30'000, {resolved(kA1), resolved(kA2), resolved("{alertname=\"A\",n=\"3\"}")},
            posted);
    CHECK(end.post == posted.post);
    CHECK(end.message.news.empty());
    CHECK_FALSE(run(kStart + 40'000, {firing(kA1)}, posted).post);
}

TEST_CASE("a_refusal_forgets_no_message", "[notify][slack]") {
    auto own = settings();
    own.fallback.reset();
    Dispatcher dispatcher(own);
    Verdict posted;
    posted.post = notify::SlackPost{"C1", "1.1"};
    dispatcher.offer({firing(kA1)}, {kStart, kStart});
    dispatcher.completed(*dispatcher.next({kStart, kStart}), posted, {kStart, kStart});
    const auto later = kStart + 10'000;
    dispatcher.offer({firing(kA1), firing(kA2)}, {later, later});
    dispatcher.completed(*dispatcher.next({later, later}), {Kind::Refused, "no", {}},
                         {later, later});
    const auto last = later + 10'000;
    dispatcher.offer({firing(kA1), firing(kA2), firing("{alertname=\"A\",n=\"3\"}")}, {last, last});
    const auto job = dispatcher.next({last, last});
    REQUIRE(job);
    CHECK(job->post == posted.post);
    CHECK(job->message.news.size() == 2); // of the first one it has heard
}

TEST_CASE("after_a_reload_a_refused_incident_is_told_in_its_message", "[notify][slack]") {
    auto own = settings();
    own.fallback.reset();
    Dispatcher dispatcher(own);
    Verdict posted;
    posted.post = notify::SlackPost{"C1", "1.1"};
    dispatcher.offer({firing(kA1)}, {kStart, kStart});
    dispatcher.completed(*dispatcher.next({kStart, kStart}), posted, {kStart, kStart});
    const auto later = kStart + 10'000;
    dispatcher.offer({firing(kA1), firing(kA2)}, {later, later});
    dispatcher.completed(*dispatcher.next({later, later}), {Kind::Refused, "token_revoked", {}},
                         {later, later});
    dispatcher.replace(own, {later, later}); // with another token
    const auto last = later + 10'000;
    dispatcher.offer({firing(kA1), firing(kA2)}, {last, last});
    const auto job = dispatcher.next({last, last});
    REQUIRE(job);
    CHECK(job->post == posted.post);
    CHECK(job->message.firing.size() == 2);
}

TEST_CASE("attempts_at_the_failing_receiver_repeat_nothing_to_the_fallback", "[notify][fallback]") {
    auto own = settings();
    own.route.options.group_interval_ms = 5 * kMinute;
    own.route.options.repeat_interval_ms = 5 * kMinute;
    World world(own);
    world.answers["team"] = Kind::Retry;
    world.run(kStart + 21 * kMinute, {firing(kA1)});
    CHECK(world.failures > 20);
    std::vector<TimestampMs> minutes;
    for (const auto& [at, job] : world.told) {
        minutes.push_back((at - kStart) / kMinute);
    }
    CHECK(minutes == std::vector<TimestampMs>{2, 5, 10, 15, 20});
}
