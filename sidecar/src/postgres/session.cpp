#include "postgres/session.hpp"

#include <algorithm>

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
    const SteadyTime connect_deadline =
        std::min(deadline, steady_now() + settings_.connect_timeout);
    auto opened = open(connect_deadline, stop);
    if (!opened) {
        return opened.error().with_prefix("cannot connect");
    }
    const auto prepared = opened->run(
        session_sql({settings_.statement_timeout, settings_.lock_timeout}), deadline, stop);
    if (!prepared || !prepared->error.empty()) {
        const std::string reason = prepared ? prepared->error : prepared.error().message;
        return Error{"cannot prepare the session: " + reason, true};
    }
    connection_ = std::move(*opened);
    return {};
}

Result<Connection> Session::open(SteadyTime deadline, const StopSignal& stop) const {
    auto options = config::check_conninfo(settings_.conninfo);
    if (!options) {
        return options.error();
    }
    if (!settings_.password_file.empty()) {
        auto password = config::read_password(settings_.password_file);
        if (!password) {
            return password.error();
        }
        options->insert_or_assign("password", std::move(*password));
    }
    // Asking a Kerberos server blocks inside libpq; whoever wants it says so.
    options->try_emplace("gssencmode", "disable");
    options->try_emplace("application_name", "opsmon-sidecar");
    return Connection::open(*options, deadline, stop);
}

} // namespace opsmon::postgres
