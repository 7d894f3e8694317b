// Preloaded into a server (LD_PRELOAD), it makes the wall clock wrong by as many seconds as the
// file named by WRONG_CLOCK_FILE says, at any moment anew: a clock that is set, without setting the
// clock of the machine. The clock that never goes back is left alone, as it is on a real machine.

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

// The file holds one 64-bit number of seconds.
std::int64_t wrong_by_seconds() {
    static volatile const std::int64_t* shared = [] {
        static const std::int64_t right = 0;
        const char* path = std::getenv("WRONG_CLOCK_FILE");
        const int file = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void* memory =
            file >= 0 ? mmap(nullptr, sizeof right, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
        if (file >= 0) {
            close(file);
        }
        return memory != MAP_FAILED ? static_cast<const std::int64_t*>(memory) : &right;
    }();
    return *shared;
}

} // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* result) noexcept {
    const long code = syscall(SYS_clock_gettime, clock, result);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        result->tv_sec += wrong_by_seconds();
    }
    return static_cast<int>(code);
}

extern "C" int gettimeofday(timeval* result, void*) noexcept {
    timespec now{};
    const int code = clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1'000;
    return code;
}

extern "C" std::time_t time(std::time_t* result) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr) {
        *result = now.tv_sec;
    }
    return now.tv_sec;
}
