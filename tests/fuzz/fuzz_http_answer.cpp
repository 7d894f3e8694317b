#include "collect/probe/http_answer.hpp"
#include "base/http_date.hpp"
#include "base/redirect.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using opsmon::collect::HttpAnswer;

// An answer is the same in one piece and byte by byte, and it keeps to its limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    HttpAnswer whole(false, 1000);
    whole.feed(bytes);
    HttpAnswer pieces(false, 1000);
    for (std::size_t i = 0; i < size && pieces.state() <= HttpAnswer::State::Body; ++i) {
        pieces.feed(bytes.substr(i, 1));
    }
    if (whole.state() != pieces.state() || whole.body() != pieces.body() ||
        whole.body().size() > 1000) {
        __builtin_trap();
    }
    const opsmon::Url from{true, "a.test", 443, "/x", ""};
    const auto target = opsmon::redirect_target(from, bytes);
    if (target && (!target->tls || target->host.empty())) {
        __builtin_trap();
    }
    (void)opsmon::parse_http_date(std::string(bytes));
    return 0;
}
