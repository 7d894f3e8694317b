#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include <openssl/evp.h>

#include "web/basic_auth.hpp"

using namespace opsmon;
using namespace opsmon::web;

namespace {

// "secret"
constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

// Of the cost 10.
constexpr const char* kCostlyHash = "$2b$10$abcdefghijklmnopqrstuuOmfegQHdHSz7H3SodRIeI7NCoPJJl9u";

using Users = std::vector<config::WebUser>;

std::string basic(const std::string& credentials, const std::string& scheme = "Basic ") {
    std::string out(credentials.size() / 3 * 4 + 5, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(credentials.data()),
                                       static_cast<int>(credentials.size()));
    out.resize(static_cast<std::size_t>(length));
    return scheme + out;
}

} // namespace

TEST_CASE("who_knows_the_password_is_welcome_again_and_again", "[basic_auth]") {
    BasicAuth auth(Users{{"alice", kHash}});
    CHECK(auth.ask(basic("alice:secret")) == BasicAuth::Answer::Welcome);
    CHECK(auth.ask(basic("alice:secret", "bAsIc ")) == BasicAuth::Answer::Welcome);
}

TEST_CASE("nobody_else_is_welcome", "[basic_auth]") {
    BasicAuth auth(Users{{"alice", kHash}, {"bob", kHash}});
    CHECK(auth.ask(basic("alice:secret")) == BasicAuth::Answer::Welcome);
    for (const std::string& given :
         {basic("alice:Secret"), basic("alice:"), basic("eve:secret"), basic("alice"), basic(""),
          basic("alice:secret", "Bearer "), std::string(), std::string("Basic"),
          std::string("Basic ===="), std::string("Basic !!!!"),
          basic(std::string("alice:secret\0x", 14)), basic("alice:" + std::string(5000, 'x'))}) {
        CHECK(auth.ask(given) == BasicAuth::Answer::Refused);
    }
}

TEST_CASE("guessing_is_one_at_a_time_and_holds_up_nobody_who_is_known", "[basic_auth][limits]") {
    // A cost of 10: an attempt takes long enough for others to come meanwhile.
    BasicAuth auth(Users{{"alice", kHash}, {"bob", kCostlyHash}});
    REQUIRE(auth.ask(basic("alice:secret")) == BasicAuth::Answer::Welcome);
    std::atomic<int> refused = 0;
    std::atomic<int> busy = 0;
    std::atomic<bool> go = false;
    std::vector<std::thread> guessing;
    for (int i = 0; i < 40; ++i) {
        guessing.emplace_back([&, i] {
            while (!go) {
                std::this_thread::yield();
            }
            const auto answer = auth.ask(basic("eve:" + std::to_string(i)));
            refused += answer == BasicAuth::Answer::Refused ? 1 : 0;
            busy += answer == BasicAuth::Answer::Busy ? 1 : 0;
        });
    }
    go = true;
    while (busy == 0 && refused < 40) {
        std::this_thread::yield(); // until all that may wait do so
    }
    const int before = refused;
    CHECK(auth.ask(basic("alice:secret")) == BasicAuth::Answer::Welcome);
    CHECK(refused - before < 8); // she has not waited for all of them
    for (auto& each : guessing) {
        each.join();
    }
    CHECK(refused + busy == 40);
    CHECK(busy > 0);
}

TEST_CASE("a_refusal_is_the_same_work_for_every_name", "[basic_auth]") {
    std::string costliest = kCostlyHash;
    costliest.replace(4, 2, "14");
    const Users mixed = {{"alice", kHash}, {"bob", kCostlyHash}, {"carol", costliest}};
    for (const Users& users :
         {Users{mixed[0]}, Users{mixed[1]}, Users{mixed[0], mixed[1]}, mixed}) {
        const auto work = [&](const config::WebUser* user) {
            long rounds = 0;
            for (const int cost : costs_of_refusal(user, users)) {
                rounds += 1L << cost;
            }
            return rounds;
        };
        for (const config::WebUser& user : users) {
            CHECK(costs_of_refusal(&user, users).front() == std::stoi(user.hash.substr(4, 2)));
            CHECK(work(&user) == work(nullptr));
        }
    }
    CHECK(costs_of_refusal(nullptr, mixed) == std::vector<int>{14});
    CHECK(costs_of_refusal(&mixed[1], mixed) == std::vector<int>{10, 10, 11, 12, 13});
}

TEST_CASE("a_user_of_a_lower_cost_than_others_is_welcome_and_nobody_else", "[basic_auth]") {
    BasicAuth auth(Users{{"alice", kHash}, {"bob", kCostlyHash}});
    CHECK(auth.ask(basic("alice:other")) == BasicAuth::Answer::Refused);
    CHECK(auth.ask(basic("alice:secret")) == BasicAuth::Answer::Welcome);
    CHECK(auth.ask(basic("eve:secret")) == BasicAuth::Answer::Refused);
}

TEST_CASE("without_users_nobody_is_asked", "[basic_auth]") {
    CHECK_FALSE(BasicAuth(Users{}).asks());
    CHECK(BasicAuth(Users{{"alice", kHash}}).asks());
}
