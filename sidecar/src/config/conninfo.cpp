#include "config/conninfo.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <libpq-fe.h>
#include <sys/stat.h>

#include "base/text.hpp"

namespace opsmon::config {
namespace {

constexpr std::size_t kMaxPasswordFileBytes = 4096;
constexpr const char* kPasswordHint =
    "holds a password; put it into the file that postgres.password_file names, or into the one "
    "that the environment variable PGPASSFILE names";

} // namespace

Result<ConnectionOptions> check_conninfo(const std::string& conninfo) {
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(conninfo.c_str(), &problem), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(problem, PQfreemem);
    if (!options) {
        // libpq quotes the part it could not read, and that part may be a password.
        const bool may_leak = conninfo.find("pass") != std::string::npos ||
                              conninfo.find("://") != std::string::npos || problem == nullptr;
        return Error{std::string("is not a libpq connection string") +
                     (may_leak ? "" : " (" + std::string(trim(std::string_view(problem))) + ")") +
                     "; write host=... port=... dbname=... user=... or postgresql://user@host/db"};
    }
    ConnectionOptions out;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) {
            continue;
        }
        const std::string keyword = option->keyword;
        if (keyword == "password" || keyword == "sslpassword") {
            return Error{kPasswordHint};
        }
        out.emplace(keyword, option->val);
    }
    return out;
}

Result<std::string> read_password(const std::string& file) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) {
        return Error{"cannot read " + file + ": " + std::strerror(errno)};
    }
    if ((facts.st_mode & S_IRWXO) != 0) {
        return Error{file + " is open to every user of the machine; run: chmod o-rwx " + file};
    }
    const auto content = read_file(file, kMaxPasswordFileBytes);
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
