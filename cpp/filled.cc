/* From a flat tree, that of a filled-in plan above all, back to a Nix value. */
#include "filled.hh"

namespace system_installer {

using namespace nix_compat;

namespace {

class Builder
{
    EvalState & state;
    const rust::Vec<Node> & nodes;
    const Originals & originals;
    Value & copy;
    size_t next = 0;

public:
    Builder(EvalState & state, const rust::Vec<Node> & nodes, const Originals & originals, Value & copy)
        : state(state)
        , nodes(nodes)
        , originals(originals)
        , copy(copy)
    { }

    /* The value of the next node; `original` is what the plan has in this place, null where it has nothing. */
    Value * build(Value * original, Position around)
    {
        auto & node = nodes[next++];
        switch (node.kind) {
        case Kind::Null:
            return scalar(original, nix::nNull, [](Value &) { return true; }, [](Value & v) { v.mkNull(); });
        case Kind::Bool:
            return scalar(
                original, nix::nBool, [&](Value & v) { return booleanOf(v) == (node.number != 0); },
                [&](Value & v) { v.mkBool(node.number != 0); });
        case Kind::Int:
            return scalar(
                original, nix::nInt, [&](Value & v) { return integerOf(v) == node.number; },
                [&](Value & v) { v.mkInt(node.number); });
        case Kind::Float:
            return scalar(
                original, nix::nFloat, [&](Value & v) { return floatOf(v) == node.real; },
                [&](Value & v) { v.mkFloat(node.real); });
        case Kind::String: {
            std::string text(node.text);
            if (original && original->type() == nix::nString && textOf(*original) == text) return original;
            if (auto found = originals.find(text); found != originals.end() && found->second->type() != nix::nPath)
                return found->second;
            auto value = state.allocValue();
            setString(state, *value, text);
            return value;
        }
        case Kind::Path: {
            auto value = state.allocValue();
            if (auto found = originals.find(std::string(node.text)); found != originals.end())
                value->mkApp(&copy, found->second);
            else
                setString(state, *value, std::string(node.text));
            return value;
        }
        case Kind::List: return list(node, original, around);
        case Kind::Attrs: return attributes(node, original, around);
        default:
            fail(state, around, "the filled-in plan holds a value that no plan can; this is a bug, please report it");
        }
    }

private:
    template<typename Same, typename Set>
    Value * scalar(Value * original, nix::ValueType type, Same same, Set set)
    {
        if (original && original->type() == type && same(*original)) return original;
        auto value = state.allocValue();
        set(*value);
        return value;
    }

    Value * list(const Node & node, Value * original, Position around)
    {
        if (original && original->type() != nix::nList) original = nullptr;
        auto same = original && original->listSize() == node.count;
        nix::ValueVector elements;
        for (size_t index = 0; index < node.count; index++) {
            auto own = original && index < original->listSize() ? elementOf(*original, index) : nullptr;
            elements.push_back(build(own, around));
            same = same && elements.back() == own;
        }
        if (same) return original;
        auto value = state.allocValue();
        setList(state, *value, elements);
        return value;
    }

    Value * attributes(const Node & node, Value * original, Position around)
    {
        auto set = original && original->type() == nix::nAttrs ? &attributesOf(*original) : nullptr;
        auto same = set && set->size() == node.count;
        auto bindings = state.buildBindings(node.count);
        for (size_t n = 0; n < node.count; n++) {
            auto name = state.symbols.create(std::string(nodes[next].key));
            auto own = set ? find(*set, name) : nullptr;
            auto position = own && isKnown(positionOf(*own)) ? positionOf(*own) : around;
            auto value = build(own ? own->value : nullptr, position);
            same = same && own && own->value == value;
            bindings.insert(name, value, storedPosition(position));
        }
        if (same) return original;
        auto value = state.allocValue();
        value->mkAttrs(bindings);
        return value;
    }
};

}

Value * filled(
    EvalState & state, const rust::Vec<Node> & nodes, Value & plan, const Originals & originals, Value & copy)
{
    return Builder(state, nodes, originals, copy).build(&plan, noPosition());
}

Value * built(EvalState & state, const rust::Vec<Node> & nodes)
{
    Value copy;
    copy.mkNull();
    Originals none;
    return Builder(state, nodes, none, copy).build(nullptr, noPosition());
}

}
