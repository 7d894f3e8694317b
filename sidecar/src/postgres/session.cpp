#include "postgres/session.hpp"

#include <utility>

#include "postgres/open_session.hpp"

namespace opsmon::postgres {

Result<Answer> Session::ask(SteadyTime deadline, const StopSignal& stop) {
    if (connection_) {
        auto answer = run_cycle(deadline, stop);
        if (answer) {
            return answer;
        }
        connection_.reset();
        if (steady_now() >= deadline) {
            return answer;
        }
    }
    if (!backoff_.may_try(steady_now())) {
        return last_failure_;
    }
    if (auto connected = connect(deadline, stop); !connected) {
        last_failure_ = connected.error();
        backoff_.failed(steady_now());
        return last_failure_;
    }
    backoff_.succeeded();
    auto answer = run_cycle(deadline, stop);
    if (!answer) {
        connection_.reset();
    }
    return answer;
}

Result<Answer> Session::run_cycle(SteadyTime deadline, const StopSignal& stop) {
    auto answer = connection_->run(server_sql(), deadline, stop);
    if (!answer) {
        return answer;
    }
    const auto server = read_server(*answer);
    if (!server || !server->extension_version) {
        return answer;
    }
    auto views = connection_->run(extension_sql(), deadline, stop);
    if (!views) {
        return views;
    }
    for (ResultPtr& result : views->results) {
        answer->results.push_back(std::move(result));
    }
    answer->error = std::move(views->error);
    answer->error_code = std::move(views->error_code);
    return answer;
}

Result<void> Session::connect(SteadyTime deadline, const StopSignal& stop) {
    auto opened = open_session(settings_, deadline, stop);
    if (!opened) {
        return opened.error();
    }
    connection_ = std::move(*opened);
    return {};
}

} // namespace opsmon::postgres
