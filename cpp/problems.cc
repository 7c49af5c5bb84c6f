/* How problems in a plan become one error of Nix. */
#include "problems.hh"

namespace system_installer {

using namespace nix_compat;

namespace {

/* Beyond this many, more of the list helps nobody. */
constexpr size_t maxShown = 50;

/* The attribute of this name, a name that is not UTF-8 included: those came to Rust with replacement characters. */
const Attr * findAttribute(EvalState & state, Bindings & set, const std::string & name)
{
    if (auto attribute = find(set, state.symbols.create(name))) return attribute;
    for (auto & attribute : set) {
        auto raw = nameOf(state, attribute.name);
        if (std::string(rust::String::lossy(raw.data(), raw.size())) == name) return &attribute;
    }
    return nullptr;
}

/* The place of the value at `path`: its attribute's. Where the last step names something that is missing, the set that
   lacks it. Where Nix knows no place, the nearest known one around it. */
Position locate(EvalState & state, Value & plan, Position position, const rust::Vec<Segment> & path)
{
    auto best = position;
    auto better = [&](Position candidate) {
        if (isKnown(candidate)) best = candidate;
    };
    auto * value = &plan;
    if (value->type() == nix::nAttrs) better(positionOf(attributesOf(*value)));
    for (auto & segment : path) {
        if (segment.is_name && value->type() == nix::nAttrs) {
            auto & set = attributesOf(*value);
            auto attribute = findAttribute(state, set, std::string(segment.name));
            if (!attribute) {
                better(positionOf(set));
                break;
            }
            better(positionOf(*attribute));
            value = attribute->value;
        } else if (!segment.is_name && value->type() == nix::nList && segment.index < value->listSize()) {
            value = elementOf(*value, segment.index);
            if (value->type() == nix::nAttrs) better(positionOf(attributesOf(*value)));
        } else
            break;
    }
    return best;
}

std::string tell(EvalState & state, const Problem & problem, Position position)
{
    std::string text(problem.text);
    if (isKnown(position)) text += " (at " + showPosition(state, position) + ")";
    if (!problem.hint.empty()) text += "\n  hint: " + std::string(problem.hint);
    return text;
}

}

void report(EvalState & state, Value & plan, Position position, const rust::Vec<Problem> & problems)
{
    std::vector<const Problem *> errors, warnings;
    for (auto & problem : problems)
        (problem.is_error ? errors : warnings).push_back(&problem);

    auto place = [&](const Problem * problem) { return locate(state, plan, position, problem->path); };
    if (errors.empty()) {
        for (auto warning : warnings)
            warn(tell(state, *warning, place(warning)));
        return;
    }

    auto message = errors.size() == 1 ? std::string("the installer plan has a problem:")
                                      : "the installer plan has " + std::to_string(errors.size()) + " problems:";
    for (size_t n = 0; n < errors.size() && n < maxShown; n++)
        message += "\n" + tell(state, *errors[n], place(errors[n]));
    if (errors.size() > maxShown) message += "\nand " + std::to_string(errors.size() - maxShown) + " more";
    fail(state, place(errors[0]), message);
}

}
