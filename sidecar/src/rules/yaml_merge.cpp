#include "rules/yaml_merge.hpp"

#include <set>
#include <string>
#include <vector>

namespace opsmon::rules {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxNodes = 1'000'000; // seen through aliases, of which one can hold others

int line_of(const YAML::Node& node) {
    return node.Mark().is_null() ? 1 : node.Mark().line + 1;
}

Error fault(const YAML::Node& node, const std::string& what) {
    return Error{std::to_string(line_of(node)) + ": " + what};
}

bool is_merge_key(const YAML::Node& key) {
    return key.IsScalar() && key.Scalar() == "<<" &&
           (key.Tag() == "?" || key.Tag() == "tag:yaml.org,2002:merge");
}

class Merger {
public:
    Result<void> walk(YAML::Node node, int depth) {
        if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
            return fault(node, "the file is nested too deep, or its aliases hold too much");
        }
        if (node.IsSequence()) {
            for (auto item : node) {
                if (auto done = walk(item, depth + 1); !done) {
                    return done;
                }
            }
        }
        return node.IsMap() ? walk_map(node, depth) : Result<void>();
    }

private:
    Result<void> walk_map(YAML::Node node, int depth) {
        std::vector<YAML::Node> merged;
        for (auto item : node) {
            if (auto done = walk(item.second, depth + 1); !done) {
                return done;
            }
            if (is_merge_key(item.first)) {
                merged.push_back(item.second);
            }
        }
        if (merged.size() > 1) {
            return fault(node, "<< stands twice in one mapping; write <<: [*a, *b]");
        }
        return merged.empty() ? Result<void>() : merge(node, merged.front());
    }

    static Result<void> merge(YAML::Node node, const YAML::Node& what) {
        std::vector<YAML::Node> sources;
        if (what.IsSequence()) {
            for (const auto& one : what) {
                sources.push_back(one);
            }
        } else {
            sources.push_back(what);
        }
        std::set<std::string> known;
        for (const auto& item : node) {
            if (item.first.IsScalar()) {
                known.insert(item.first.Scalar());
            }
        }
        node.remove("<<");
        for (const auto& source : sources) {
            if (!source.IsMap()) {
                return fault(what, "<< needs a mapping, or a list of mappings");
            }
            for (const auto& item : source) {
                if (item.first.IsScalar() && known.insert(item.first.Scalar()).second) {
                    node.force_insert(item.first, item.second);
                }
            }
        }
        return {};
    }

    std::size_t nodes_ = 0;
};

} // namespace

Result<void> merge_keys(YAML::Node root) {
    return Merger().walk(root, 0);
}

} // namespace opsmon::rules
