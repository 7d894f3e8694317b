#pragma once
// This component holds what the remedy for a dead node of Slony-I decides by: plain facts of one
// moment, and a decision with every reason in words and numbers. The source gathers the facts,
// preconditions.cpp decides. Unknown is never taken for a reason to act.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "postgres/slony_remedy_rows.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::remedy {

using postgres::Number;
using postgres::Refusal;

// How the node was asked for from here, in the tries since it last answered.
struct Reach {
    bool address_known = false;
    unsigned tries = 0;
    TimestampMs first_try_at = 0;
    TimestampMs last_try_at = 0;
    std::string last_result; // of the last try, with the address
    bool answered = false;   // the last try, or something not certain
};

struct Facts {
    TimestampMs now = 0;
    TimestampMs view_at = 0;
    TimestampMs watched_since = 0; // 0: the cluster is not watched
    postgres::SlonyRows cluster;
    int node = 0;
    Reach reach;
    std::optional<postgres::DataVolumeRow> volume;
    std::string volume_problem;                   // why there is none
    std::optional<std::string> policy;            // of the node in opsmon.consumers
    bool inventory_readable = false;              // else there may be a policy that is not known
    std::optional<std::vector<Refusal>> database; // what opsmon_slony.examine() has against it
    std::string database_problem;                 // why it was not asked
};

enum class Verdict { Refuse, Would, Act };

struct Decision {
    Verdict verdict = Verdict::Refuse;
    std::vector<Refusal> refusals; // none: it would be dropped, or is
    std::string summary;           // one line, with the numbers
};

} // namespace opsmon::remedy
