#pragma once
// This component provides `BlockPool`: the memory that samples lie in, as blocks of one size, so
// that what is given back by one series fits any other and the process stays as large as is
// counted. Stored series use it. It never gives memory back to the system: a block that is free
// waits for the next sample, or for the pool to be replaced by a smaller one.

#include "base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace opsmon::history {

inline constexpr std::size_t kBlockBytes = 128;

// The first sample as it is, the others behind it in bits; see sample_codec.hpp.
struct Block {
    TimestampMs first_at = 0;
    double first_value = 0;
    std::uint16_t samples = 0;
    std::uint16_t bits = 0;
    std::array<std::uint8_t, kBlockBytes - 20> bytes = {};
};
static_assert(sizeof(Block) == kBlockBytes);

class BlockPool {
public:
    using Index = std::uint32_t;

    Index take();
    void give_back(Index index);

    [[nodiscard]] Block& operator[](Index index) {
        return slabs_[index / kBlocksPerSlab][index % kBlocksPerSlab];
    }
    [[nodiscard]] const Block& operator[](Index index) const {
        return slabs_[index / kBlocksPerSlab][index % kBlocksPerSlab];
    }

    [[nodiscard]] std::size_t used_bytes() const { return used_ * kBlockBytes; }
    [[nodiscard]] std::size_t allocated_bytes() const;

private:
    static constexpr std::size_t kBlocksPerSlab = 512;

    std::vector<std::unique_ptr<Block[]>> slabs_;
    std::vector<Index> free_;
    std::size_t used_ = 0;
};

} // namespace opsmon::history
