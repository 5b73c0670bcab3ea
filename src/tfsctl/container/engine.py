"""The one door to the Docker SDK: opens it, and turns its errors into ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfsctl.container.engine_address import check_engine, engine_address, not_running
from tfsctl.container.engine_errors import error_of_engine
from tfsctl.errors import DeadlineExceededError

if TYPE_CHECKING:
    from docker import DockerClient

_PROBE_SECONDS = 5.0


@contextlib.contextmanager
def open_engine(*, timeout_seconds: float = 60.0) -> Iterator[DockerClient]:
    """The SDK's client for the engine of this machine, for as long as the block runs.

    `timeout_seconds` bounds each call. Raises what `tfsctl.container.engine_address.check_engine` raises.
    """
    address = engine_address()
    check_engine(address, timeout_seconds=min(timeout_seconds, _PROBE_SECONDS))
    client = _connect(address, timeout_seconds)
    try:
        yield client
    finally:
        client.close()


def _connect(address: str, timeout_seconds: float) -> DockerClient:
    import docker
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    arguments: dict[str, Any] = {**kwargs_from_env(), "base_url": address, "timeout": timeout_seconds}
    try:
        return docker.DockerClient(**arguments)
    except DockerException as error:
        is_refused = "refused" in str(error)  # What else may be wrong, TLS for one, is said at length.
        raise not_running(f"{address}: {'Connection refused' if is_refused else error}") from error


@contextlib.contextmanager
def engine_errors(subject: str) -> Iterator[None]:
    """Turn an error of the SDK inside into ours; `subject` is what was dealt with, an image or a container.

    Raises what `tfsctl.container.engine_errors.error_of_engine` makes of it, UnavailableError where the daemon has
    gone, and DeadlineExceededError where it does not answer.
    """
    import requests
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        raise error_of_engine(str(error.explanation or error), subject) from error
    except requests.Timeout as error:
        raise DeadlineExceededError(
            f"Docker does not answer ({subject}).", hint="Does `docker ps` answer? If not, restart Docker."
        ) from error
    except requests.ConnectionError as error:
        raise not_running(str(error)) from error
    except DockerException as error:
        raise error_of_engine(str(error), subject) from error
