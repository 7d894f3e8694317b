#include "history/sample_codec.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <optional>

namespace opsmon::history {
namespace {

constexpr unsigned kShortTimeBits = 14;
constexpr unsigned kLongTimeBits = 48;
constexpr std::uint8_t kLargestScale = 7;
constexpr std::array<double, kLargestScale + 1> kPowers = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
constexpr std::array<unsigned, 8> kWidths = {0, 3, 6, 9, 13, 18, 26, 58};
constexpr double kWhole_max = 4503599627370496.0; // 2^52: sums of two stay exact

std::uint64_t bits_of(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

// `value` as a whole number of 10^-scale, only where that gives back every bit of it.
std::optional<std::int64_t> whole(double value, std::uint8_t scale) {
    const double scaled = std::nearbyint(value * kPowers[scale]);
    const bool minus_zero = value == 0 && std::signbit(value);
    if (minus_zero || !(std::abs(scaled) <= kWhole_max) ||
        bits_of(scaled / kPowers[scale]) != bits_of(value)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(scaled);
}

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// A few numbers of so many bits each, in order.
class Code {
public:
    Code& add(std::uint64_t bits, unsigned width) {
        pieces_[count_++] = {bits, width};
        width_ += width;
        return *this;
    }
    Code& add(const Code& other) {
        for (std::size_t i = 0; i < other.count_; ++i) {
            add(other.pieces_[i].bits, other.pieces_[i].width);
        }
        return *this;
    }
    Code& add_whole(std::int64_t number) {
        const auto value = zigzag(number);
        std::size_t size = 0;
        while (size + 1 < kWidths.size() && (value >> kWidths[size]) != 0) {
            ++size;
        }
        return add(size, 3).add(value, kWidths[size]);
    }
    [[nodiscard]] unsigned width() const { return width_; }
    void write(BitWriter writer) const {
        for (std::size_t i = 0; i < count_; ++i) {
            writer.put(pieces_[i].bits, pieces_[i].width);
        }
    }

private:
    struct Piece {
        std::uint64_t bits;
        unsigned width;
    };
    std::array<Piece, 12> pieces_ = {};
    std::size_t count_ = 0;
    unsigned width_ = 0;
};

struct Choice {
    Code code;
    CodecState state;
};

// Both samples in one scale: the current one, or else the smallest that fits both.
std::optional<Choice> tell_whole(const CodecState& before, double value) {
    for (std::uint8_t i = 0; i <= kLargestScale + 1; ++i) {
        const auto scale = i == 0 ? before.scale : static_cast<std::uint8_t>(i - 1);
        const auto now = whole(value, scale);
        const auto last = now ? whole(before.last.value, scale) : std::nullopt;
        if (!last) {
            continue;
        }
        Choice out{{}, before};
        const std::int64_t delta = *now - *last;
        out.state.delta = delta;
        if (i != 0) {
            out.state.scale = scale;
            out.code.add(0b11110, 5).add(scale, 3).add_whole(delta);
            return out;
        }
        const Code absolute = Code().add(0b0, 1).add_whole(delta);
        const Code relative = Code().add(0b10, 2).add_whole(delta - before.delta);
        out.code = relative.width() < absolute.width() ? relative : absolute;
        return out;
    }
    return std::nullopt;
}

Choice tell_different(const CodecState& before, double value) {
    Choice out{{}, before};
    const std::uint64_t difference = bits_of(value) ^ bits_of(before.last.value);
    const auto leading = static_cast<unsigned>(std::min(std::countl_zero(difference), 31));
    const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
    const unsigned length = 64 - leading - trailing;
    const unsigned window_end = before.leading + before.length;
    out.state.delta = 0;
    if (before.length != 0 && leading >= before.leading && leading + length <= window_end &&
        before.length <= length + 12) {
        out.code.add(0b110, 3).add(difference >> (64 - window_end), before.length);
        return out;
    }
    out.code.add(0b1110, 4).add(leading, 5).add(length % 64, 6).add(difference >> trailing, length);
    out.state.leading = static_cast<std::uint8_t>(leading);
    out.state.length = static_cast<std::uint8_t>(length);
    return out;
}

Choice tell_value(const CodecState& before, double value) {
    if (bits_of(value) == bits_of(before.last.value)) {
        return {Code().add(0b11111, 5), before};
    }
    auto different = tell_different(before, value);
    auto number = tell_whole(before, value);
    return number && number->code.width() <= different.code.width() ? std::move(*number)
                                                                    : std::move(different);
}

Code tell_time(TimestampMs delta) {
    const auto bits = static_cast<std::uint64_t>(delta);
    return bits >> kShortTimeBits == 0 ? Code().add(0b10, 2).add(bits, kShortTimeBits)
                                       : Code().add(0b11, 2).add(bits, kLongTimeBits);
}

} // namespace

void begin_block(Block& block, CodecState& state, Point first) {
    block.first_at = first.at;
    block.first_value = first.value;
    block.samples = 1;
    block.bits = 0;
    state = CodecState();
    state.last = first;
}

bool add_to_block(Block& block, CodecState& state, const Ticks& ticks, Point point) {
    const bool on_tick = ticks.follows(point.at, state.last.at);
    const TimestampMs delta = point.at - state.last.at;
    if (!on_tick && delta >> kLongTimeBits != 0) {
        return false; // thousands of years: a block of its own
    }
    Choice choice{Code().add(0b0, 1), state};
    if (!on_tick || bits_of(point.value) != bits_of(state.last.value)) {
        auto value = tell_value(state, point.value);
        choice.code = Code().add(0b1, 1).add(on_tick ? Code().add(0b0, 1) : tell_time(delta));
        choice.code.add(value.code);
        choice.state = value.state;
    }
    if (block.bits + choice.code.width() > block.bytes.size() * 8) {
        return false;
    }
    choice.code.write(BitWriter(block.bytes.data(), block.bits));
    block.bits = static_cast<std::uint16_t>(block.bits + choice.code.width());
    ++block.samples;
    state = choice.state;
    state.last = point;
    return true;
}

BlockReader::BlockReader(const Block& block, const Ticks& ticks)
    : ticks_(ticks),
      bits_(block.bytes.data()),
      tick_(ticks.index_after(block.first_at)),
      left_(block.samples) {
    state_.last = {block.first_at, block.first_value};
}

bool BlockReader::next() {
    if (left_ == 0) {
        return false;
    }
    --left_;
    if (!begun_) {
        begun_ = true;
        return true;
    }
    if (!bits_.take_bit()) {
        state_.last.at = ticks_[tick_++];
        return true;
    }
    read_time();
    read_value();
    return true;
}

void BlockReader::read_time() {
    if (!bits_.take_bit()) {
        state_.last.at = ticks_[tick_++];
        return;
    }
    const bool is_long = bits_.take_bit();
    state_.last.at +=
        static_cast<TimestampMs>(bits_.take(is_long ? kLongTimeBits : kShortTimeBits));
    while (tick_ < ticks_.size() && ticks_[tick_] <= state_.last.at) {
        ++tick_;
    }
}

void BlockReader::read_value() {
    if (!bits_.take_bit()) {
        read_whole(false);
    } else if (!bits_.take_bit()) {
        read_whole(true);
    } else if (!bits_.take_bit()) {
        read_different();
    } else if (!bits_.take_bit()) {
        state_.leading = static_cast<std::uint8_t>(bits_.take(5));
        const auto length = bits_.take(6);
        state_.length = static_cast<std::uint8_t>(length == 0 ? 64 : length);
        read_different();
    } else if (!bits_.take_bit()) {
        state_.scale = static_cast<std::uint8_t>(bits_.take(3));
        read_whole(false);
    }
}

void BlockReader::read_whole(bool relative) {
    const auto width = kWidths[bits_.take(3)];
    const auto number = unzigzag(bits_.take(width));
    state_.delta = relative ? state_.delta + number : number;
    const double power = kPowers[state_.scale];
    const double last = std::nearbyint(state_.last.value * power);
    state_.last.value = (last + static_cast<double>(state_.delta)) / power;
}

void BlockReader::read_different() {
    const unsigned shift = 64U - state_.leading - state_.length;
    const auto difference = bits_.take(state_.length) << shift;
    state_.last.value = std::bit_cast<double>(bits_of(state_.last.value) ^ difference);
    state_.delta = 0;
}

} // namespace opsmon::history
