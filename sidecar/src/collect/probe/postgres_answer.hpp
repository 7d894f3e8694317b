#pragma once
// This component reads the first message that a server of PostgreSQL's protocol answers to the
// start of a session, and says, as pg_isready does, whether it accepts connections. The PostgreSQL
// probe uses it. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::collect {

struct PostgresAnswer {
    enum class Verdict { Accepting, Rejecting, NotPostgres };
    Verdict verdict = Verdict::NotPostgres;
    std::string state; // the SQLSTATE of an error
    std::string message;
};

inline constexpr std::size_t kMaxPostgresAnswerBytes = 30'000;

std::string postgres_startup(std::string_view user, std::string_view database);

// Nothing while it is not complete.
std::optional<PostgresAnswer> parse_postgres_answer(std::string_view bytes);

} // namespace opsmon::collect
