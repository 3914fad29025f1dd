"""Machine learning: photo features, networks, training, evaluation, prediction, and the generator of photos."""

import os

# Read by torch's threads as they start. Without it they wait for each other by spinning, and on a processor that others
# use as well, a training or a prediction takes ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
