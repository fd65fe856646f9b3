// What a process inherits: the budgets of the processes that it descends from.
//
// A process is told where its ancestors keep their budgets, oldest first, and on which of them
// whoever started it drew. It draws on those for as long as they are open; afterwards, and where
// it was told of none, on the outermost ones that are open there: as work does that belongs to no
// context. A forked child knows all this from its parent's memory, another one from its
// environment:
//
//     FLOPSCOPE_BUDGETS=1200/73113/960:3,2 1234/73190/960:
//
// A place (directory.hpp), a colon, the numbers of slots. A place that cannot be reached although
// its process still runs is a budget that is exhausted: nobody gets out by hiding it.
#pragma once

#include "budget.hpp"

#include <string>
#include <vector>

namespace flopscope::counters {

inline constexpr const char* inheritance_variable = "FLOPSCOPE_BUDGETS";

// Takes up what the environment told. False: some of it cannot be reached.
bool inherit(const std::string& text);

// Whether there are ancestors with budgets, open or not.
bool inherits() noexcept;

// What this process has to draw on beside its own budgets: one chain of open budgets an ancestor.
const std::vector<Budget*>& inherited() noexcept;

// What to tell a process that is started by who draws on `own` (null: on no budget of their own).
// Empty: nothing is open here.
std::string inheritance(const Budget* own);

// From now on forked children inherit.
void follow_forks() noexcept;

} // namespace flopscope::counters
