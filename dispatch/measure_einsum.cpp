// einsum: the subscripts are parsed natively, the operands contracted pairwise on paper.
#include "einsum_order.hpp"
#include "einsum_subscripts.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace flopscope {

using expr::Extent;
using expr::Extents;
using expr::saturating::add;
using expr::saturating::multiply;

namespace einsum {
namespace {

// An operand or the result of a step.
struct Array {
    Labels set;
    std::uint64_t operands;    // that it was made of
    const Subscripts* written; // of an operand; else null

    // Product of the extents as they are written: a diagonal counts twice.
    std::int64_t volume(Labels kept, const Sizes& sizes) const noexcept {
        if (written == nullptr || written->count == std::popcount(set))
            return sizes.volume(set & kept);
        std::int64_t v = 1;
        for (int i = 0; i < written->count; ++i)
            if ((kept & bit(written->label[i])) != 0) v = multiply(v, sizes.of[written->label[i]]);
        return v;
    }
};

Array operand(const Expression& e, int i) noexcept {
    return {e.subscripts[i].set, std::uint64_t{1} << i, &e.subscripts[i]};
}

// What one pairwise step is charged, products and additions.
struct Charge {
    std::int64_t operations = 0;
    std::int64_t products = 0;
    void at_most(const Charge& other) noexcept {
        if (other.operations < operations) *this = other;
    }
};

// The labels of a step: those of either array that are not summed before the product, and
// those of its result.
struct Step {
    Labels all, results;
    std::int64_t before = 0; // additions over labels that only one of the two arrays has
};

Step step_of(const Array& a, const Array& b, Labels results, const Sizes& sizes) noexcept {
    Step step{0, results, 0};
    const auto reduce = [&](const Array& one, const Array& other) {
        const Labels left = one.set & (other.set | results);
        if (left != one.set)
            step.before = add(step.before, std::max<std::int64_t>(0, one.volume(~Labels{0}, sizes) -
                                                                         one.volume(left, sizes)));
        step.all |= left;
    };
    reduce(a, b);
    reduce(b, a);
    return step;
}

// The exchange of two identical arrays, as a relabelling; false where it is none.
bool exchange(const Subscripts& a, const Subscripts& b, const Step& step,
              Relabelling& into) noexcept {
    std::uint8_t left[2][max_labels];
    int count[2] = {0, 0};
    const Subscripts* both[2] = {&a, &b};
    for (int side = 0; side < 2; ++side)
        for (int i = 0; i < both[side]->count; ++i)
            if (const auto l = both[side]->label[i]; (step.all & bit(l)) != 0)
                left[side][count[side]++] = l;
    if (count[0] != count[1]) return false;
    for (int i = 0; i < count[0]; ++i)
        if (!into.add(left[0][i], left[1][i])) return false;
    for (int i = 0; i < count[0]; ++i)
        if (!into.add(left[1][i], left[0][i])) return false;
    return into.mentioned == step.all && into.permutes(step.all);
}

// The textbook's loops: o results that add up k terms, of as many products as there are
// operands less one.
struct Loop {
    std::int64_t results = 0, terms = 0, products = 0;
};

Loop loop_over(Labels labels, Labels results, int operands, const Sizes& sizes) noexcept {
    return {sizes.volume(results), sizes.volume(labels & ~results), operands - 1};
}

// What is charged: products, and additions.
struct Work {
    std::int64_t products = 0, additions = 0;

    void add_step(const Charge& charge, const Step& step) noexcept {
        products = add(products, charge.products);
        const std::int64_t all = add(step.before, charge.operations - charge.products);
        additions = add(additions, std::max<std::int64_t>(0, all));
    }
};

bool emit(Call& c, const Loop& loop, const Work& work, std::int64_t into_out) noexcept {
    Extents e;
    e[Extent::p] = work.products;
    e[Extent::s] = work.additions;
    e[Extent::o] = loop.results;
    e[Extent::k] = loop.terms;
    e[Extent::q] = loop.products;
    e[Extent::w] = into_out;
    return c.emit(e);
}

// One array: sums over the labels that the result lacks, and no products.
bool reduce_one(Call& c, const Expression& e, std::int64_t into_out) noexcept {
    const Labels all = e.subscripts[0].set;
    const std::int64_t additions = e.sizes.volume(all) - e.sizes.volume(e.output.set);
    return emit(c, loop_over(all, e.output.set, 1, e.sizes),
                {0, std::max<std::int64_t>(0, additions)}, into_out);
}

bool contract_two(Call& c, const Expression& e, std::int64_t into_out) noexcept {
    const Subscripts &a = e.subscripts[0], &b = e.subscripts[1];
    const Step step = step_of(operand(e, 0), operand(e, 1), e.output.set, e.sizes);
    Distinct d;
    Relabelling symmetries[2];
    if (e.object[0] == e.object[1] && exchange(a, b, step, symmetries[1]))
        d = distinct(symmetries, step.all, step.results, e.sizes);
    else
        d = distinct({}, step.all, step.results, e.sizes);
    Charge charge{d.operations(), d.products};
    if (e.sizes.volume(step.all) == 0) charge = {};
    Work work;
    work.add_step(charge, step);
    return emit(c, loop_over(a.set | b.set, e.output.set, 2, e.sizes), work, into_out);
}

// Beyond so many relabellings nobody waits for them to be counted: there is no symmetry then.
constexpr std::size_t most_symmetries = 1000;

// Relabellings that permuting identical operands amounts to.
class Permutations {
public:
    Permutations(const Expression& e, std::uint64_t members) : e_(e) {
        for (int i = 0; i < e.count; ++i)
            if ((members >> i & 1) != 0) {
                members_.push_back(i);
                all_ |= e.subscripts[i].set;
            }
    }

