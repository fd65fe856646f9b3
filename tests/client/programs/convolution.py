"""Filters of an image: by loops, by windows and by Fourier's transform; pooling, edges, histogram."""

import numpy as np

image = (np.add.outer(np.arange(10), np.arange(12)) % 7).astype(np.float32)
image[3:6, 4:8] = 9
kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16


def by_loops(a, k):
    h, w = a.shape[0] - k.shape[0] + 1, a.shape[1] - k.shape[1] + 1
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            out[i, j] = (a[i : i + k.shape[0], j : j + k.shape[1]] * k).sum()
    return out


def by_windows(a, k):
    windows = np.lib.stride_tricks.sliding_window_view(a, k.shape)
    return np.einsum("ijkl,kl->ij", windows, k)


def by_fourier(a, k):
    size = [a.shape[i] + k.shape[i] - 1 for i in (0, 1)]
    product = np.fft.rfft2(a, size) * np.fft.rfft2(k[::-1, ::-1], size)
    return np.fft.irfft2(product, size)[k.shape[0] - 1 : a.shape[0], k.shape[1] - 1 : a.shape[1]]


smooth = by_loops(image, kernel)
print(smooth.shape, smooth.dtype, np.allclose(smooth, by_windows(image, kernel)))
print(np.abs(smooth - by_fourier(image, kernel)).max() < 1e-5)
pooled = image.reshape(5, 2, 6, 2).max(axis=(1, 3))
print(pooled)
gx, gy = np.gradient(smooth)
edges = np.hypot(gx, gy)
strong = edges > np.percentile(edges, 90)
print(strong.sum(), np.transpose(np.nonzero(strong))[:3].tolist())
counts, bounds = np.histogram(image, bins=5, range=(0, 10))
print(counts, bounds)
equal = np.interp(
    image, np.arange(10), np.cumsum(np.bincount(image.astype(int).ravel(), minlength=10))
)
print(equal[0].round(3), equal.min(), equal.max())
flipped = np.rot90(image[:3, :4])[::-1]
print(flipped, np.clip(flipped - 2, 0, 5).astype(int).tolist(), sep="\n")
