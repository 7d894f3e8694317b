#include "base/private_process.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>

namespace opsmon {

void make_process_private() {
    ::umask(S_IRWXG | S_IRWXO);
    // A limit of 0 on cores would not do: a handler in core_pattern is called all the same.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

} // namespace opsmon
