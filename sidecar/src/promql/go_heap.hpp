#pragma once
// This component provides a heap that moves its elements exactly as Go's container/heap: which of
// several equal values topk keeps depends on it.

#include <utility>
#include <vector>

namespace opsmon::promql {

// Places the last element.
template <typename T, typename Before>
void sift_up(std::vector<T>& heap, Before before) {
    for (std::size_t at = heap.size() - 1; at > 0;) {
        const std::size_t parent = (at - 1) / 2;
        if (!before(heap[at], heap[parent])) {
            break;
        }
        std::swap(heap[at], heap[parent]);
        at = parent;
    }
}

// Places the first element.
template <typename T, typename Before>
void sift_down(std::vector<T>& heap, Before before) {
    for (std::size_t at = 0;;) {
        const std::size_t left = 2 * at + 1;
        if (left >= heap.size()) {
            break;
        }
        const std::size_t right = left + 1;
        const auto child = right < heap.size() && before(heap[right], heap[left]) ? right : left;
        if (!before(heap[child], heap[at])) {
            break;
        }
        std::swap(heap[at], heap[child]);
        at = child;
    }
}

} // namespace opsmon::promql
