#pragma once
// This component checks a libpq connection string and reads the password that goes with it. The
// configuration checks with it, the connection uses it. It never puts into an error what may be a
// password, such as a word it cannot read or the name of a file that is not there, and refuses a
// password in the string.

#include <map>
#include <string>

#include "base/result.hpp"

namespace opsmon::config {

using ConnectionOptions = std::map<std::string, std::string>; // keyword -> value

// `section` is the one of the settings they stand in, for errors.
Result<ConnectionOptions> check_conninfo(const std::string& conninfo,
                                         const std::string& section = "postgres");

// The first line of the file, which must not be open to every user.
Result<std::string> read_password(const std::string& file, const std::string& section = "postgres");

} // namespace opsmon::config
