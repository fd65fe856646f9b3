// Symmetries of a contraction: relabellings that exchange identical arrays and leave the
// expression as it is. Products and results that such a relabelling maps onto each other are
// equal, and the default cost model charges them once.
#pragma once

#include "../counters/saturating.hpp"

#include <bit>
#include <cstdint>
#include <span>

namespace flopscope::einsum {

inline constexpr int max_labels = 64;

using Labels = std::uint64_t; // a set of labels, one bit each
constexpr Labels bit(int label) {
    return Labels{1} << label;
}

// The extent of every label of an expression.
struct Sizes {
    std::int64_t of[max_labels] = {};

    // To be called once the extents are known, and before any volume is asked for.
    void settle() noexcept {
        volumes_[0] = 1;
        for (int label = 0; label < tabled; ++label)
            for (Labels set = 0; set < bit(label); ++set)
                volumes_[bit(label) | set] = saturating::multiply(volumes_[set], of[label]);
    }
    std::int64_t volume(Labels set) const noexcept { // saturates at 2^63 - 1
        std::int64_t v = volumes_[set & (bit(tabled) - 1)];
        for (set &= ~(bit(tabled) - 1); set != 0; set &= set - 1)
            v = saturating::multiply(v, of[std::countr_zero(set)]);
        return v;
    }

private:
    static constexpr int tabled = 4; // labels whose sets' volumes are worked out beforehand
    std::int64_t volumes_[1 << tabled];
};

// A permutation of labels; those that it does not mention stay.
struct Relabelling {
    std::uint8_t to[max_labels];
    Relabelling() noexcept;
    // Notes that `from` becomes `into`; false where it is already noted as something else.
    bool add(int from, int into) noexcept;
    Labels mentioned = 0;
    Labels image(Labels set) const noexcept;
    // Whether it permutes the labels of `set` among themselves.
    bool permutes(Labels set) const noexcept { return image(set) == set; }
    bool equal_on(Labels set, const Relabelling& other) const noexcept;
};

// Distinct products over the labels `summed_over`, and what is left after adding them up into
// distinct `results`: additions = terms - results, where terms may exceed the products if an
// exchange pairs terms of different results.
struct Distinct {
    std::int64_t products = 0;
    std::int64_t terms = 0;
    std::int64_t results = 0;
    std::int64_t operations() const noexcept {
        return saturating::add(products, saturating::subtract(terms, results));
    }
};

Distinct distinct(std::span<const Relabelling> symmetries, Labels all, Labels results,
                  const Sizes& sizes) noexcept;

// Index tuples over `set` that no relabelling maps onto each other (Burnside's lemma). Every
// relabelling has to permute `set`.
std::int64_t orbits(std::span<const Relabelling> symmetries, Labels set,
                    const Sizes& sizes) noexcept;

} // namespace flopscope::einsum
