#include "einsum_order.hpp"

#include "expression.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

namespace flopscope::einsum {

using expr::saturating::add;
using expr::saturating::multiply;

namespace {

constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

// The order in which a Python set of small integers is iterated. opt_einsum keeps the arrays that
// remain in one, and with six operands or more the order decides which branches it cuts off.
// CPython: open addressing from hash(x) = x, the table four times as large as its contents when
// it is three fifths full, twice when copied. (Linear probing only sets in beyond 16 places, where
// so few small integers do not collide.)
class IntegerSet {
public:
    explicit IntegerSet(std::size_t places = 8) : slots_(places, none) {}

    void add(int x) {
        place(x);
        if (++used_ * 5 >= (slots_.size() - 1) * 3) grow(used_ * 4);
    }
    // A copy as `set | {x}` makes it.
    IntegerSet with(int x) const {
        IntegerSet copy;
        if (used_ * 5 >= (copy.slots_.size() - 1) * 3) copy.grow(used_ * 2);
        if (copy.slots_.size() == slots_.size())
            copy.slots_ = slots_;
        else
            for (int y : in_order())
                copy.place(y);
        copy.used_ = used_;
        if ((used_ + 1) * 5 >= (copy.slots_.size() - 1) * 3) copy.grow((used_ + 1) * 2);
        copy.add(x);
        return copy;
    }
    std::vector<int> in_order() const {
        std::vector<int> all;
        for (int x : slots_)
            if (x != none) all.push_back(x);
        return all;
    }

private:
    static constexpr int none = -1;

    void place(int x) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = static_cast<std::size_t>(x) & mask, perturb = static_cast<std::size_t>(x);
        while (slots_[at] != none) {
            perturb >>= 5;
            at = (at * 5 + 1 + perturb) & mask;
        }
        slots_[at] = x;
    }
    void grow(std::size_t contents) {
        std::size_t places = 8;
        while (places <= contents)
            places *= 2;
        const std::vector<int> before = std::exchange(slots_, std::vector<int>(places, none));
        for (int x : before)
            if (x != none) place(x);
    }

    std::vector<int> slots_;
    std::size_t used_ = 0;
};

// What contracting two arrays makes, and takes.
struct Step {
    Labels result;
    std::int64_t flops;
};

Step step_of(Labels a, Labels b, Labels keep, const Sizes& sizes) noexcept {
    const bool sums = (a & b & ~keep) != 0;
    return {(a | b) & keep, multiply(sizes.volume(a | b), sums ? 2 : 1)};
}

// Depth first over all the pairs that may come next: for up to four operands. It runs for every
// call of einsum that is not remembered, and so it allocates nothing.
class Exhaustive {
public:
    static constexpr std::size_t most_operands = 4;

    Exhaustive(std::span<const Labels> operands, Labels output, const Sizes& sizes) noexcept
        : count_(static_cast<int>(operands.size())), output_(output), sizes_(sizes) {
        std::copy(operands.begin(), operands.end(), arrays_);
        const unsigned all = (1u << count_) - 1;
        if (count_ == 4)
            descend<4>(all, 0);
        else if (count_ == 3)
            descend<3>(all, 0);
        else
            descend<2>(all, 0);
    }
    void order(Pair* into) const noexcept { std::copy(std::begin(best_), std::end(best_), into); }

private:
    struct Known {
        Labels a, b;
        Step step;
    };

    // Remembered by the labels of the two arrays alone, though what remains decides which of them
    // survive: opt_einsum does so too, and it settles ties between equal operands.
    Step step(int first, int second, unsigned others) noexcept {
        const Labels a = arrays_[first], b = arrays_[second];
        const Labels mark = bit(static_cast<int>((a * 3 ^ b) * 0x9E3779B97F4A7C15 >> 58));
        if ((marks_ & mark) != 0)
            for (int i = 0; i < known_count_; ++i)
                if (known_[i].a == a && known_[i].b == b) return known_[i].step;
        marks_ |= mark;
        Labels keep = output_;
        for (; others != 0; others &= others - 1)
            keep |= arrays_[std::countr_zero(others)];
        return (known_[known_count_++] = {a, b, step_of(a, b, keep, sizes_)}).step;
    }