    std::vector<Relabelling> relabellings() {
        place(0, Relabelling{});
        if (tried_ > most_symmetries) return {Relabelling{}};
        return std::move(found_);
    }

private:
    // Gives the next member the place of an identical one that is still free.
    void place(std::size_t at, const Relabelling& so_far) {
        if (tried_ > most_symmetries) return;
        if (at == members_.size()) {
            ++tried_;
            const auto same = [&](const Relabelling& r) { return r.equal_on(all_, so_far); };
            if (so_far.permutes(all_) && std::none_of(found_.begin(), found_.end(), same))
                found_.push_back(so_far);
            return;
        }
        const int member = members_[at];
        for (int other : members_) {
            Relabelling next = so_far;
            if ((taken_ >> other & 1) != 0 || e_.object[other] != e_.object[member] ||
                !relabel(e_.subscripts[member], e_.subscripts[other], next))
                continue;
            taken_ |= std::uint64_t{1} << other;
            place(at + 1, next);
            taken_ &= ~(std::uint64_t{1} << other);
        }
    }

    static bool relabel(const Subscripts& from, const Subscripts& into, Relabelling& r) noexcept {
        for (int i = 0; i < from.count; ++i)
            if (!r.add(from.label[i], into.label[i])) return false;
        return from.count == into.count;
    }

    const Expression& e_;
    std::vector<int> members_;
    Labels all_ = 0;
    std::uint64_t taken_ = 0;
    std::size_t tried_ = 0;
    std::vector<Relabelling> found_;
};

// The symmetries of an array, with the one that changes nothing.
using Symmetries = std::vector<Relabelling>;

// Those that two arrays bring along, joined where they agree on common labels.
Symmetries joined(const Array& a, const Symmetries& of_a, const Array& b, const Symmetries& of_b,
                  const Step& step) {
    if (of_a.size() * of_b.size() > most_symmetries) return {Relabelling{}};
    Symmetries found;
    const auto add_all = [&](Relabelling& into, const Relabelling& from, Labels set) {
        for (set &= step.all; set != 0; set &= set - 1)
            if (const int l = std::countr_zero(set); !into.add(l, from.to[l])) return false;
        return true;
    };
    for (const Relabelling& f : of_a)
        for (const Relabelling& g : of_b) {
            Relabelling both;
            if (add_all(both, f, a.set) && add_all(both, g, b.set) && both.permutes(step.all))
                found.push_back(both);
        }
    return found;
}

// More than two arrays, step by step.
class Network {
public:
    Network(Call& c, const Expression& e, bool optimized)
        : call_(c), e_(e), optimized_(optimized), symmetric_(has_equal_operands(e)) {
        for (; count_ < static_cast<std::size_t>(e.count); ++count_)
            arrays_[count_] = operand(e, static_cast<int>(count_));
        if (symmetric_) symmetries_.assign(count_, Symmetries(1));
    }

    bool run(std::int64_t into_out) {
        Labels operands[max_operands], all = 0;
        for (std::size_t i = 0; i < count_; ++i)
            all |= operands[i] = arrays_[i].set;
        for (const Pair& p : contraction_order({operands, count_}, e_.output.set, e_.sizes))
            if (!contract(p)) return false;
        // Unless it was asked to optimise, NumPy runs one loop over all operands; the default
        // cost model prices pairwise steps all the same.
        const Loop all_at_once =
            optimized_ ? Loop{} : loop_over(all, e_.output.set, e_.count, e_.sizes);
        return emit(call_, all_at_once, work_, into_out);
    }

private:
    static bool has_equal_operands(const Expression& e) noexcept {
        for (int i = 1; i < e.count; ++i)
            if (std::find(e.object, e.object + i, e.object[i]) != e.object + i) return true;
        return false;
    }

