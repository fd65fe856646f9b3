"""A spectrum, a filter by Fourier's transform, a polynomial fit, and the Mandelbrot set."""

import numpy as np

rate = 64
t = np.arange(rate) / rate
signal = 3 * np.sin(2 * np.pi * 5 * t) + np.cos(2 * np.pi * 12 * t + 0.5)
spectrum = np.fft.rfft(signal * np.hanning(rate))
power = np.abs(spectrum) ** 2
peaks = np.argsort(power)[::-1][:2]
print(
    np.sort(np.fft.rfftfreq(rate, 1 / rate)[peaks]),
    power.max().round(4),
    np.angle(spectrum[5]).round(6),
)
full = np.fft.fft(signal)
full[np.abs(np.fft.fftfreq(rate, 1 / rate)) > 8] = 0
low = np.fft.ifft(full).real
print(np.abs(low - 3 * np.sin(2 * np.pi * 5 * t)).max() < 1e-9, np.correlate(low, signal).round(6))
print(
    np.convolve(signal, np.ones(4) / 4, mode="valid")[:4].round(6),
    np.unwrap(np.angle(full[:7])).round(4),
)

c = np.polynomial.Polynomial.fit(t, signal, 3)
print(c.coef.round(6), c.degree(), c(0.5).round(6), np.polyfit(t, signal, 2).round(6))
p = np.poly1d([1, -6, 11, -6])
print(p.roots.round(6), p(4), p.deriv()(1.0), np.polyval(p.coeffs, [0, 1]))

x, y = np.meshgrid(np.linspace(-2, 0.5, 24), np.linspace(-1.1, 1.1, 11))
plane = x + 1j * y
z = np.zeros_like(plane)
steps = np.zeros(plane.shape, dtype=int)
alive = np.ones(plane.shape, dtype=bool)
for i in range(12):
    z[alive] = z[alive] ** 2 + plane[alive]
    escaped = alive & (np.abs(z) > 2)
    steps[escaped] = i
    alive &= ~escaped
steps[alive] = 12
for row in steps:
    print("".join(" .:-=+*#%@&$!"[n] for n in row))
print(z.dtype, alive.sum(), steps.max(), np.unique(steps))
