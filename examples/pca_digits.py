"""Principal components, ridge regression and k-means on scikit-learn's handwritten digits.

It knows nothing of flopscope. Run it with ``python`` or with ``flopscope run``.
"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

digits = load_digits()
images, labels = digits.data, digits.target
print(f"{len(images)} images of {images.shape[1]} pixels")

# The full solver decomposes the images, and its neighbour their covariance: the same components.
for solver in ("full", "covariance_eigh"):
    pca = PCA(n_components=16, svd_solver=solver)
    components = pca.fit_transform(images)
    explained = pca.explained_variance_ratio_.sum()
    print(f"16 components explain {explained:.1%} of the variance ({solver})")

train, test = slice(0, 1200), slice(1200, None)
ridge = Ridge(alpha=1.0).fit(components[train], np.eye(10)[labels[train]])
predicted = ridge.predict(components[test]).argmax(axis=1)
print(f"ridge regression reads {np.mean(predicted == labels[test]):.1%} of the others right")

clusters = KMeans(n_clusters=10, n_init=4, random_state=0).fit(components)
distances = np.linalg.norm(components - clusters.cluster_centers_[clusters.labels_], axis=1)
most = sum(np.bincount(labels[clusters.labels_ == k]).max() for k in range(10))
print(f"k-means finds clusters that are {most / len(labels):.1%} pure,")
print(f"and an image is {distances.mean():.2f} from its centre")