    bool contract(Pair p) {
        const auto first = static_cast<std::size_t>(std::min(p.first, p.second));
        const auto second = static_cast<std::size_t>(std::max(p.first, p.second));
        const Array &a = arrays_[first], &b = arrays_[second];
        const Labels either = a.set | b.set;
        const std::uint64_t merged = a.operands | b.operands;
        Labels keep = e_.output.set;
        for (int i = 0; i < e_.count; ++i)
            if ((merged >> i & 1) == 0) keep |= e_.subscripts[i].set;
        const Array result{either & keep, merged, nullptr};
        const Step step = step_of(a, b, result.set, e_.sizes);
        Charge charge;
        if (symmetric_) {
            Symmetries& whole =
                symmetries_.emplace_back(Permutations(e_, result.operands).relabellings());
            std::erase_if(whole, [&](const Relabelling& r) { return !r.permutes(step.results); });
            charge = cheapest(first, second, step, result, whole);
        } else {
            const Distinct d = distinct({}, step.all, step.results, e_.sizes);
            charge = {d.operations(), d.products};
        }
        if (e_.sizes.volume(step.all) == 0) charge = {};
        arrays_[count_++] = result;
        work_.add_step(charge, step);
        return !optimized_ || emit(call_, loop_over(either, step.results, 2, e_.sizes), {}, 0);
    }

    // The least of what the two arrays' own symmetries allow, and those of everything that was
    // merged into the result.
    Charge cheapest(std::size_t first, std::size_t second, const Step& step, const Array& result,
                    const Symmetries& whole) const {
        const Array &a = arrays_[first], &b = arrays_[second];
        Symmetries own = joined(a, symmetries_[first], b, symmetries_[second], step);
        const bool operands = std::has_single_bit(a.operands) && std::has_single_bit(b.operands);
        if (Relabelling r;
            operands && same_object(a, b) && exchange(*a.written, *b.written, step, r))
            own.push_back(r);
        const Distinct d = distinct(own, step.all, step.results, e_.sizes);
        Charge charge{d.operations(), d.products};
        if (operands || whole.size() < 2) return charge;
        if (nothing_summed_before(result, a.set | b.set)) {
            Symmetries inside; // those that move labels of this step only
            for (const Relabelling& r : whole)
                if (moves_only(r, step.all)) inside.push_back(r);
            const std::int64_t all =
                distinct(inside, step.all, step.results, e_.sizes).operations();
            charge.at_most({all, std::min(d.products, all)});
        }
        if (step.results != 0) {
            const std::int64_t results = orbits(whole, step.results, e_.sizes);
            const std::int64_t summed = e_.sizes.volume(step.all & ~step.results);
            charge.at_most(
                {multiply(results, multiply(2, summed) - 1), multiply(results, summed - 1)});
        }
        return charge;
    }

    bool same_object(const Array& a, const Array& b) const noexcept {
        return e_.object[std::countr_zero(a.operands)] == e_.object[std::countr_zero(b.operands)];
    }

    bool nothing_summed_before(const Array& result, Labels present) const noexcept {
        for (int i = 0; i < e_.count; ++i)
            if ((result.operands >> i & 1) != 0 && (e_.subscripts[i].set & ~present) != 0)
                return false;
        return true;
    }

    static bool moves_only(const Relabelling& r, Labels within) noexcept {
        for (Labels set = r.mentioned & ~within; set != 0; set &= set - 1)
            if (const int l = std::countr_zero(set); r.to[l] != l) return false;
        return true;
    }

    Call& call_;
    const Expression& e_;
    bool optimized_;
    bool symmetric_; // may be: some operands are the same array
    Work work_;      // of all steps
    Array arrays_[2 * max_operands];
    std::size_t count_ = 0;
    std::vector<Symmetries> symmetries_; // of each array; empty if there are none
};

} // namespace
} // namespace einsum

// operands optimize out. p products and s additions of pairwise steps; o, k, q: the textbook's
// loops; w: elements of out, which the default model charges as a copy.
bool rules::einsum(Call& c) noexcept {
    const einsum::Expression* asked = einsum::read_expression(c);
    if (asked == nullptr) return false;
    const einsum::Expression& e = *asked;
    Operand out;
    std::int64_t into_out = 0;
    if (c.argument(2) != nullptr) {
        if (!c.read(2, out)) return false;
        into_out = out.size;
    }
    if (e.count == 1) return einsum::reduce_one(c, e, into_out);
    if (e.count == 2) return einsum::contract_two(c, e, into_out);
    bool optimized = c.argument(1) != nullptr;
    if (PyObject* optimize = c.argument(1); optimize != nullptr && PyBool_Check(optimize))
        optimized = optimize == Py_True;
    try {
        return einsum::Network(c, e, optimized).run(into_out);
    } catch (const std::bad_alloc&) {
        return c.give_up();
    }
}

} // namespace flopscope
