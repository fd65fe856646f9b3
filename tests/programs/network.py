"""A two-layer network: softmax regression of 3 classes on 5 hidden units, trained for 7 steps."""

import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(20, 4))
wanted = np.eye(3)[rng.integers(0, 3, 20)]
w1 = rng.normal(size=(4, 5))
w2 = rng.normal(size=(5, 3))
for _ in range(7):
    hidden = np.maximum(x @ w1, 0)
    scores = hidden @ w2
    scores -= scores.max(axis=1, keepdims=True)
    likely = np.exp(scores)
    likely /= likely.sum(axis=1, keepdims=True)
    loss = -np.sum(wanted * np.log(likely)) / 20
    to_scores = (likely - wanted) / 20
    to_hidden = to_scores @ w2.T
    to_hidden *= hidden > 0
    w2 -= 0.1 * (hidden.T @ to_scores)
    w1 -= 0.1 * (x.T @ to_hidden)
print(f"{loss:.6f}")
