#pragma once
// `Text<N>` holds up to N-1 bytes of text in place, always terminated: names, paths and messages in
// samples and shared memory. Too long a text is cut, never in the middle of a UTF-8 character. It
// never allocates and has no destructor, so an error jump past it leaks nothing.

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace opsmon::core {

template <std::size_t N>
struct Text {
    static_assert(N > 1);

    char bytes[N];

    void assign(const char* source) { assign(source, source == nullptr ? 0 : std::strlen(source)); }

    void assign(const char* source, std::size_t length) {
        std::size_t kept = length < N ? length : N - 1;
        if (kept < length) {
            while (kept > 0 && (static_cast<unsigned char>(source[kept]) & 0xC0) == 0x80) {
                --kept;
            }
        }
        if (kept > 0) {
            std::memcpy(bytes, source, kept);
        }
        bytes[kept] = '\0';
    }

    [[nodiscard]] bool empty() const { return bytes[0] == '\0'; }
    [[nodiscard]] bool equals(const Text& other) const {
        return std::strncmp(bytes, other.bytes, N) == 0;
    }
};

using Name = Text<64>; // PostgreSQL's NAMEDATALEN
using Message = Text<256>;

static_assert(std::is_trivially_copyable_v<Message> && std::is_trivially_destructible_v<Message>);

} // namespace opsmon::core