    template <int left> void descend(unsigned remaining, std::int64_t flops) noexcept {
        const int depth = count_ - left;
        for (unsigned first = remaining; (first & (first - 1)) != 0; first &= first - 1)
            for (unsigned second = first & (first - 1); second != 0; second &= second - 1) {
                const Pair p{std::countr_zero(first), std::countr_zero(second)};
                const unsigned others = remaining & ~(1u << p.first | 1u << p.second);
                const Step made = step(p.first, p.second, others);
                const std::int64_t total = add(flops, made.flops);
                if (found_ && total >= best_flops_) continue;
                path_[depth] = p;
                if constexpr (left > 2) {
                    arrays_[count_ + depth] = made.result;
                    descend<left - 1>(others | 1u << (count_ + depth), total);
                } else {
                    found_ = true;
                    best_flops_ = total;
                    std::copy(std::begin(path_), std::end(path_), best_);
                    return; // there is but one pair
                }
            }
    }

    int count_;
    Labels arrays_[2 * most_operands - 1];
    Labels output_;
    const Sizes& sizes_;
    Known known_[6 + 6 * 2 + 6 * 3]; // the pairs of four arrays, then new ones with each result
    int known_count_ = 0;
    Labels marks_ = 0; // one bit for every one known, as a hash of it
    Pair path_[most_operands - 1], best_[most_operands - 1];
    bool found_ = false; // one order at least: totals beyond 64 bits are all alike
    std::int64_t best_flops_ = unbounded;
};

// Depth first over the few best ones of the pairs that may come next.
class Search {
public:
    Search(std::span<const Labels> operands, Labels output, const Sizes& sizes)
        : arrays_(operands.begin(), operands.end()), output_(output), sizes_(sizes),
          width_(operands.size() <= 6   ? operands.size() * operands.size()
                 : operands.size() <= 8 ? 2
                                        : 1) {}

    std::vector<Pair> run() {
        std::vector<int> remaining(arrays_.size());
        for (std::size_t i = 0; i < remaining.size(); ++i)
            remaining[i] = static_cast<int>(i);
        descend(remaining, 0, 0);
        return best_path_;
    }

private:
    struct Candidate {
        std::int64_t growth, step_flops, flops, largest;
        Pair pair;
        Labels result;
        auto key() const {
            return std::tie(growth, step_flops, flops, largest, pair.first, pair.second);
        }
        bool operator<(const Candidate& other) const { return key() < other.key(); }
    };

    Labels labels(int array) const { return arrays_[static_cast<std::size_t>(array)]; }

    // Remembered as in the exhaustive search.
    const Step& step(const std::vector<int>& remaining, Pair p) {
        const Labels a = labels(p.first), b = labels(p.second);
        const auto [at, fresh] = steps_.try_emplace({a, b});
        if (fresh) {
            Labels keep = output_;
            for (int i : remaining)
                if (i != p.first && i != p.second) keep |= labels(i);
            at->second = step_of(a, b, keep, sizes_);
        }
        return at->second;
    }

    void contract(const std::vector<int>& remaining, Pair p, Labels result, std::int64_t flops,
                  std::int64_t largest) {
        IntegerSet others;
        for (int i : remaining)
            if (i != p.first && i != p.second) others.add(i);
        const std::vector<int> rest = others.with(static_cast<int>(arrays_.size())).in_order();
        arrays_.push_back(result);
        path_.push_back(p);
        descend(rest, flops, largest);
        path_.pop_back();
        arrays_.pop_back();
    }

    void descend(const std::vector<int>& remaining, std::int64_t flops, std::int64_t largest) {
        if (remaining.size() == 1) {
            best_flops_ = flops;
            best_largest_ = largest;
            best_path_ = path_;
            return;
        }
        // Outer products only where there is nothing else.
        std::vector<Candidate> candidates;
        for (int outer = 0; outer < 2 && candidates.empty(); ++outer)
            for (std::size_t x = 0; x < remaining.size(); ++x)
                for (std::size_t y = x + 1; y < remaining.size(); ++y) {
                    const Pair p{std::min(remaining[x], remaining[y]),
                                 std::max(remaining[x], remaining[y])};
                    if (outer == 0 && (labels(p.first) & labels(p.second)) == 0) continue;
                    consider(remaining, p, flops, largest, candidates);
                }
        std::sort(candidates.begin(), candidates.end());
        if (candidates.size() > width_) candidates.resize(width_);
        for (const Candidate& c : candidates)
            contract(remaining, c.pair, c.result, c.flops, c.largest);
    }

