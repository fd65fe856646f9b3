// The weights and dtype rates in force, apart from what is declared:
// charged = int(cost x dtype rate x complex factor x weight).
//
// Whatever prices a call keeps its own copy of what it needs of them, so that a call looks nothing
// up. A change goes through all copies and forgets the prices that are remembered. Everything here
// wants the interpreter lock, as pricing does: no call is priced by half a model.
#pragma once

#include "operand.hpp"

#include <array>
#include <optional>
#include <unordered_map>

namespace flopscope {

struct Operation;

struct CostModel {
    std::unordered_map<const Operation*, double> weights; // the others weigh what is declared,
    std::optional<double> unlisted;                       // or this
    std::array<double, type_count> rates{};               // by type number

    bool operator==(const CostModel&) const = default;
};

// Twice the price for 64-bit numbers, four times for 128-bit ones; weights as they are declared.
CostModel default_cost_model() noexcept;

const CostModel& cost_model() noexcept;
bool has_default_costs() noexcept;
void set_cost_model(CostModel model); // calls that are running keep the price that they have

// An operation that takes the place of another one weighs what that did.
void weigh_instead(const Operation& before, const Operation& now);

double weight_of(const Operation& op) noexcept;
inline double charge_rate(int type) noexcept {
    return static_cast<unsigned>(type) < type_count ? cost_model().rates[type] : 1;
}

} // namespace flopscope
