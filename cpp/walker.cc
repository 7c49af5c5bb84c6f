/* From a Nix value to the flat tree that crosses the bridge. */
#include "walker.hh"

#include <algorithm>

namespace system_installer {

using namespace nix_compat;

namespace {

/* Sets and lists within each other; no plan comes near it, and it bounds the recursion here and in Rust. */
constexpr size_t maxDepth = 64;

/* Values of one plan: more than twenty times what 100,000 files need. It ends the walk through a package set that got
   into the plan by mistake. */
constexpr size_t maxNodes = 2'000'000;

/* Where the walk is: an attribute or, where `index` is set, an element of a list. */
struct Step
{
    std::string_view name;
    std::optional<size_t> index;
};

class Walker
{
    EvalState & state;
    Originals * originals;
    const Symbol outPath, toString;
    std::vector<const void *> ancestors;
    std::vector<Step> path;

public:
    rust::Vec<Node> nodes;

    Walker(EvalState & state, Originals * originals)
        : state(state)
        , originals(originals)
        , outPath(state.symbols.create("outPath"))
        , toString(state.symbols.create("__toString"))
    { }

    /* `position` is that of the attribute that holds `value`, or of the nearest one around it. */
    void walk(Value & value, std::string_view key, Position position)
    {
        checkInterrupt();
        traced(position, [&] { force(state, value, position); });
        if (nodes.size() >= maxNodes)
            fail(state, position, "the installer plan has more than " + std::to_string(maxNodes)
                + " values (at `" + here() + "`); a plan holds no package sets, module arguments and the like");

        switch (value.type()) {
        case nix::nNull: add(Kind::Null, key); break;
        case nix::nBool: add(Kind::Bool, key).number = booleanOf(value); break;
        case nix::nInt: add(Kind::Int, key).number = integerOf(value); break;
        case nix::nFloat: add(Kind::Float, key).real = floatOf(value); break;
        case nix::nString:
            addText(Kind::String, key, textOf(value)).number = hasContext(value);
            if (hasContext(value)) remember(textOf(value), value);
            break;
        case nix::nPath:
            addText(Kind::Path, key, pathOf(value));
            remember(pathOf(value), value);
            break;
        case nix::nAttrs: walkAttributes(value, key, position); break;
        case nix::nList: walkList(value, key, position); break;
        case nix::nFunction: add(Kind::Function, key); break;
        /* External values of other plugins. What is not evaluated, or failed to be, is none of this any more. */
        default: add(Kind::External, key);
        }
    }

private:
    void walkAttributes(Value & value, std::string_view key, Position position)
    {
        auto & set = attributesOf(value);
        if (!enter(&set, key)) return;
        if (find(set, toString)) {
            Converted string;
            traced(position, [&] { string = callToString(state, value, position); });
            addText(Kind::String, key, string.text).number = string.hasContext;
            remember(string.text, value);
        } else if (auto attribute = find(set, outPath)) {
            auto at = nodes.size();
            walk(*attribute->value, key, nearest(positionOf(*attribute), position));
            if (nodes[at].kind == Kind::String) remember(std::string(nodes[at].text), value);
        } else {
            add(Kind::Attrs, key).count = set.size();
            for (auto attribute : sortedByName(state, set)) {
                auto name = nameOf(state, attribute->name);
                /* A name that cannot be told is refused whatever it stands for. What no plan has is refused too; it may
                   be a whole package set, so nobody looks into it. */
                if (!isUtf8(name))
                    add(Kind::NotUtf8, name);
                else if (path.empty() && !is_attribute({name.data(), name.size()}))
                    add(Kind::Null, name);
                else {
                    path.push_back({name, std::nullopt});
                    walk(*attribute->value, name, nearest(positionOf(*attribute), position));
                    path.pop_back();
                }
            }
        }
        ancestors.pop_back();
    }

    void walkList(Value & value, std::string_view key, Position position)
    {
        if (!enter(identityOf(value), key)) return;
        auto size = value.listSize();
        add(Kind::List, key).count = size;
        for (size_t index = 0; index < size; index++) {
            path.push_back({{}, index});
            walk(*elementOf(value, index), {}, position);
            path.pop_back();
        }
        ancestors.pop_back();
    }

    /* Whether the walk may go into the set or list; if not, a node says why. */
    bool enter(const void * identity, std::string_view key)
    {
        if (std::find(ancestors.begin(), ancestors.end(), identity) != ancestors.end()) {
            add(Kind::Cycle, key);
            return false;
        }
        if (ancestors.size() == maxDepth) {
            add(Kind::TooDeep, key);
            return false;
        }
        ancestors.push_back(identity);
        return true;
    }

    Node & add(Kind kind, std::string_view key)
    {
        Node node{};
        node.kind = kind;
        node.key = lossy(key);
        nodes.push_back(std::move(node));
        return nodes[nodes.size() - 1];
    }

    Node & addText(Kind kind, std::string_view key, std::string_view text)
    {
        auto & node = add(isUtf8(text) ? kind : Kind::NotUtf8, key);
        node.text = lossy(text);
        return node;
    }

    static bool isUtf8(std::string_view text)
    try {
        rust::Str(text.data(), text.size());
        return true;
    } catch (std::invalid_argument &) {
        return false;
    }

    static rust::String lossy(std::string_view text) { return rust::String::lossy(text.data(), text.size()); }

    void remember(std::string_view text, Value & value)
    {
        if (originals) originals->emplace(text, &value);
    }

    static Position nearest(Position own, Position around) { return isKnown(own) ? own : around; }

    std::string here() const
    {
        rust::Vec<Segment> segments;
        for (auto & step : path)
            segments.push_back({lossy(step.name), step.index.value_or(0), !step.index.has_value()});
        return std::string(show_path(segments));
    }

    /* Not catch-all: nix::Interrupted is no nix::Error and must pass as it is. */
    template<typename Action>
    void traced(Position position, Action action)
    {
        try {
            action();
        } catch (nix::Error & error) {
            if (!path.empty())
                addTrace(
                    state, error, position, "while evaluating the attribute '" + here() + "' of the installer plan");
            throw;
        }
    }
};

}

rust::Vec<Node> walk(EvalState & state, Value & plan, Position position, Originals * originals)
{
    Walker walker(state, originals);
    walker.walk(plan, {}, position);
    return std::move(walker.nodes);
}

}
