#include "collect/probe/postgres_answer.hpp"

#include <cstdint>

namespace opsmon::collect {
namespace {

std::string be32(std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>((value >> shift) & 0xff);
    }
    return out;
}

// An error's fields: a letter and a text each.
PostgresAnswer read_error(std::string_view fields) {
    PostgresAnswer out;
    while (!fields.empty() && fields.front() != '\0') {
        const auto end = fields.find('\0', 1);
        if (end == std::string_view::npos) {
            return out;
        }
        const std::string_view text = fields.substr(1, end - 1);
        if (fields.front() == 'C') {
            out.state = text;
        } else if (fields.front() == 'M') {
            out.message = text;
        }
        fields.remove_prefix(end + 1);
    }
    if (out.state.size() == 5) {
        // 57P03 cannot_connect_now: starting up, shutting down, in recovery. Any other error, such
        // as too many connections or an unknown user, comes from a server that takes connections.
        out.verdict = out.state == "57P03" ? PostgresAnswer::Verdict::Rejecting
                                           : PostgresAnswer::Verdict::Accepting;
    }
    return out;
}

} // namespace

std::string postgres_startup(std::string_view user, std::string_view database) {
    std::string body = be32(196608); // protocol 3.0
    for (const std::string_view text :
         {std::string_view("user"), user, std::string_view("database"), database,
          std::string_view("application_name"), std::string_view("opsmon-sidecar probe")}) {
        body.append(text).push_back('\0');
    }
    body.push_back('\0');
    return be32(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

std::optional<PostgresAnswer> parse_postgres_answer(std::string_view bytes) {
    if (bytes.empty()) {
        return std::nullopt;
    }
    const char kind = bytes.front();
    if (kind != 'R' && kind != 'E' && kind != 'v') {
        return PostgresAnswer{};
    }
    if (bytes.size() < 5) {
        return std::nullopt;
    }
    std::uint32_t length = 0;
    for (int i = 1; i <= 4; ++i) {
        length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    }
    if (length < 8 || length > kMaxPostgresAnswerBytes || (kind == 'R' && length > 2000)) {
        return PostgresAnswer{};
    }
    if (bytes.size() < length + std::size_t{1}) {
        return std::nullopt;
    }
    if (kind != 'E') {
        return PostgresAnswer{PostgresAnswer::Verdict::Accepting, {}, {}};
    }
    return read_error(bytes.substr(5, length - 4));
}

} // namespace opsmon::collect
