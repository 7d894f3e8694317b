#include "config/conninfo.hpp"

#include <memory>

#include <libpq-fe.h>

#include "config/secret_file.hpp"

namespace opsmon::config {
namespace {

std::string password_file_of(const std::string& section) {
    return "the file that " + section + ".password_file names";
}

// libpq ends by quoting what it could not read. That may be a password: only its place is said.
std::string place_of_problem(std::string_view conninfo, std::string_view problem) {
    const auto end = problem.rfind('"');
    const auto begin = end == 0 || end == problem.npos ? problem.npos : problem.rfind('"', end - 1);
    if (begin == problem.npos || begin + 1 == end) {
        return {};
    }
    const auto word = problem.substr(begin + 1, end - begin - 1);
    for (auto at = conninfo.find(word); at != conninfo.npos; at = conninfo.find(word, at + 1)) {
        if (at == 0 || conninfo[at - 1] == ' ') {
            return " from byte " + std::to_string(at + 1) + " on";
        }
    }
    return {};
}

} // namespace

Result<ConnectionOptions> check_conninfo(const std::string& conninfo, const std::string& section) {
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(conninfo.c_str(), &problem), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(problem, PQfreemem);
    if (!options) {
        return Error{"is not a libpq connection string" +
                     place_of_problem(conninfo, problem == nullptr ? "" : problem) +
                     " (not shown: it may hold a password); write host=... port=... dbname=... "
                     "user=... or postgresql://user@host/db"};
    }
    ConnectionOptions out;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) {
            continue;
        }
        const std::string keyword = option->keyword;
        if (keyword == "password" || keyword == "sslpassword") {
            return Error{"holds a password; put it into " + password_file_of(section) +
                         ", or into the one that the environment variable PGPASSFILE names"};
        }
        out.emplace(keyword, option->val);
    }
    return out;
}

Result<std::string> read_password(const std::string& file, const std::string& section) {
    const auto content = read_private_file(file, kMaxSecretBytes, password_file_of(section));
    if (!content) {
        return content.error();
    }
    const std::string_view text(*content);
    std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (line.empty()) {
        return Error{file + " has an empty first line; it must hold the password"};
    }
    return std::string(line);
}

} // namespace opsmon::config
