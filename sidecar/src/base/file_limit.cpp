#include "base/file_limit.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace opsmon {

void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit); // else it stays as it was
    }
}

std::size_t file_limit() {
    constexpr std::size_t kUsual = 1024;
    constexpr rlim_t kEnough = 1U << 20;
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0
               ? static_cast<std::size_t>(std::min(limit.rlim_cur, kEnough))
               : kUsual;
}

} // namespace opsmon
