#pragma once
// This component provides `SlonyView`, everything known of Slony-I clusters at one moment, and the
// place where the newest one lies. The collector makes it; the remedy and what tells the extension
// read it. A view never changes once it lies there.

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "postgres/slony_deeds.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::collect {

struct UnreadableSlony {
    std::string database;
    std::string cluster; // empty: nobody can tell whether there is one
    std::string why;
    postgres::Number log_bytes = {}; // of the cluster, as far as known
    double slon_backends = 0;        // sessions in this database that call themselves slon's
    bool no_answer = false;          // the database as a whole: it could not be connected to
};

struct SlonyView {
    TimestampMs at = 0;
    std::vector<postgres::SlonyRows> clusters; // by database and cluster
    std::vector<UnreadableSlony> unreadable;
    double databases_omitted = 0; // beyond those that are asked
    double clusters_omitted = 0;  // beyond those that are read
};

class SlonyPlace {
public:
    void put(std::shared_ptr<const SlonyView> view) {
        const std::lock_guard<std::mutex> lock(mutex_);
        view_ = std::move(view);
    }
    // Nothing before the first look.
    [[nodiscard]] std::shared_ptr<const SlonyView> newest() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return view_;
    }

    // What the remedy's ledgers have, the newest of each.
    void put_deeds(std::vector<postgres::SlonyDeedRow> deeds) {
        const std::lock_guard<std::mutex> lock(mutex_);
        deeds_ = std::move(deeds);
    }
    [[nodiscard]] std::vector<postgres::SlonyDeedRow> deeds() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return deeds_;
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const SlonyView> view_;
    std::vector<postgres::SlonyDeedRow> deeds_;
};

} // namespace opsmon::collect
