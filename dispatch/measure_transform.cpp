// Fourier transforms: one pass an axis, each of b rows of length n. x: 1 in the pass that goes
// between reals and half of a spectrum.
#include "measure.hpp"

namespace flopscope::rules {

using expr::Extent;
using expr::Extents;

namespace {

enum class Spectrum : std::uint8_t {
    whole,      // complex to complex
    of_reals,   // the last axis goes from n reals to n / 2 + 1 numbers
    into_reals, // and back
};

struct Passes {
    npy_intp dims[64];
    int ndim = 0;

    bool start(const Operand& a) noexcept {
        if (a.ndim > 64) return false;
        ndim = a.ndim;
        for (int d = 0; d < ndim; ++d)
            dims[d] = a.dims[d];
        return true;
    }
    // Transforms one axis to length n; the next passes see the shape that this one leaves.
    bool pass(Call& c, std::int64_t axis, std::int64_t n, std::int64_t rows, bool half,
              Spectrum spectrum) noexcept {
        Extents e;
        e[Extent::b] = rows;
        e[Extent::n] = n;
        e[Extent::x] = half ? 1 : 0;
        dims[axis] = half && spectrum == Spectrum::of_reals ? n / 2 + 1 : n;
        return c.emit(e);
    }
    std::int64_t rows(std::int64_t axis) const noexcept {
        return expr::saturating::multiply(
            product(dims, static_cast<int>(axis)),
            product(dims + axis + 1, ndim - 1 - static_cast<int>(axis)));
    }
};

std::int64_t default_length(std::int64_t dim, bool half, Spectrum spectrum) noexcept {
    return half && spectrum == Spectrum::into_reals ? 2 * (dim - 1) : dim;
}

// a n axis
bool along_one(Call& c, Spectrum spectrum) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    Passes passes;
    std::int64_t axis = -1;
    if ((c.argument(2) != nullptr && !read_integer(c.argument(2), axis)) ||
        !normalize_axis(axis, a.ndim) || !passes.start(a))
        return c.give_up();
    const bool half = spectrum != Spectrum::whole;
    std::int64_t n = default_length(a.dims[axis], half, spectrum);
    if ((c.argument(1) != nullptr && !read_integer(c.argument(1), n)) || n < 1) return c.give_up();
    // The default model takes an axis without elements, to be padded, as one row.
    const std::int64_t rows = a.dims[axis] == 0 ? 1 : passes.rows(axis);
    return passes.pass(c, axis, n, rows, half, spectrum);
}

// a s axes
bool along_several(Call& c, Spectrum spectrum, bool last_two) noexcept {
    Operand a;
    if (!c.read(0, a)) return false;
    Passes passes;
    std::int64_t axes[64] = {-2, -1}, lengths[64];
    int count = 2;
    const int given = c.argument(1) != nullptr ? read_integers(c.argument(1), lengths) : 0;
    if (given < 0 || !passes.start(a)) return c.give_up();
    if (c.argument(2) != nullptr)
        count = read_integers(c.argument(2), axes);
    else if (!last_two) {
        count = c.argument(1) != nullptr ? given : a.ndim;
        for (int i = 0; i < count; ++i)
            axes[i] = i - count;
    }
    if (count < 0 || (c.argument(1) != nullptr && given != count)) return c.give_up();
    for (int i = 0; i < count; ++i) {
        if (!normalize_axis(axes[i], a.ndim)) return c.give_up();
        const npy_intp dim = a.dims[axes[i]];
        const bool half = spectrum != Spectrum::whole && i == count - 1;
        if (c.argument(1) == nullptr)
            lengths[i] = default_length(dim, half, spectrum);
        else if (lengths[i] == -1)
            lengths[i] = dim;
        if (lengths[i] < 1) return c.give_up();
    }
    // The last axis comes first, except on the way back to reals.
    for (int step = 0; step < count; ++step) {
        const int i = spectrum == Spectrum::into_reals ? step : count - 1 - step;
        const bool half = spectrum != Spectrum::whole && i == count - 1;
        if (!passes.pass(c, axes[i], lengths[i], passes.rows(axes[i]), half, spectrum))
            return false;
    }
    return true;
}

bool fft(Call& c) noexcept {
    return along_one(c, Spectrum::whole);
}
bool rfft(Call& c) noexcept {
    return along_one(c, Spectrum::of_reals);
}
bool irfft(Call& c) noexcept {
    return along_one(c, Spectrum::into_reals);
}
bool fftn(Call& c) noexcept {
    return along_several(c, Spectrum::whole, false);
}
bool rfftn(Call& c) noexcept {
    return along_several(c, Spectrum::of_reals, false);
}
bool irfftn(Call& c) noexcept {
    return along_several(c, Spectrum::into_reals, false);
}
bool fft2(Call& c) noexcept {
    return along_several(c, Spectrum::whole, true);
}
bool rfft2(Call& c) noexcept {
    return along_several(c, Spectrum::of_reals, true);
}
bool irfft2(Call& c) noexcept {
    return along_several(c, Spectrum::into_reals, true);
}

} // namespace

bool transform(Call& c) noexcept {
    switch (c.pricing.operation->spec.shape) {
    case ShapeRule::fft:
        return fft(c);
    case ShapeRule::rfft:
        return rfft(c);
    case ShapeRule::irfft:
        return irfft(c);
    case ShapeRule::fftn:
        return fftn(c);
    case ShapeRule::rfftn:
        return rfftn(c);
    case ShapeRule::irfftn:
        return irfftn(c);
    case ShapeRule::fft2:
        return fft2(c);
    case ShapeRule::rfft2:
        return rfft2(c);
    case ShapeRule::irfft2:
        return irfft2(c);
    default:
        return c.give_up();
    }
}

} // namespace flopscope::rules
