#include <catch2/catch.hpp>

#include "web/held_answers.hpp"

using namespace opsmon;

namespace {

web::ApiAnswer large() {
    return {200, std::string(300UL << 10, 'x')};
}

} // namespace

TEST_CASE("refuses_a_large_answer_while_others_are_being_read_and_not_after", "[web]") {
    const auto held = std::make_shared<web::HeldAnswers>(500UL << 10);
    {
        httplib::Response slow;
        web::send(slow, large(), held);
        CHECK(slow.status == 200);
        httplib::Response refused;
        web::send(refused, large(), held);
        CHECK(refused.status == 503);
        CHECK(refused.body.find("unavailable") != std::string::npos);
        httplib::Response small;
        web::send(small, {200, "{}"}, held);
        CHECK(small.status == 200);
    }
    httplib::Response later;
    web::send(later, large(), held);
    CHECK(later.status == 200);
}
