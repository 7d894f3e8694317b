#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/scheduler.hpp"
#include "postgres/host_addresses.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using namespace std::chrono_literals;

namespace {

using Addresses = std::vector<SocketAddress>;
using Options = config::ConnectionOptions;

SocketAddress address(const std::string& text) {
    return look_up_any_family(text)->at(0);
}

// db1 has two addresses, db2 one, none another.
Result<Addresses> book(const std::string& host) {
    if (host == "db1") {
        return Addresses{address("10.0.0.1"), address("fd00::1")};
    }
    if (host == "db2") {
        return Addresses{address("10.0.0.2")};
    }
    return Error{"Name or service not known"};
}

// The options, or the error under that name.
Options added(HostAddresses& addresses, Options options, std::chrono::milliseconds patience = 60s) {
    const StopSignal never;
    auto out = addresses.add_to(std::move(options), steady_now() + patience, never);
    return out ? out->options : Options{{"error", out.error().message}};
}

Options added(Options options) {
    HostAddresses addresses(book);
    return added(addresses, std::move(options));
}

// A name server that is silent of all but db2 until it speaks again, or cannot answer.
struct NameServer {
    std::atomic<bool> is_silent = false;
    std::atomic<bool> is_ill = false;
    std::atomic<int> asked = 0;
    StopSignal speaks_again;

    Result<Addresses> answer(const std::string& host) {
        const bool silent = is_silent;
        ++asked;
        if (silent && host != "db2") {
            speaks_again.wait_until(steady_now() + 60s);
        }
        if (is_ill && host != "db2") {
            return Error{"Temporary failure in name resolution", true};
        }
        return book(host);
    }
};

struct Asked {
    std::shared_ptr<NameServer> server = std::make_shared<NameServer>();
    HostAddresses addresses;

    explicit Asked(std::chrono::milliseconds late_is_good = HostAddresses::kLateIsGood)
        : addresses([server = server](const std::string& host) { return server->answer(host); },
                    late_is_good) {}
    ~Asked() { server->speaks_again.request(); }
};

// The environment as it was, at the end.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* old = ::getenv(name)) {
            old_ = old;
        }
        ::setenv(name, value, 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

private:
    const char* name_;
    std::optional<std::string> old_;
};

const Options kDb1{{"host", "db1,db1"}, {"hostaddr", "10.0.0.1,fd00::1"}};
const std::string kNoAnswer =
    R"(cannot look up the host "db1": the name lookup gave no answer in time)";

} // namespace

TEST_CASE("each_address_of_a_host_stands_beside_its_name", "[host_addresses]") {
    CHECK(added({{"host", "db1"}}) == kDb1);
    CHECK(added({{"host", "db2"}, {"dbname", "shop"}, {"port", "5433"}}) ==
          Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}, {"dbname", "shop"}, {"port", "5433"}});
    CHECK(added({{"host", "10.0.0.3"}}) == Options{{"host", "10.0.0.3"}, {"hostaddr", "10.0.0.3"}});
    CHECK(added({{"host", "::1"}}) == Options{{"host", "::1"}, {"hostaddr", "::1"}});
    CHECK(added({{"host", "/tmp,db2"}}) ==
          Options{{"host", "/tmp,db2"}, {"hostaddr", ",10.0.0.2"}});
}

TEST_CASE("ports_go_with_their_hosts", "[host_addresses]") {
    CHECK(added({{"host", "db1,db2"}, {"port", "5433,5434"}}) ==
          Options{{"host", "db1,db1,db2"},
                  {"hostaddr", "10.0.0.1,fd00::1,10.0.0.2"},
                  {"port", "5433,5433,5434"}});
    CHECK(added({{"host", "gone,db2"}, {"port", "5433,5434"}}) ==
          Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}, {"port", "5434"}});
    CHECK(added({{"host", "db1,db2"}, {"port", "5433"}})["port"] == "5433");
}

TEST_CASE("what_libpq_has_not_to_look_up_or_would_read_otherwise_is_left_to_it",
          "[host_addresses]") {
    for (const Options& options : {
             Options{{"dbname", "shop"}},
             Options{{"host", "/var/run/postgresql"}},
             Options{{"host", "@abstract,/tmp"}},
             Options{{"host", "db1,"}},
             Options{{"host", "db1"}, {"hostaddr", "10.0.0.9"}},
             Options{{"host", "db1,db2"}, {"hostaddr", "10.0.0.9,"}},
             Options{{"host", "db1"}, {"service", "shop"}},
             Options{{"host", "db1,db2"}, {"port", "1,2,3"}},
             Options{{"host", "db1,db2"}, {"port", "5433,"}},
         }) {
        CHECK(added(options) == options);
    }
    const Options db2{{"host", "db2"}};
    const Options db2_at_5433{{"host", "db2"}, {"hostaddr", "10.0.0.2"}, {"port", "5433"}};
    for (const auto& [name, value] : {std::pair{"PGHOSTADDR", "10.0.0.9"},
                                      std::pair{"PGSERVICE", "shop"}, std::pair{"PGPORT", "1,2"}}) {
        const Variable set(name, value);
        CHECK(added(db2) == db2);
    }
    const Variable ports("PGPORT", "1,2");
    CHECK(added({{"host", "db2"}, {"port", "5433"}}) == db2_at_5433);
    const Variable one_port("PGPORT", "5433");
    CHECK(added(db2) == Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}});
}

