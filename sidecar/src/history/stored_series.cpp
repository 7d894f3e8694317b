#include "history/stored_series.hpp"

#include "history/stale.hpp"

#include <algorithm>

namespace opsmon::history {

bool StoredSeries::append(SampleStore& store, Point point, bool on_tick) {
    const bool begins = !last_ || has_ended();
    last_ = point;
    is_kept_ = false;
    return (begins || on_tick) && keep_last(store);
}

void StoredSeries::end(SampleStore& store, TimestampMs at) {
    if (!last_ || has_ended()) {
        return;
    }
    if (!is_kept_) {
        keep_last(store);
    }
    last_ = Point{at, stale_marker()};
    keep_last(store);
}

bool StoredSeries::has_ended() const {
    return last_ && is_stale(last_->value);
}

std::optional<TimestampMs> StoredSeries::first_block_at(const SampleStore& store) const {
    return blocks_.empty() ? std::nullopt : std::optional(store.blocks[blocks_.front()].first_at);
}

bool StoredSeries::keep_last(SampleStore& store) {
    is_kept_ = true;
    ++store.samples;
    if (!blocks_.empty() &&
        add_to_block(store.blocks[blocks_.back()], codec_, store.ticks, *last_)) {
        return false;
    }
    open_block(store);
    return true;
}

void StoredSeries::open_block(SampleStore& store) {
    blocks_.push_back(store.blocks.take());
    begin_block(store.blocks[blocks_.back()], codec_, *last_);
}

std::size_t StoredSeries::block_at(const SampleStore& store, TimestampMs at) const {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), at,
                                        [&](TimestampMs wanted, BlockPool::Index index) {
                                            return wanted < store.blocks[index].first_at;
                                        });
    return after == blocks_.begin() ? blocks_.size()
                                    : static_cast<std::size_t>(after - blocks_.begin() - 1);
}

std::optional<Point> StoredSeries::newest(const SampleStore& store, TimestampMs until) const {
    if (last_ && last_->at <= until) {
        return last_;
    }
    const std::size_t block = block_at(store, until);
    if (block == blocks_.size()) {
        return std::nullopt;
    }
    std::optional<Point> out;
    BlockReader reader(store.blocks[blocks_[block]], store.ticks);
    while (reader.next() && reader.point().at <= until) {
        out = reader.point();
    }
    return out;
}

void StoredSeries::collect(const SampleStore& store, TimestampMs after, TimestampMs until,
                           std::vector<Point>& out) const {
    const std::size_t first = block_at(store, after);
    for (std::size_t i = first == blocks_.size() ? 0 : first; i < blocks_.size(); ++i) {
        const Block& block = store.blocks[blocks_[i]];
        if (block.first_at > until) {
            return;
        }
        BlockReader reader(block, store.ticks, after);
        while (reader.next() && reader.point().at <= until) {
            if (reader.point().at > after) {
                out.push_back(reader.point());
            }
        }
    }
    if (last_ && !is_kept_ && last_->at > after && last_->at <= until) {
        out.push_back(*last_);
    }
}

std::size_t StoredSeries::drop_before(SampleStore& store, TimestampMs at) {
    std::size_t count = 0;
    // Everything in a block is older than the first sample of the next one.
    while (count + 1 < blocks_.size() && store.blocks[blocks_[count + 1]].first_at <= at) {
        ++count;
    }
    const std::size_t before = store.samples;
    give_back(store, 0, count);
    return before - store.samples;
}

void StoredSeries::drop_from(SampleStore& store, TimestampMs at) {
    if (!last_ || last_->at < at) {
        return;
    }
    const std::size_t block = block_at(store, at - 1);
    if (block == blocks_.size()) {
        clear(store);
        return;
    }
    give_back(store, block + 1, blocks_.size());
    // The rest of the block is packed again: what the codec knew at its end is not known here.
    std::vector<Point> points;
    BlockReader reader(store.blocks[blocks_[block]], store.ticks);
    while (reader.next() && reader.point().at < at) {
        points.push_back(reader.point());
    }
    give_back(store, block, blocks_.size());
    last_ = points.front();
    open_block(store);
    is_kept_ = true;
    ++store.samples;
    for (std::size_t i = 1; i < points.size(); ++i) {
        last_ = points[i];
        keep_last(store);
    }
}

void StoredSeries::move_blocks(const BlockPool& from, BlockPool& to) {
    for (auto& block : blocks_) {
        const auto moved = to.take();
        to[moved] = from[block];
        block = moved;
    }
    blocks_.shrink_to_fit();
}

void StoredSeries::clear(SampleStore& store) {
    give_back(store, 0, blocks_.size());
    last_.reset();
    is_kept_ = false;
}

void StoredSeries::give_back(SampleStore& store, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
        store.samples -= store.blocks[blocks_[i]].samples;
        store.blocks.give_back(blocks_[i]);
    }
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(begin),
                  blocks_.begin() + static_cast<std::ptrdiff_t>(end));
}

} // namespace opsmon::history
