#pragma once
// This component provides `StoredSeries`: the samples of one series, packed in blocks, and its
// newest one as it is. The history has one for each series. It knows neither labels nor limits, and
// its samples are only ever appended, or cut off at one of the two ends.
//
// Of the samples between two ticks only the newest is there: it is replaced by the next one, so
// that the blocks hold an even series however often it was appended to. What begins or ends a
// series is always kept.

#include "history/block_pool.hpp"
#include "history/sample_codec.hpp"
#include "history/source.hpp"
#include "history/ticks.hpp"

#include <optional>
#include <vector>

namespace opsmon::history {

// What all series share.
struct SampleStore {
    BlockPool blocks;
    Ticks ticks;
    std::size_t samples = 0; // in all blocks
};

class StoredSeries {
public:
    // `point` is later than any before; `on_tick`: its moment is the last of the ticks. True when a
    // block was taken, so that the caller looks at its limits.
    bool append(SampleStore& store, Point point, bool on_tick);

    // A stale marker, behind the sample before it. Nothing where the series has ended already.
    void end(SampleStore& store, TimestampMs at);

    [[nodiscard]] bool empty() const { return !last_; }
    [[nodiscard]] bool has_ended() const;
    // Must not be empty.
    [[nodiscard]] const Point& last() const { return *last_; }
    [[nodiscard]] std::optional<TimestampMs> first_block_at(const SampleStore& store) const;

    // The newest sample at or before `until`, a stale marker too.
    [[nodiscard]] std::optional<Point> newest(const SampleStore& store, TimestampMs until) const;
    void collect(const SampleStore& store, TimestampMs after, TimestampMs until,
                 std::vector<Point>& out) const;

    // Gives back blocks all of whose samples are older; the last one stays. Returns how many
    // samples went with them.
    std::size_t drop_before(SampleStore& store, TimestampMs at);
    // Forgets the samples at `at` and later, before the ticks do.
    void drop_from(SampleStore& store, TimestampMs at);
    void clear(SampleStore& store);
    // Its blocks into another pool, which is to take the place of this one.
    void move_blocks(const BlockPool& from, BlockPool& to);

    [[nodiscard]] std::size_t index_bytes() const {
        return blocks_.capacity() * sizeof(BlockPool::Index);
    }

private:
    bool keep_last(SampleStore& store); // true when a block was taken
    void open_block(SampleStore& store);
    void give_back(SampleStore& store, std::size_t begin, std::size_t end);
    // The last block that begins at or before `at`; size() where there is none.
    [[nodiscard]] std::size_t block_at(const SampleStore& store, TimestampMs at) const;

    std::vector<BlockPool::Index> blocks_;
    CodecState codec_; // after the last sample of the last block
    std::optional<Point> last_;
    bool is_kept_ = false; // is the last one in a block?
};

} // namespace opsmon::history
