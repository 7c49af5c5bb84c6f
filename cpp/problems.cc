/* How problems in a plan are told: as one error of Nix, as its warnings, or as a value. */
#include "problems.hh"

#include <algorithm>
#include <optional>
#include <set>

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

/* A problem with its place, if Nix knows one. */
struct Located
{
    const Problem & problem;
    Position position;
    std::optional<Place> place;
};

std::vector<Located>
locateAll(EvalState & state, Value & plan, Position position, const rust::Vec<Problem> & problems, bool areErrors)
{
    std::vector<Located> located;
    for (auto & problem : problems) {
        if (problem.is_error != areErrors) continue;
        auto own = locate(state, plan, position, problem.path);
        located.push_back({problem, own, isKnown(own) ? std::optional(placeAt(state, own)) : std::nullopt});
    }
    return located;
}

std::string fileOf(const Located & located) { return located.place ? located.place->file : ""; }

std::string tell(const Located & located)
{
    auto & problem = located.problem;
    std::string text(problem.code);
    if (!problem.place.empty()) text += " " + std::string(problem.place);
    text += ": " + std::string(problem.message);
    if (auto & place = located.place)
        text += " (at " + place->file + ":" + std::to_string(place->line) + ":" + std::to_string(place->column) + ")";
    if (!problem.hint.empty()) text += "\n  hint: " + std::string(problem.hint);
    return text;
}

/* Nix evaluates a plan as often as somebody calls the builtin with it. */
void tellOnce(const std::string & text)
{
    static auto & told = *new std::set<std::string>;
    if (told.insert(text).second) warn(text);
}

}

void report(EvalState & state, Value & plan, Position position, const rust::Vec<Problem> & problems)
{
    auto errors = locateAll(state, plan, position, problems, true);
    if (errors.empty()) {
        for (auto & warning : locateAll(state, plan, position, problems, false))
            tellOnce(tell(warning));
        return;
    }

    /* They are sorted by path; where several files are concerned, those of one file stay together. */
    std::vector<const Located *> sorted;
    for (auto & error : errors)
        sorted.push_back(&error);
    std::stable_sort(
        sorted.begin(), sorted.end(), [](auto * a, auto * b) { return fileOf(*a) < fileOf(*b); });
    auto severalFiles = fileOf(*sorted.front()) != fileOf(*sorted.back());

    auto message = errors.size() == 1 ? std::string("the installer plan has a problem:")
                                      : "the installer plan has " + std::to_string(errors.size()) + " problems:";
    std::string file;
    for (size_t n = 0; n < sorted.size() && n < maxShown; n++) {
        if (severalFiles && fileOf(*sorted[n]) != file) {
            file = fileOf(*sorted[n]);
            message += "\nin " + file + ":";
        }
        message += "\n" + tell(*sorted[n]);
    }
    if (errors.size() > maxShown) message += "\nand " + std::to_string(errors.size() - maxShown) + " more";
    fail(state, sorted.front()->position, message);
}

void setProblems(
    EvalState & state, Value & result, Value & plan, Position position, const rust::Vec<Problem> & problems)
{
    nix::ValueVector elements;
    for (auto & problem : problems) {
        auto own = locate(state, plan, position, problem.path);
        auto bindings = state.buildBindings(8);
        auto string = [&](std::string_view name, std::string_view text) {
            setString(state, bindings.alloc(name), text);
        };
        auto stringOrNull = [&](std::string_view name, std::string_view text) {
            if (text.empty())
                bindings.alloc(name).mkNull();
            else
                string(name, text);
        };
        string("code", std::string(problem.code));
        string("severity", problem.is_error ? "error" : "warning");
        string("path", std::string(problem.place));
        string("message", std::string(problem.message));
        stringOrNull("hint", std::string(problem.hint));
        if (isKnown(own)) {
            auto place = placeAt(state, own);
            stringOrNull("file", place.isFile ? place.file : "");
            bindings.alloc("line").mkInt(place.line);
            bindings.alloc("column").mkInt(place.column);
        } else
            for (auto name : {"file", "line", "column"})
                bindings.alloc(name).mkNull();
        auto value = state.allocValue();
        value->mkAttrs(bindings);
        elements.push_back(value);
    }
    setList(state, result, elements);
}

}
