#include <catch2/catch.hpp>

#include <stdexcept>

#include "collect/runner.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

CollectorReport report(bool success, const std::string& error) {
    return {"a", success, error, 0, {}};
}

// Succeeds once and then hangs until it is released.
class HangingSource : public Source {
public:
    explicit HangingSource(std::shared_ptr<StopSignal> released) : released_(std::move(released)) {}
    std::vector<std::string> collectors() const override { return {"a"}; }
    std::vector<CollectorReport> collect(const CycleTime&, const StopSignal&) override {
        if (++cycles_ > 1) {
            released_->wait_until(steady_now() + 60s);
        }
        return {report(true, "")};
    }

private:
    std::shared_ptr<StopSignal> released_;
    int cycles_ = 0;
};

} // namespace

TEST_CASE("a_failure_is_worth_a_line_when_it_begins_changes_or_ends") {
    FailureLog log;
    CHECK(log.line_for(report(true, "")).empty());
    CHECK(log.line_for(report(false, "x")) == "collector fails");
    CHECK(log.line_for(report(false, "x")).empty());
    CHECK(log.line_for(report(false, "y")) == "collector fails");
    CHECK(log.line_for(report(true, "")) == "collector works again");
    CHECK(log.line_for(report(true, "")).empty());
}

TEST_CASE("puts_reports_on_the_board_and_leaves_it_when_destroyed") {
    auto board = std::make_shared<Board>();
    auto released = std::make_shared<StopSignal>();
    {
        Runner runner("a", board, std::make_shared<HangingSource>(released), {1h, 1s});
        board->wait_for_news(steady_now() + 10s);
        REQUIRE(board->view().entries.size() == 1);
        CHECK(board->view().entries[0].report->success);
        CHECK(board->view().entries[0].report->duration_seconds >= 0);
    }
    CHECK(board->view().entries.empty());
}

TEST_CASE("a_source_that_hangs_does_not_hold_up_the_end_of_its_runner") {
    auto board = std::make_shared<Board>();
    auto released = std::make_shared<StopSignal>();
    auto runner = std::make_unique<Runner>("a", board, std::make_shared<HangingSource>(released),
                                           Timing{1ms, 1s});
    board->wait_for_news(steady_now() + 10s);
    runner->request_stop();
    runner.reset();
    CHECK(board->view().entries.empty());
    released->request();
}

namespace {

class ThrowingSource : public Source {
public:
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"a", "b"}; }
    std::vector<CollectorReport> collect(const CycleTime&, const StopSignal&) override {
        throw std::out_of_range("nothing there");
    }
};

} // namespace

TEST_CASE("what_a_source_throws_fails_its_collectors_and_nothing_else") {
    auto board = std::make_shared<Board>();
    const Runner runner("a", board, std::make_shared<ThrowingSource>(), {1h, 1s});
    REQUIRE(board->wait_for_news(steady_now() + 30s));
    const BoardView view = board->view();
    REQUIRE(view.entries.size() == 2);
    for (const BoardEntry& entry : view.entries) {
        CHECK_FALSE(entry.report->success);
        CHECK(entry.report->error.find("nothing there") != std::string::npos);
    }
}
