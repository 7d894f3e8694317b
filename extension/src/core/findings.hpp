#pragma once
// This component collects what a verdict finds, the worst first, and makes one verdict of it. The
// parts of core/verdict use it; it judges nothing itself.

#include "core/verdict.hpp"
#include "core/words.hpp"

namespace opsmon::core {

inline constexpr std::uint32_t kFindingsMax = 12;

using Sentence = Words<256>;

struct Finding {
    bool is_bad;
    std::uint32_t weight; // the larger, the sooner a person has to know; as the page's, times 100
    Text<256> words;
};

class Findings {
public:
    // Kept in order; what does not fit is the least.
    void add(bool is_bad, std::uint32_t weight, const Sentence& words) {
        std::uint32_t place = count_;
        while (place > 0 && findings_[place - 1].weight < weight) {
            --place;
        }
        if (place == kFindingsMax) {
            return;
        }
        count_ += count_ < kFindingsMax ? 1 : 0;
        for (std::uint32_t i = count_ - 1; i > place; --i) {
            findings_[i] = findings_[i - 1];
        }
        findings_[place] = {is_bad, weight, words.text()};
    }
    void bad(std::uint32_t weight, const Sentence& words) { add(true, weight, words); }
    void warn(std::uint32_t weight, const Sentence& words) { add(false, weight, words); }

    std::uint32_t count() const { return count_; }

    Verdict verdict() const {
        Verdict result{};
        result.severity = Severity::Warning;
        result.words = findings_[0].words;
        Words<1024> more;
        for (std::uint32_t i = 0; i < count_; ++i) {
            result.severity = findings_[i].is_bad ? Severity::Critical : result.severity;
            if (i > 0) {
                more.add(i > 1 ? "; " : "").add(findings_[i].words.bytes);
            }
        }
        result.more = more.text();
        return result;
    }

private:
    std::uint32_t count_ = 0;
    Finding findings_[kFindingsMax] = {};
};

} // namespace opsmon::core
