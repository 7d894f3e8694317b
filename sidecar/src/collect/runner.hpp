#pragma once
// This component provides `Runner`: one source in its own thread, its reports on the board, its
// failures in the log (when they change, not each cycle). The application makes one per source. It
// knows nothing of what the source reads.

#include <map>
#include <memory>
#include <string>

#include "base/scheduler.hpp"
#include "collect/board.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

// Tells which change of a collector's state is worth a line in the log.
class FailureLog {
public:
    // The line to write for this report, empty for none.
    std::string line_for(const CollectorReport& report);

private:
    std::map<std::string, std::string> failing_; // collector -> its error
};

class Runner {
public:
    Runner(const std::string& name, std::shared_ptr<Board> board, std::shared_ptr<Source> source,
           Timing timing);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void request_stop() { task_->request_stop(); }
    bool wait_until_stopped(SteadyTime deadline) { return task_->wait_until_stopped(deadline); }

private:
    std::shared_ptr<Board> board_;
    Board::Registration registration_;
    std::unique_ptr<PeriodicTask> task_;
};

} // namespace opsmon::collect
