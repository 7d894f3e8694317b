#pragma once
// This component lists the files that a log's rotation has left beside it: access.log.1,
// access.log-20260131, access-20260131.log; not the compressed ones. LogFollower looks there for
// what it has not read yet.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/access_log/log_cursor.hpp"

namespace opsmon::collect {

struct LogSibling {
    std::string path;
    FileIdentity identity;
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
};

// Whether a file called `name` was once the log called `log`, by its name. Pure.
bool is_rotated_name(std::string_view log, std::string_view name);

// Those of `path`, the one that was written last at the end; at most 100.
std::vector<LogSibling> list_siblings(const std::string& path);

// The files that a pattern in the last part of a path means, in order, without what was
// compressed; at most `limit`.
std::vector<std::string> match_paths(const std::string& pattern, std::size_t limit);

} // namespace opsmon::collect
