#include "base/start_memory.hpp"

#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace opsmon {
namespace {

int give_back(dl_phdr_info* object, std::size_t, void*) {
    const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        // A segment that may be written holds what the linker has relocated, even when it was made
        // read-only since.
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) {
            continue;
        }
        const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t first = begin / page_bytes * page_bytes;
        const std::uintptr_t last = (begin + segment.p_memsz) / page_bytes * page_bytes;
        if (last > first) {
            ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
        }
    }
    return 0;
}

} // namespace

void give_back_start_memory() {
    ::malloc_trim(0);
    ::dl_iterate_phdr(give_back, nullptr);
}

} // namespace opsmon
