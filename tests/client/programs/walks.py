"""Random walks, a Markov chain, bootstrap and Metropolis' method: what draws random numbers."""

import numpy as np

rng = np.random.default_rng(2024)
walks = rng.choice([-1, 1], size=(50, 40)).cumsum(axis=1)
print(walks.shape, walks.max(), walks.min(), walks[:, -1].std().round(5))
hits = (np.abs(walks) >= 8).any(axis=1)
first = (np.abs(walks[hits]) >= 8).argmax(axis=1)
print(hits.sum(), first.mean().round(4), np.quantile(first, [0.25, 0.75]), np.median(walks[:, -1]))

chain = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])
values, vectors = np.linalg.eig(chain.T)
steady = np.real(vectors[:, np.argmax(np.real(values))])
steady /= steady.sum()
print(steady.round(6), (np.linalg.matrix_power(chain, 50)[0]).round(6))
state, seen = 0, np.zeros(3, int)
for _ in range(60):
    state = rng.choice(3, p=chain[state])
    seen[state] += 1
print(seen, seen.sum())

sample = rng.exponential(2.0, size=30)
means = np.array([rng.choice(sample, size=30).mean() for _ in range(40)])
low, high = np.percentile(means, [2.5, 97.5])
print(f"{sample.mean():.4f} [{low:.4f}, {high:.4f}]", rng.permutation(5), rng.integers(0, 9, 4))

x, taken, kept = 0.0, 0, []
for _ in range(60):
    proposed = x + rng.normal()
    if np.log(rng.random()) < (x**2 - proposed**2) / 2:
        x, taken = proposed, taken + 1
    kept.append(x)
print(taken, np.mean(kept).round(5), np.std(kept).round(5))
before = rng.bit_generator.state
a = rng.normal(size=3)
rng.bit_generator.state = before
print(np.array_equal(a, rng.normal(size=3)), rng.multivariate_normal([0, 0], np.eye(2), 2).round(5))
old = np.random.RandomState(7)
print(old.rand(2), old.randint(0, 10, 3), old.permutation(4), old.normal(size=2).round(6))
