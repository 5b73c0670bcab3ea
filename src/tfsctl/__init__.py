"""tfsctl: from a trained TensorFlow model to answered requests.

The command line is `tfsctl`; the same parts are a library:

    from tfsctl.serving import Server, ServerConfig, ModelConfig
    from tfsctl.client import connect

Importing this package loads nothing heavy.
"""

__version__ = "0.1.0"
