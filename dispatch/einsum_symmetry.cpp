#include "einsum_symmetry.hpp"

#include "expression.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace flopscope::einsum {

using expr::saturating::multiply;

namespace {

template <class Visit> void each_label(Labels set, Visit visit) {
    for (; set != 0; set &= set - 1)
        visit(std::countr_zero(set));
}

// Index tuples over `set` that the relabelling leaves as they are: one index a cycle.
std::int64_t fixed_points(const Relabelling& r, Labels set, const Sizes& sizes) noexcept {
    std::int64_t fixed = 1;
    while (set != 0) {
        const int first = std::countr_zero(set);
        fixed = multiply(fixed, sizes.of[first]);
        for (int label = first; (set & bit(label)) != 0; label = r.to[label])
            set &= ~bit(label);
    }
    return fixed;
}

// Whether an earlier relabelling does the same to `set`.
bool repeats(std::span<const Relabelling> symmetries, std::size_t i, Labels set) noexcept {
    for (std::size_t j = 0; j < i; ++j)
        if (symmetries[j].equal_on(set, symmetries[i])) return true;
    return false;
}

// Burnside's lemma over the relabellings that also permute `within`.
std::int64_t orbits_within(std::span<const Relabelling> symmetries, Labels set, Labels within,
                           const Sizes& sizes) noexcept {
    std::int64_t fixed = 0, count = 0;
    for (std::size_t i = 0; i < symmetries.size(); ++i)
        if (symmetries[i].permutes(within) && !repeats(symmetries, i, set)) {
            fixed = expr::saturating::add(fixed, fixed_points(symmetries[i], set, sizes));
            ++count;
        }
    return count == 0 ? sizes.volume(set) : fixed / count;
}

} // namespace

Relabelling::Relabelling() noexcept {
    static constexpr auto same = [] {
        std::array<std::uint8_t, max_labels> all{};
        for (int i = 0; i < max_labels; ++i)
            all[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
        return all;
    }();
    std::copy(same.begin(), same.end(), to);
}

bool Relabelling::add(int from, int into) noexcept {
    if ((mentioned & bit(from)) != 0) return to[from] == into;
    mentioned |= bit(from);
    to[from] = static_cast<std::uint8_t>(into);
    return true;
}

Labels Relabelling::image(Labels set) const noexcept {
    Labels mapped = 0;
    each_label(set, [&](int label) { mapped |= bit(to[label]); });
    return mapped;
}

bool Relabelling::equal_on(Labels set, const Relabelling& other) const noexcept {
    for (; set != 0; set &= set - 1)
        if (const int label = std::countr_zero(set); to[label] != other.to[label]) return false;
    return true;
}

std::int64_t orbits(std::span<const Relabelling> symmetries, Labels set,
                    const Sizes& sizes) noexcept {
    return orbits_within(symmetries, set, set, sizes);
}

Distinct distinct(std::span<const Relabelling> symmetries, Labels all, Labels results,
                  const Sizes& sizes) noexcept {
    if (symmetries.size() < 2) { // there is none but the one that changes nothing
        const std::int64_t products = sizes.volume(all);
        return {products, products, sizes.volume(results)};
    }
    const Relabelling* crossing = nullptr; // does not map results onto results
    std::size_t different = 0;
    for (std::size_t i = 0; i < symmetries.size(); ++i)
        if (!repeats(symmetries, i, all)) {
            ++different;
            if (!symmetries[i].permutes(results)) crossing = &symmetries[i];
        }
    if (crossing == nullptr || different > 2) {
        const std::int64_t products = orbits_within(symmetries, all, results, sizes);
        return {products, products, orbits_within(symmetries, results, results, sizes)};
    }
    // The exchange saves products, but its pairs land in different results: each result still
    // adds up its own terms, less those that an exchange within it makes equal.
    const std::int64_t n = sizes.volume(all), fixed = fixed_points(*crossing, all, sizes);
    std::uint8_t root[max_labels];
    for (int i = 0; i < max_labels; ++i)
        root[i] = static_cast<std::uint8_t>(i);
    const auto find = [&](int label) {
        while (root[label] != label)
            label = root[label];
        return label;
    };
    each_label(results, [&](int label) {
        root[find(label)] = static_cast<std::uint8_t>(find(crossing->to[label]));
    });
    std::int64_t same_result = 1;
    each_label(all, [&](int label) {
        if (find(label) == label) same_result = multiply(same_result, sizes.of[label]);
    });
    return {expr::saturating::add(n, fixed) / 2, n - (same_result - fixed) / 2,
            sizes.volume(results)};
}

} // namespace flopscope::einsum
