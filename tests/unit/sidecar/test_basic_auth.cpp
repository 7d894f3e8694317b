#include <catch2/catch.hpp>

#include <openssl/evp.h>

#include "web/basic_auth.hpp"

using namespace opsmon;
using namespace opsmon::web;

namespace {

// "secret"
constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

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

TEST_CASE("without_users_nobody_is_asked", "[basic_auth]") {
    CHECK_FALSE(BasicAuth(Users{}).asks());
    CHECK(BasicAuth(Users{{"alice", kHash}}).asks());
}
