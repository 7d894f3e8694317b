#pragma once
// This component packs samples into a block and reads them again, bit for bit. Stored series use
// it. Each sample is told by what is different from the one before:
//
//   0                         the next tick, the same value
//   1 TIME VALUE
//   TIME    0                 the next tick
//           10 D(14)          D milliseconds later
//           11 D(48)
//   VALUE   0 INT             a whole number more, in units of the scale
//           10 INT            as much more than the last time, and a whole number
//           110 X             bits that differ, within the last window
//           1110 L(5) N(6) X  bits that differ, after L equal ones, N of them
//           11110 S(3) INT    a new scale 10^-S, and a whole number more
//           11111             the same value
//   INT     C(3) Z(width[C])  zigzag
//
// Counters and most gauges are whole numbers in some scale (bytes, hundredths of a second), which
// costs a fraction of the bits in which two doubles differ.

#include "history/bits.hpp"
#include "history/block_pool.hpp"
#include "history/source.hpp"
#include "history/ticks.hpp"

namespace opsmon::history {

// What both sides know of the samples before; begins anew with each block.
struct CodecState {
    Point last;
    std::int64_t delta = 0; // of the last whole number
    std::uint8_t scale = 0;
    std::uint8_t leading = 0; // the window of bits that differed
    std::uint8_t length = 0;  // 0: none yet
};

// Begins a block anew with its first sample.
void begin_block(Block& block, CodecState& state, Point first);

// False where the block has no room left; block and state are then as before. `point` must be later
// than the last one.
bool add_to_block(Block& block, CodecState& state, const Ticks& ticks, Point point);

class BlockReader {
public:
    BlockReader(const Block& block, const Ticks& ticks);

    // Moves on to the next sample, the first one at first; false after the last one.
    bool next();
    [[nodiscard]] const Point& point() const { return state_.last; }

private:
    void read_time();
    void read_value();
    void read_whole(bool relative);
    void read_different();

    const Ticks& ticks_;
    BitReader bits_;
    CodecState state_;
    std::size_t tick_;
    std::size_t left_;
    bool begun_ = false;
};

} // namespace opsmon::history