TEST_CASE("a_host_that_is_not_known_is_left_out_beside_others_and_told_of", "[host_addresses]") {
    HostAddresses addresses(book);
    const StopSignal never;
    const auto out = addresses.add_to({{"host", "gone,db2"}}, steady_now() + 60s, never);
    REQUIRE(out);
    CHECK(out->options == Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}});
    CHECK(out->left_out == R"(cannot look up the host "gone": Name or service not known)");
    CHECK(added({{"host", "gone,lost"}})["error"] ==
          R"(cannot look up the host "gone": Name or service not known; )"
          R"(cannot look up the host "lost": Name or service not known)");
}

TEST_CASE("a_name_server_that_is_silent_is_waited_for_no_longer_than_told", "[host_addresses]") {
    Asked asked;
    asked.server->is_silent = true;
    const StopSignal never;
    const SteadyTime deadline = steady_now() + 2s;
    const auto out = asked.addresses.add_to({{"host", "db1"}}, deadline, never);
    CHECK(steady_now() < deadline + 20s); // on a machine that is busy
    REQUIRE_FALSE(out);
    CHECK(out.error().message == kNoAnswer);
}

TEST_CASE("no_other_host_is_taken_in_place_of_a_first_whose_name_server_is_silent",
          "[host_addresses]") {
    Asked asked;
    asked.server->is_silent = true;
    CHECK(added(asked.addresses, {{"host", "db1,db2"}}, 100ms)["error"] == kNoAnswer);
    CHECK(added(asked.addresses, {{"host", "db2,db1"}}, 4s) ==
          Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}});
}

TEST_CASE("no_other_host_is_taken_in_place_of_a_first_whose_name_server_cannot_answer",
          "[host_addresses]") {
    Asked asked;
    asked.server->is_ill = true;
    const bool late = GENERATE(false, true);
    if (late) {
        asked.server->is_silent = true;
        CHECK(added(asked.addresses, {{"host", "db1,db2"}}, 100ms)["error"] == kNoAnswer);
        asked.server->speaks_again.request();
    }
    CHECK(added(asked.addresses, {{"host", "db1,db2"}})["error"] ==
          R"(cannot look up the host "db1": Temporary failure in name resolution)");
    asked.server->is_ill = false;
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
    asked.server->is_ill = true;
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
}

TEST_CASE("an_answer_that_comes_too_late_is_good_for_the_next_try", "[host_addresses]") {
    Asked asked;
    asked.server->is_silent = true;
    CHECK(added(asked.addresses, {{"host", "db1"}}, 100ms)["error"] == kNoAnswer);
    asked.server->speaks_again.request();
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
    CHECK(asked.server->asked <= 2);
}

TEST_CASE("an_answer_of_a_moment_ago_is_good_while_the_name_server_is_silent", "[host_addresses]") {
    Asked asked;
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
    asked.server->is_silent = true;
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
}

TEST_CASE("an_answer_of_long_ago_is_not_taken_for_one_of_today", "[host_addresses]") {
    Asked asked(0ms);
    CHECK(added(asked.addresses, {{"host", "db1"}}) == kDb1);
    asked.server->is_silent = true;
    CHECK(added(asked.addresses, {{"host", "db1"}}, 100ms)["error"] == kNoAnswer);
}

TEST_CASE("a_stop_ends_the_wait_for_a_name_server", "[host_addresses]") {
    Asked asked;
    asked.server->is_silent = true;
    StopSignal stop;
    stop.request();
    const SteadyTime began = steady_now();
    CHECK_FALSE(asked.addresses.add_to({{"host", "db1"}}, began + 1h, stop));
    CHECK(steady_now() < began + 10min);
}

TEST_CASE("a_lookup_that_hangs_for_ever_is_begun_anew_by_who_asks_later", "[host_addresses]") {
    auto server = std::make_shared<NameServer>();
    const auto ask = [server](const std::string& host) { return server->answer(host); };
    server->is_silent = true;
    Resolver patient(ask);
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(patient.resolve("db1", 0, steady_now()));
    }
    Resolver impatient(ask, 0ms);
    CHECK_FALSE(impatient.resolve("db1", 0, steady_now()));
    while (server->asked < 2) { // both are in their lookups
        std::this_thread::yield();
    }
    server->is_silent = false;
    CHECK(impatient.resolve("db1", 0, steady_now() + 60s));
    CHECK_FALSE(patient.resolve("db1", 0, steady_now()));
    server->speaks_again.request();
}
