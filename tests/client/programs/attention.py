"""A transformer's block: embeddings, attention with a mask, norms, and one step of Adam."""

import numpy as np

rng = np.random.default_rng(11)
words, width, heads = 6, 8, 2
tokens = rng.integers(0, 10, size=words)
table = rng.normal(scale=0.1, size=(10, width)).astype(np.float32)
x = table[tokens] + np.sin(np.arange(words)[:, None] / 10 ** (np.arange(width) / width)).astype(
    "f4"
)


def softmax(a, axis=-1):
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def norm(a):
    return (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + np.float32(1e-5))


def split(a):
    return a.reshape(words, heads, width // heads).transpose(1, 0, 2)


w = {name: rng.normal(scale=0.3, size=(width, width)).astype(np.float32) for name in "qkvo"}
q, k, v = (split(norm(x) @ w[name]) for name in "qkv")
scores = q @ k.swapaxes(-1, -2) / np.sqrt(width // heads)
mask = np.triu(np.ones((words, words), dtype=bool), k=1)
scores = np.where(mask, -np.inf, scores)
attention = softmax(scores)
mixed = (attention @ v).transpose(1, 0, 2).reshape(words, width) @ w["o"]
out = x + mixed
print(out.dtype, out.shape, attention.dtype, attention[0].round(3), sep="\n")
print(np.einsum("hij->hi", attention).round(5), out.sum().round(3), np.isfinite(out).all())

weights, m, s = np.zeros(width), np.zeros(width), np.zeros(width)
for step in range(1, 6):
    gradient = 2 * (out.astype(float).T @ (out.astype(float) @ weights - np.arange(words)))
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    weights -= 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
print(weights.round(5), np.linalg.norm(weights).round(6))
best = np.argsort(-attention.max(axis=0), axis=1)[:, :2]
print(best.tolist(), np.take_along_axis(attention.max(axis=0), best, axis=1).round(4).tolist())
