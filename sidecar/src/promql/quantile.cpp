#include "promql/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace opsmon::promql {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Buckets of one bound become one, and no bucket has less than those below it: what is scraped
// while it is written, or added up from many, may look otherwise.
void mend(std::vector<Bucket>& buckets) {
    std::size_t last = 0;
    for (std::size_t i = 1; i < buckets.size(); ++i) {
        if (buckets[i].upper_bound == buckets[last].upper_bound) {
            buckets[last].count += buckets[i].count;
        } else {
            buckets[++last] = buckets[i];
        }
    }
    buckets.resize(last + 1);
    double most = buckets[0].count;
    for (auto& bucket : buckets) {
        if (bucket.count > most) {
            most = bucket.count;
        } else if (bucket.count < most) {
            bucket.count = most;
        }
    }
}

} // namespace

double quantile(double q, std::vector<double>& values) {
    if (values.empty() || std::isnan(q)) {
        return kNaN;
    }
    if (q < 0 || q > 1) {
        return q < 0 ? -kInfinity : kInfinity;
    }
    std::sort(values.begin(), values.end(),
              [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
    const auto n = static_cast<double>(values.size());
    const double rank = q * (n - 1);
    const double lower = std::max(0.0, std::floor(rank));
    const double upper = std::min(n - 1, lower + 1);
    const double weight = rank - std::floor(rank);
    return values[static_cast<std::size_t>(lower)] * (1 - weight) +
           values[static_cast<std::size_t>(upper)] * weight;
}

double bucket_quantile(double q, std::vector<Bucket>& buckets) {
    if (std::isnan(q)) {
        return kNaN;
    }
    if (q < 0 || q > 1) {
        return q < 0 ? -kInfinity : kInfinity;
    }
    std::stable_sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) {
        return a.upper_bound < b.upper_bound;
    });
    if (buckets.empty() || buckets.back().upper_bound != kInfinity) {
        return kNaN;
    }
    mend(buckets);
    const double observations = buckets.back().count;
    if (buckets.size() < 2 || observations == 0) {
        return kNaN;
    }
    double rank = q * observations;
    const auto last = buckets.size() - 1;
    std::size_t at = 0;
    for (std::size_t end = last; at < end;) { // a search that NaN sends to the end, not astray
        const auto middle = at + (end - at) / 2;
        if (buckets[middle].count >= rank) {
            end = middle;
        } else {
            at = middle + 1;
        }
    }
    if (at == last) {
        return buckets[last - 1].upper_bound;
    }
    if (at == 0 && buckets[0].upper_bound <= 0) {
        return buckets[0].upper_bound;
    }
    double start = 0;
    double count = buckets[at].count;
    if (at > 0) {
        start = buckets[at - 1].upper_bound;
        count -= buckets[at - 1].count;
        rank -= buckets[at - 1].count;
    }
    return start + (buckets[at].upper_bound - start) * (rank / count);
}

} // namespace opsmon::promql
