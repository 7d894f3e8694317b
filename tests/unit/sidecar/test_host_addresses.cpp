#include <catch2/catch.hpp>

#include <atomic>

#include "base/scheduler.hpp"
#include "postgres/host_addresses.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using namespace std::chrono_literals;

namespace {

using Addresses = std::vector<SocketAddress>;
using Options = config::ConnectionOptions;

SocketAddress address(const std::string& text) {
    return look_up(text)->at(0);
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

Options added(HostAddresses& addresses, Options options, std::chrono::milliseconds patience = 20s) {
    auto out = addresses.add_to(std::move(options), steady_now() + patience);
    return out ? *out : Options{{"error", out.error().message}};
}

Options added(Options options) {
    HostAddresses addresses(book);
    return added(addresses, std::move(options));
}

// A name server that can be silent, ill (it answers that it cannot answer), or without a name.
struct NameServer {
    std::atomic<bool> is_silent = false;
    std::atomic<bool> is_ill = false;
    std::atomic<bool> has_no_db1 = false;
    StopSignal speaks_again;

    Result<Addresses> answer(const std::string& host) {
        if (is_ill) {
            return Error{"Temporary failure in name resolution", true};
        }
        if (is_silent) {
            speaks_again.wait_until(steady_now() + 60s);
        }
        return has_no_db1 ? Result<Addresses>(Error{"Name or service not known"}) : book(host);
    }
};

struct Asked {
    std::shared_ptr<NameServer> server = std::make_shared<NameServer>();
    HostAddresses addresses{
        [server = server](const std::string& host) { return server->answer(host); }};

    ~Asked() { server->speaks_again.request(); }

    Options ask() { return added(addresses, {{"host", "db1"}}, 100ms); }
};

const Options kDb1{{"host", "db1,db1"}, {"hostaddr", "10.0.0.1,fd00::1"}};

} // namespace

TEST_CASE("each_address_of_a_host_stands_beside_its_name", "[postgres]") {
    CHECK(added({{"host", "db1"}}) == kDb1);
    CHECK(added({{"host", "db2"}, {"dbname", "shop"}, {"port", "5433"}}) ==
          Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}, {"dbname", "shop"}, {"port", "5433"}});
    CHECK(added({{"host", "10.0.0.3"}}) == Options{{"host", "10.0.0.3"}, {"hostaddr", "10.0.0.3"}});
}

TEST_CASE("ports_go_with_their_hosts", "[postgres]") {
    CHECK(added({{"host", "db1,db2"}, {"port", "5433,"}}) ==
          Options{{"host", "db1,db1,db2"},
                  {"hostaddr", "10.0.0.1,fd00::1,10.0.0.2"},
                  {"port", "5433,5433,"}});
    CHECK(added({{"host", "gone,db2"}, {"port", "5433,5434"}}) ==
          Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}, {"port", "5434"}});
    CHECK(added({{"host", "db1,db2"}, {"port", "5433"}})["port"] == "5433");
}

TEST_CASE("what_libpq_has_not_to_look_up_or_refuses_is_left_to_it", "[postgres]") {
    for (const Options& options : {
             Options{{"dbname", "shop"}},
             Options{{"host", "/var/run/postgresql"}},
             Options{{"host", "@abstract,"}},
             Options{{"host", "db1"}, {"hostaddr", "10.0.0.9"}},
             Options{{"host", "db1"}, {"service", "shop"}},
             Options{{"host", "db1,db2"}, {"port", "1,2,3"}},
         }) {
        CHECK(added(options) == options);
    }
    CHECK(added({{"host", "/tmp,db2"}}) ==
          Options{{"host", "/tmp,db2"}, {"hostaddr", ",10.0.0.2"}});
}

TEST_CASE("a_host_that_is_not_known_is_left_out_beside_others", "[postgres]") {
    CHECK(added({{"host", "gone,db2"}}) == Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}});
    CHECK(added({{"host", "gone"}})["error"] ==
          R"(cannot look up the host "gone": Name or service not known)");
}

TEST_CASE("a_name_server_that_is_silent_is_waited_for_no_longer_than_told", "[postgres]") {
    Asked asked;
    asked.server->is_silent = true;
    CHECK(asked.ask()["error"] ==
          R"(cannot look up the host "db1": the name lookup gave no answer in time)");
}

TEST_CASE("the_last_answer_is_good_while_the_name_server_gives_none", "[postgres]") {
    Asked asked;
    CHECK(asked.ask() == kDb1);
    asked.server->is_ill = true;
    CHECK(asked.ask() == kDb1);
    asked.server->is_ill = false;
    asked.server->is_silent = true;
    CHECK(asked.ask() == kDb1);
}

TEST_CASE("an_answer_that_comes_too_late_is_good_for_the_next_try", "[postgres]") {
    Asked asked;
    asked.server->is_silent = true;
    CHECK(asked.ask().contains("error"));
    asked.server->is_ill = true; // for all later ones
    asked.server->speaks_again.request();
    const SteadyTime deadline = steady_now() + 20s;
    Options found;
    while (found != kDb1 && steady_now() < deadline) {
        found = asked.ask();
    }
    CHECK(found == kDb1);
}

TEST_CASE("a_name_that_is_no_more_is_not_remembered", "[postgres]") {
    Asked asked;
    CHECK(asked.ask() == kDb1);
    asked.server->has_no_db1 = true;
    CHECK(asked.ask().contains("error"));
    asked.server->is_ill = true;
    CHECK(asked.ask().contains("error"));
}

TEST_CASE("one_silent_host_leaves_time_for_the_others", "[postgres]") {
    auto gate = std::make_shared<StopSignal>();
    HostAddresses addresses([gate](const std::string& host) -> Result<Addresses> {
        if (host == "hangs") {
            gate->wait_until(steady_now() + 60s);
        }
        return book(host);
    });
    const SteadyTime deadline = steady_now() + 300ms;
    const auto out = addresses.add_to({{"host", "hangs,db2"}}, deadline);
    REQUIRE(out);
    CHECK(*out == Options{{"host", "db2"}, {"hostaddr", "10.0.0.2"}});
    gate->request();
}
