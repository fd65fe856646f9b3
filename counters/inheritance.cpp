#include "inheritance.hpp"

#include <pthread.h>

#include <limits>
#include <sstream>

namespace flopscope::counters {

namespace {

struct Ancestor {
    Directory* directory = nullptr; // null: it is out of reach
    std::string place;
    std::vector<Slot*> told;
};

std::vector<Ancestor> ancestors;
std::vector<Budget*> chains;
std::uint64_t changes_seen = 0;

Budget* view(Directory* directory, Slot* slot, Budget* outer) {
    auto* b = new Budget;
    b->limit = slot->limit;
    b->slot = slot;
    b->spent = &slot->spent;
    b->directory = directory;
    b->outer = outer;
    b->opened = slot->opened;
    b->deadline = slot->deadline;
    b->time_limit = slot->time_limit;
    b->timed = b->deadline != 0 || (outer != nullptr && outer->timed);
    return b; // takes over the reference to `outer`
}

bool is_open(const Slot* s) noexcept {
    return s->state.load(std::memory_order_acquire) != Slot::closed;
}

std::vector<Slot*> open_slots(const Ancestor& a) {
    std::vector<Slot*> found;
    for (Slot* s : a.told)
        if (is_open(s)) found.push_back(s);
    if (a.directory == nullptr || !found.empty()) return found;
    for (const Slot::State state : {Slot::outermost, Slot::fallback}) {
        found = a.directory->offered(state);
        if (!found.empty()) break;
    }
    return found;
}

std::uint64_t changes() noexcept {
    std::uint64_t sum = 1; // the first look is one
    for (const Ancestor& a : ancestors)
        sum += a.directory != nullptr ? a.directory->changes() : 0;
    return sum;
}

void look_again() {
    for (Budget* b : chains)
        release_budget(b);
    chains.clear();
    for (const Ancestor& a : ancestors) {
        Budget* chain = nullptr;
        for (Slot* s : open_slots(a))
            chain = view(a.directory, s, chain);
        if (chain != nullptr) chains.push_back(chain);
    }
}

// Nothing can be spent, in the place of what cannot be seen.
Slot* make_unreachable() {
    auto* s = new Slot;
    s->state = Slot::outermost;
    return s;
}

void before_fork() noexcept {
    share_budgets(); // before the child is there: from then on both have to be careful
    Directory::own();
}

// What the child has copies of is its parent's.
void in_child() noexcept {
    Ancestor parent;
    parent.directory = Directory::hand_down();
    if (parent.directory == nullptr) return;
    parent.place = parent.directory->place();
    ancestors.push_back(std::move(parent));
    changes_seen = 0;
    leave_budgets_to_parent();
}

} // namespace

void follow_forks() noexcept {
    static const bool followed = pthread_atfork(before_fork, nullptr, in_child) == 0;
    if (!followed) share_budgets();
}

bool inherits() noexcept {
    return !ancestors.empty();
}

const std::vector<Budget*>& inherited() noexcept {
    if (!ancestors.empty())
        if (const std::uint64_t now = changes(); now != changes_seen) {
            changes_seen = now;
            look_again();
        }
    return chains;
}

bool inherit(const std::string& text) {
    bool reached = true;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const std::size_t colon = word.find(':');
        if (colon == word.npos) continue;
        Ancestor a;
        a.place = word.substr(0, colon);
        a.directory = Directory::at(a.place);
        if (a.directory == nullptr) {
            if (!Directory::is_inhabited(a.place)) continue; // its budgets have ended with it
            a.told.push_back(make_unreachable());
            reached = false;
        }
        std::istringstream numbers(word.substr(colon + 1));
        for (std::string number; a.directory != nullptr && std::getline(numbers, number, ',');)
            if (Slot* s = a.directory->slot(
                    static_cast<std::uint32_t>(std::strtoul(number.c_str(), nullptr, 10))))
                a.told.push_back(s);
        ancestors.push_back(std::move(a));
    }
    changes_seen = 0;
    if (!ancestors.empty()) share_budgets();
    return reached;
}

std::string inheritance(const Budget* own) {
    std::string text;
    const auto tell = [&](Directory* d, const std::string& place, const std::vector<Slot*>& told) {
        std::string numbers;
        const auto add = [&](const Slot* s) {
            if (is_open(s))
                numbers += (numbers.empty() ? "" : ",") + std::to_string(d->number_of(s));
        };
        for (const Budget* b = own; b != nullptr && d != nullptr; b = b->outer)
            if (b->directory == d) add(b->slot);
        if (numbers.empty() && d != nullptr)
            for (const Slot* s : told)
                add(s);
        text += (text.empty() ? "" : " ") + place + ":" + numbers;
    };
    bool any = has_open_budgets();
    for (const Ancestor& a : ancestors) {
        any = any || !open_slots(a).empty();
        tell(a.directory, a.place, a.told);
    }
    if (!any) return "";
    share_budgets();
    if (Directory* d = Directory::own()) tell(d, d->place(), {});
    return text;
}

} // namespace flopscope::counters
