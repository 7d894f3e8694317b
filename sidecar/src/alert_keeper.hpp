#pragma once
// This component provides `AlertKeeper`, which carries pending and firing alerts over a restart: it
// writes to the store what the engine says has changed, and hands it back at the start. The
// pipeline has one. Without a store, or with one that fails, alerts only live as long as the
// process.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "rules/engine.hpp"
#include "store/store.hpp"

namespace opsmon {

class AlertKeeper {
public:
    explicit AlertKeeper(std::shared_ptr<store::Store> store) : store_(std::move(store)) {}

    // Until it has succeeded once: afterwards the engine knows better. What the process before this
    // one kept is not written over until it was read.
    void restore(rules::Engine& engine);
    // After each evaluation.
    void keep(rules::Engine& engine, TimestampMs now);

private:
    void keep_rule(const rules::SavedRule& rule);
    void write_index();
    bool write(const std::string& key, const std::string& value);

    std::shared_ptr<store::Store> store_;
    bool restored_ = false;
    int failed_reads_ = 0;
    bool told_of_reading_ = false;             // that it fails
    std::map<std::string, std::size_t> parts_; // of each rule that has alerts, by its key
    std::optional<TimestampMs> told_at_;
    bool failed_ = false; // and the log knows
};

} // namespace opsmon
