#pragma once
// This component provides the source of the collector `slony_remedy`: the remedy for dead nodes of
// Slony-I, for each cluster of the newest view, and what it has to show. Collectors starts it. It
// reads no table of Slony-I: the view is the collector's, and what is done goes through the
// functions of opsmon_slony.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "collect/documents.hpp"
#include "collect/source.hpp"
#include "remedy/cluster_remedy.hpp"

namespace opsmon::remedy {

inline constexpr const char* kSlonyPath = "/api/v1/slony";

class SlonyRemedySource : public collect::Source {
public:
    // `store` may be null.
    SlonyRemedySource(const config::Postgres& server, const config::Slony& settings,
                      std::chrono::milliseconds timeout, std::shared_ptr<collect::SlonyPlace> place,
                      std::shared_ptr<store::Store> store);

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"slony_remedy"}; }
    std::vector<collect::CollectorReport> collect(const collect::CycleTime& now,
                                                  const StopSignal& stop) override;
    // What writes /api/v1/slony, from any thread, also when this source is gone.
    [[nodiscard]] collect::Documents::Write document() const;

private:
    struct Shown {
        std::mutex mutex;
        std::string text = "{}";
    };
    using Key = std::pair<std::string, std::string>; // database and cluster

    void look(const collect::SlonyView& view, Around& around);
    [[nodiscard]] collect::CollectorReport report(TimestampMs now) const;

    config::Postgres server_;
    config::Postgres login_;
    config::SlonyRemedy settings_;
    std::chrono::milliseconds timeout_;
    std::shared_ptr<collect::SlonyPlace> place_;
    std::shared_ptr<store::Store> store_;
    std::shared_ptr<Shown> shown_ = std::make_shared<Shown>();
    Resolver resolver_;
    std::shared_ptr<const collect::SlonyView> seen_; // what was decided by
    std::map<Key, ClusterRemedy> clusters_;
};

} // namespace opsmon::remedy
