"""The MNIST digits: those that come with the package, those of a directory, and the full set from the network."""

from tfsctl.mnist.dataset import Digits, load_test, load_train
from tfsctl.mnist.download import default_data_dir, download

__all__ = ["Digits", "default_data_dir", "download", "load_test", "load_train"]
