"""Write the first test digits of MNIST to digits.npy: `python digits.py [HOW_MANY]`."""

import sys

import numpy as np

from tfsctl.mnist import load_test

digits = load_test()
count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
np.save("digits.npy", digits.images[:count])
print("They are:", *digits.labels[:count])