    void consider(const std::vector<int>& remaining, Pair p, std::int64_t flops,
                  std::int64_t largest, std::vector<Candidate>& candidates) {
        const Step next = step(remaining, p);
        const std::int64_t total = add(flops, next.flops);
        const std::int64_t volume = sizes_.volume(next.result);
        const std::int64_t most = std::max(largest, volume);
        if (!best_path_.empty() && std::tie(total, most) >= std::tie(best_flops_, best_largest_))
            return;
        auto [seen, first] = progress_.try_emplace(arrays_.size(), total);
        if (!first) {
            if (total < seen->second)
                seen->second = total;
            else if (total > multiply(4, seen->second))
                return; // more than four times as dear as the best one that got this far
        }
        candidates.push_back(
            {volume - sizes_.volume(labels(p.first)) - sizes_.volume(labels(p.second)), next.flops,
             total, most, p, next.result});
    }

    std::vector<Labels> arrays_;
    Labels output_;
    const Sizes& sizes_;
    std::size_t width_;
    std::map<std::pair<Labels, Labels>, Step> steps_;
    std::map<std::size_t, std::int64_t> progress_; // the cheapest total with so many arrays
    std::vector<Pair> path_, best_path_;
    std::int64_t best_flops_ = unbounded, best_largest_ = unbounded;
};

// Repeatedly the pair whose result grows memory least.
class Greedy {
public:
    Greedy(std::span<const Labels> operands, Labels output, const Sizes& sizes)
        : operands_(operands), output_(output), sizes_(sizes),
          next_(static_cast<int>(operands.size())) {}

    std::vector<Pair> run() {
        merge_equal_operands();
        for (const auto& [array, number] : arrays_)
            note_uses(array);
        for (int label = 0; label < max_labels; ++label)
            if (!uses_[label].empty()) note_count(label);
        for (int label = 0; label < max_labels; ++label) {
            const std::vector<Labels> users = by_number(uses_[label]);
            for (std::size_t i = 0; i + 1 < users.size(); ++i)
                push(users[i], {users.begin() + static_cast<std::ptrdiff_t>(i) + 1, users.end()});
        }
        while (!candidates_.empty()) {
            const Candidate c = candidates_.top();
            candidates_.pop();
            if (arrays_.contains(c.a) && arrays_.contains(c.b)) contract(c);
        }
        multiply_the_rest();
        return path_;
    }

private:
    struct Candidate {
        std::int64_t growth;
        int later, earlier, tick;
        Labels a, b, result;
        // The cheapest one is on top of the queue.
        bool operator<(const Candidate& other) const {
            return std::tie(growth, later, earlier, tick) >
                   std::tie(other.growth, other.later, other.earlier, other.tick);
        }
    };

    void merge_equal_operands() {
        Labels common = ~Labels{0};
        for (Labels array : operands_)
            common &= array;
        output_ |= common;
        for (std::size_t i = 0; i < operands_.size(); ++i)
            insert(operands_[i], static_cast<int>(i));
    }

    // An array with the same labels is multiplied with it at once.
    void insert(Labels array, int number) {
        const auto [at, fresh] = arrays_.try_emplace(array, number);
        if (!fresh) {
            path_.push_back({at->second, number});
            at->second = next_++;
        }
    }

    std::vector<Labels> by_number(std::vector<Labels> arrays) const {
        std::sort(arrays.begin(), arrays.end(),
                  [&](Labels a, Labels b) { return arrays_.at(a) < arrays_.at(b); });
        return arrays;
    }

    void note_uses(Labels array) {
        for (Labels set = array & ~output_; set != 0; set &= set - 1) {
            std::vector<Labels>& users = uses_[std::countr_zero(set)];
            if (std::find(users.begin(), users.end(), array) == users.end()) users.push_back(array);
        }
    }

    void drop_uses(Labels array) {
        for (Labels set = array & ~output_; set != 0; set &= set - 1)
            std::erase(uses_[std::countr_zero(set)], array);
    }

    void note_count(int label) {
        const std::size_t count = uses_[label].size();
        used_twice_ = count >= 2 ? used_twice_ | bit(label) : used_twice_ & ~bit(label);
        used_thrice_ = count >= 3 ? used_thrice_ | bit(label) : used_thrice_ & ~bit(label);
    }

