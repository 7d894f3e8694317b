#include "history/block_pool.hpp"

namespace opsmon::history {

BlockPool::Index BlockPool::take() {
    if (free_.empty()) {
        const auto begin = static_cast<Index>(slabs_.size() * kBlocksPerSlab);
        slabs_.push_back(std::make_unique<Block[]>(kBlocksPerSlab));
        for (std::size_t i = kBlocksPerSlab; i > 0; --i) {
            free_.push_back(begin + static_cast<Index>(i - 1)); // the first one is taken first
        }
    }
    const Index index = free_.back();
    free_.pop_back();
    ++used_;
    return index;
}

void BlockPool::give_back(Index index) {
    free_.push_back(index);
    --used_;
}

std::size_t BlockPool::allocated_bytes() const {
    return slabs_.size() * kBlocksPerSlab * kBlockBytes + free_.capacity() * sizeof(Index) +
           slabs_.capacity() * sizeof(slabs_[0]);
}

} // namespace opsmon::history
