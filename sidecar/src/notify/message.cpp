#include "notify/message.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace opsmon::notify {

bool comes_before(const AlertPointer& a, const AlertPointer& b) {
    const auto rank = [](const AlertPointer& alert) {
        const auto job = alert->labels.get("job");
        const auto instance = alert->labels.get("instance");
        return std::tuple(job.empty(), job, instance.empty(), instance);
    };
    return std::tuple(rank(a), std::cref(a->labels)) < std::tuple(rank(b), std::cref(b->labels));
}

std::vector<AlertPointer> Message::alerts() const {
    auto out = firing;
    out.insert(out.end(), resolved.begin(), resolved.end());
    std::stable_sort(out.begin(), out.end(), comes_before);
    return out;
}

} // namespace opsmon::notify