    void push(Labels a, const std::vector<Labels>& partners) {
        Candidate best{};
        bool any = false;
        for (Labels b : partners) {
            const Labels either = a | b, both = a & b;
            const Labels result =
                (either & output_) | (both & used_thrice_) | ((either & ~both) & used_twice_);
            const int na = arrays_.at(a), nb = arrays_.at(b);
            const Candidate c{sizes_.volume(result) - sizes_.volume(a) - sizes_.volume(b),
                              std::max(na, nb),
                              std::min(na, nb),
                              tick_++,
                              na <= nb ? a : b,
                              na <= nb ? b : a,
                              result};
            if (!any || best < c) best = c;
            any = true;
        }
        candidates_.push(best);
    }

    void contract(const Candidate& c) {
        path_.push_back({arrays_.at(c.a), arrays_.at(c.b)});
        arrays_.erase(c.a);
        arrays_.erase(c.b);
        drop_uses(c.a);
        drop_uses(c.b);
        if (const auto at = arrays_.find(c.result); at != arrays_.end())
            path_.push_back({at->second, next_++});
        else
            note_uses(c.result);
        arrays_[c.result] = next_++;
        for (Labels set = c.a | (c.b & ~output_); set != 0; set &= set - 1)
            note_count(std::countr_zero(set));
        std::vector<Labels> partners;
        for (Labels set = c.result; set != 0; set &= set - 1)
            for (Labels other : uses_[std::countr_zero(set)])
                if (other != c.result &&
                    std::find(partners.begin(), partners.end(), other) == partners.end())
                    partners.push_back(other);
        if (!partners.empty()) push(c.result, partners);
    }

    // Arrays without common labels are left: outer products, the smallest first.
    void multiply_the_rest() {
        using Left = std::tuple<std::int64_t, int, Labels>;
        std::priority_queue<Left, std::vector<Left>, std::greater<>> left;
        for (const auto& [array, number] : arrays_)
            left.emplace(sizes_.volume(array & output_), number, array);
        auto [volume, i, a] = left.top();
        left.pop();
        while (!left.empty()) {
            const auto [other_volume, j, b] = left.top();
            left.pop();
            path_.push_back({std::min(i, j), std::max(i, j)});
            const Labels both = (a | b) & output_;
            left.emplace(sizes_.volume(both), next_++, both);
            std::tie(volume, i, a) = left.top();
            left.pop();
        }
    }

    std::span<const Labels> operands_;
    Labels output_;
    const Sizes& sizes_;
    int next_; // number of the next result
    int tick_ = 0;
    std::map<Labels, int> arrays_; // those not contracted yet, by their labels
    std::vector<Labels> uses_[max_labels];
    Labels used_twice_ = 0, used_thrice_ = 0;
    std::priority_queue<Candidate> candidates_;
    std::vector<Pair> path_;
};

struct Remembered {
    std::vector<Labels> operands;
    Labels output = 0;
    Sizes sizes;
    std::vector<Pair> order;

    bool is(std::span<const Labels> other_operands, Labels other_output,
            const Sizes& other_sizes) const {
        return std::equal(operands.begin(), operands.end(), other_operands.begin(),
                          other_operands.end()) &&
               output == other_output &&
               std::equal(sizes.of, sizes.of + max_labels, other_sizes.of);
    }
};

} // namespace

std::span<const Pair> contraction_order(std::span<const Labels> operands, Labels output,
                                        const Sizes& sizes) {
    if (operands.size() <= Exhaustive::most_operands) {
        static Pair order[Exhaustive::most_operands - 1];
        Exhaustive(operands, output, sizes).order(order);
        return {order, operands.size() - 1};
    }
    constexpr std::size_t kept = 16;
    static auto* recent = new std::array<Remembered, kept>; // never destroyed
    static std::size_t oldest = 0;
    for (const Remembered& r : *recent)
        if (r.is(operands, output, sizes)) return r.order;
    Remembered fresh{{operands.begin(), operands.end()}, output, sizes, {}};
    fresh.order = operands.size() <= 14 ? Search(operands, output, sizes).run()
                                        : Greedy(operands, output, sizes).run();
    Remembered& slot = (*recent)[oldest++ % kept];
    slot = std::move(fresh);
    return slot.order;
}

} // namespace flopscope::einsum
