#include "collect/probe/postgres_answer.hpp"
#include "collect/probe/probe_kinds.hpp"
#include "collect/probe/wire.hpp"

namespace opsmon::collect {

void probe_postgres(const config::Service& service, Resolver& resolver, SteadyTime deadline,
                    ProbeOutcome& out) {
    Wire wire(out, deadline);
    const bool connected = service.socket_path.empty() ? wire.connect(resolver, service.address)
                                                       : wire.connect_unix(service.socket_path);
    const SteadyTime asked = steady_now();
    if (!connected || !wire.send(postgres_startup("postgres", "postgres"))) {
        return;
    }
    std::string bytes;
    std::optional<PostgresAnswer> answer;
    while (!answer) {
        const Wire::Got got = wire.receive(bytes, kMaxPostgresAnswerBytes + 1 - bytes.size());
        if (got == Wire::Got::Failed) {
            return;
        }
        if (got == Wire::Got::End) {
            out.fail(Reason::Reset, "closed without an answer");
            return;
        }
        answer = parse_postgres_answer(bytes);
    }
    out.add_phase(Phase::FirstByte, asked, steady_now());
    switch (answer->verdict) {
    case PostgresAnswer::Verdict::Accepting:
        out.step(answer->state.empty() ? "accepting connections"
                                       : "accepting connections: " + answer->message);
        static_cast<void>(wire.send(std::string_view("X\0\0\0\4", 5))); // a farewell
        break;
    case PostgresAnswer::Verdict::Rejecting:
        out.fail(Reason::NotAccepting, "rejecting connections: " + answer->message);
        break;
    case PostgresAnswer::Verdict::NotPostgres:
        out.fail(Reason::Protocol, "the answer is not of PostgreSQL's protocol");
        break;
    }
}

} // namespace opsmon::collect
