#pragma once
// This component writes and reads single bits in a row of bytes. The codec of samples uses it. It
// never checks where the row ends: its caller has counted the bits.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace opsmon::history {

class BitWriter {
public:
    BitWriter(std::uint8_t* bytes, std::size_t position) : bytes_(bytes), position_(position) {}

    // The lowest `width` bits of `value`, the highest of them first.
    void put(std::uint64_t value, unsigned width) {
        while (width > 0) {
            const unsigned free = 8 - static_cast<unsigned>(position_ % 8);
            const unsigned taken = std::min(free, width);
            width -= taken;
            const auto piece = static_cast<unsigned>(value >> width) & ((1U << taken) - 1);
            auto& byte = bytes_[position_ / 8];
            if (free == 8) {
                byte = 0; // what a block held before it was used again
            }
            byte = static_cast<std::uint8_t>(byte | (piece << (free - taken)));
            position_ += taken;
        }
    }

private:
    std::uint8_t* bytes_;
    std::size_t position_;
};

class BitReader {
public:
    explicit BitReader(const std::uint8_t* bytes) : bytes_(bytes) {}

    std::uint64_t take(unsigned width) {
        std::uint64_t out = 0;
        while (width > 0) {
            const unsigned free = 8 - static_cast<unsigned>(position_ % 8);
            const unsigned taken = std::min(free, width);
            const unsigned piece = (bytes_[position_ / 8] >> (free - taken)) & ((1U << taken) - 1);
            out = out << taken | piece;
            position_ += taken;
            width -= taken;
        }
        return out;
    }
    bool take_bit() {
        const bool bit = (bytes_[position_ / 8] >> (7 - position_ % 8) & 1) != 0;
        ++position_;
        return bit;
    }

private:
    const std::uint8_t* bytes_;
    std::size_t position_ = 0;
};

} // namespace opsmon::history
