"""Train the sample models: a softmax regression and a small CNN on MNIST.

    report = train_mnist(TrainPlan(model="cnn"), lambda progress: print(progress.iteration, progress.loss))

Importing this package loads neither TensorFlow nor numpy.
"""

from tfsctl.train.mnist import train_mnist
from tfsctl.train.plan import DEFAULT_OUTPUT, ModelKind, TrainPlan, checkpoint_path
from tfsctl.train.report import TrainProgress, TrainReport

__all__ = [
    "DEFAULT_OUTPUT",
    "ModelKind",
    "TrainPlan",
    "TrainProgress",
    "TrainReport",
    "checkpoint_path",
    "train_mnist",
]
