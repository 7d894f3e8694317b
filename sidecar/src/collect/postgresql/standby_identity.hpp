#pragma once
// This component decides what a standby is called in the label `slave`. Users know their standbys
// by client address; where that does not tell them apart, the consumer's name is added. The
// sampler's metrics use it. Pure; it remembers which addresses were ever shared, so that the name
// of a healthy standby does not change when its neighbour comes and goes.

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace opsmon::collect {

struct StandbyFacts {
    std::string address;  // empty over a unix socket
    std::string consumer; // its slot, else its application name
    std::optional<double> backend_start;
    double pid = 0;
};

class StandbyIdentity {
public:
    // One name per standby, in their order; never two equal, never empty, safe as a label value.
    std::vector<std::string> name_all(const std::vector<StandbyFacts>& standbys);

private:
    void note_shared_addresses(const std::vector<StandbyFacts>& standbys);
    [[nodiscard]] std::string plain_name(const StandbyFacts& standby) const;

    std::set<std::string> shared_addresses_;
};

} // namespace opsmon::collect
