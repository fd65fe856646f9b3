#include "cost_model.hpp"

#include "registry.hpp"
#include "ufunc.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace flopscope {

namespace {

CostModel& model_in_force() noexcept {
    static auto* model = new CostModel(default_cost_model());
    return *model;
}

bool is_default = true;

// What an operation weighs like that is not listed itself: add.reduceat like add, the draws of a
// generator like the function of that name. Null where there is none.
const Operation* kin_of(const Operation& op) noexcept {
    const std::string_view name = op.name;
    if (std::strcmp(op.family, "ufunc methods") == 0)
        return registry().find(name.substr(0, name.rfind('.')));
    if (name.starts_with("random.") && name.find('.', 7) != name.npos)
        return registry().find("random" + std::string(name.substr(name.rfind('.'))));
    return nullptr;
}

} // namespace

CostModel default_cost_model() noexcept {
    CostModel model;
    for (int type = 0; type < type_count; ++type)
        model.rates[static_cast<std::size_t>(type)] = rate_of(type);
    return model;
}

const CostModel& cost_model() noexcept {
    return model_in_force();
}

bool has_default_costs() noexcept {
    return is_default;
}

void set_cost_model(CostModel model) {
    if (!model.unlisted)
        std::erase_if(model.weights, [](const auto& listed) {
            return listed.second == listed.first->spec.weight;
        });
    is_default = model == default_cost_model();
    model_in_force() = std::move(model);
    reprice_functions();
    reprice_ufuncs();
}

void weigh_instead(const Operation& before, const Operation& now) {
    auto& weights = model_in_force().weights;
    if (const auto listed = weights.find(&before); listed != weights.end())
        weights[&now] = listed->second;
}

double weight_of(const Operation& op) noexcept {
    if (is_default) return op.spec.weight;
    const CostModel& model = cost_model();
    for (const Operation* one : {&op, kin_of(op)})
        if (const auto listed = model.weights.find(one); listed != model.weights.end())
            return listed->second;
    return model.unlisted.value_or(op.spec.weight);
}

} // namespace flopscope
