"""An Asian call option priced from 50 random walks of 12 steps."""

import numpy as np

rng = np.random.default_rng(0)
normal = rng.standard_normal((50, 12))
steps = 0.01 + 0.2 * normal
walks = np.cumsum(steps, axis=1)
prices = 100.0 * np.exp(walks)
payoff = np.maximum(prices.mean(axis=1) - 100.0, 0.0)
value = np.exp(-0.05) * payoff.mean()
error = payoff.std() / np.sqrt(50.0)
print(f"{value:.4f} {error:.4f}")
