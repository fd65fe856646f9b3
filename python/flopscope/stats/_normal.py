"""The standard normal distribution to full double accuracy, in the tails too.

Probabilities: the rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev
approximations for the error function", Mathematics of Computation 23 (1969), 631-637, with the
coefficients that he published for the normal integral in ACM Algorithm 715, ACM Transactions on
Mathematical Software 19 (1993), 22-32.

Quantiles: M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution",
Applied Statistics 37 (1988), 477-484, the routine PPND16.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from flopscope.stats._location_scale import Doubles

SQRT_TAU = sqrt(2 * pi)

# Coefficients from the highest power to the constant, numerator and denominator.
Rational = tuple[tuple[float, ...], tuple[float, ...]]

CODY_NEAR = 0.66291
CODY_FAR = sqrt(32)
CODY_CENTRAL: Rational = (
    (
        6.5682337918207449113e-2,
        2.2352520354606839287,
        1.6102823106855587881e2,
        1.0676894854603709582e3,
        1.8154981253343561249e4,
    ),
    (
        1.0,
        4.7202581904688241870e1,
        9.7609855173777669322e2,
        1.0260932208618978205e4,
        4.5507789335026729956e4,
    ),
)
CODY_MIDDLE: Rational = (
    (
        1.0765576773720192317e-8,
        3.9894151208813466764e-1,
        8.8831497943883759412,
        9.3506656132177855979e1,
        5.9727027639480026226e2,
        2.4945375852903726711e3,
        6.8481904505362823326e3,
        1.1602651437647350124e4,
        9.8427148383839780218e3,
    ),
    (
        1.0,
        2.2266688044328115691e1,
        2.3538790178262499861e2,
        1.5193775994075548050e3,
        6.4855582982667607550e3,
        1.8615571640885098091e4,
        3.4900952721145977266e4,
        3.8912003286093271411e4,
        1.9685429676859990727e4,
    ),
)
CODY_TAIL: Rational = (
    (
        2.307344176494017303e-2,
        2.1589853405795699e-1,
        1.274011611602473639e-1,
        2.2235277870649807e-2,
        1.421619193227893466e-3,
        2.9112874951168792e-5,
    ),
    (
        1.0,
        1.28426009614491121,
        4.68238212480865118e-1,
        6.59881378689285515e-2,
        3.78239633202758244e-3,
        7.29751555083966205e-5,
    ),
)

WICHURA_CENTRAL: Rational = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
WICHURA_MIDDLE: Rational = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258,
        3.64784832476320460504,
        5.76949722146069140550,
        4.63033784615654529590,
        1.42343711074968357734,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940,
        2.05319162663775882187,
        1.0,
    ),
)
WICHURA_TAIL: Rational = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580,
        5.46378491116411436990,
        6.65790464350110377720,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


def horner(coefficients: tuple[float, ...], x: Doubles) -> Doubles:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def rational(fraction: Rational, x: Doubles) -> Doubles:
    numerator, denominator = fraction
    return horner(numerator, x) / horner(denominator, x)


def bell(t: Doubles) -> Doubles:
    """Compute exp(-t^2 / 2), the square in two parts so that its rounding is not magnified."""
    t = np.minimum(np.abs(t), 64.0)  # nothing is left of it there
    coarse = np.trunc(t * 16) / 16
    return np.exp(-coarse * coarse / 2) * np.exp(-(t - coarse) * (t + coarse) / 2)


def scaled_tail(t: Doubles) -> Doubles:
    """Compute exp(t^2 / 2) (1 - Phi(t)) for t >= 0, which never underflows."""
    near = np.exp(np.minimum(t, 1.0) ** 2 / 2) * (0.5 - off_centre(np.minimum(t, 1.0)))
    middle = rational(CODY_MIDDLE, np.clip(t, 0.0, CODY_FAR))
    inverse_square = 1 / np.maximum(t, CODY_FAR) ** 2
    far = (1 / SQRT_TAU - inverse_square * rational(CODY_TAIL, inverse_square)) / t
    return np.where(t <= CODY_NEAR, near, np.where(t <= CODY_FAR, middle, far))


def off_centre(t: Doubles) -> Doubles:
    """Compute Phi(t) - 1/2 near 0."""
    return t * rational(CODY_CENTRAL, t * t)


def from_centre(t: Doubles, scaled_tail_of_t: Doubles) -> Doubles:
    """Compute Phi(t) - 1/2 for t >= 0."""
    near = off_centre(np.minimum(t, 1.0))
    return np.where(t <= CODY_NEAR, near, 0.5 - bell(t) * scaled_tail_of_t)


def cumulative(t: Doubles) -> Doubles:
    """Compute Phi(t)."""
    size = np.abs(t)
    tail = bell(t) * scaled_tail(size)
    near = 0.5 + off_centre(np.clip(t, -1.0, 1.0))
    return np.where(size <= CODY_NEAR, near, np.where(t < 0, tail, 1 - tail))


def tail_quantile(r: Doubles) -> Doubles:
    """Where the upper tail is exp(-r^2), for tails below 0.075."""
    middle = rational(WICHURA_MIDDLE, np.clip(r, 1.6, 5.0) - 1.6)
    far = rational(WICHURA_TAIL, np.clip(r, 5.0, 28.0) - 5.0)
    return np.where(r <= 5.0, middle, far)


def inverse(p: Doubles) -> Doubles:
    """Compute the inverse of Phi for 0 <= p <= 1."""
    q = p - 0.5
    central = q * rational(WICHURA_CENTRAL, 0.180625 - np.minimum(q * q, 0.180625))
    smaller = np.minimum(p, 1 - p)
    tail = np.where(smaller == 0, np.inf, tail_quantile(np.sqrt(-np.log(smaller))))
    return np.where(np.abs(q) <= 0.425, central, np.copysign(tail, q))


def inverse_of_log(log_p: Doubles) -> Doubles:
    """Compute the inverse of Phi of exp(log_p) <= 1/2, however small that is."""
    z = inverse(np.exp(log_p))
    tiny = log_p < -700
    if np.any(tiny):
        # log(1 - Phi(t)) = -t^2 / 2 + log(scaled_tail(t)) solved for the t on its left. A step
        # shrinks the error by t^2 > 1400.
        square = -2 * log_p
        t = np.sqrt(square)
        for _ in range(5):
            t = np.sqrt(square + 2 * np.log(scaled_tail(t)))
        z = np.where(tiny, -t, z)
    return z
