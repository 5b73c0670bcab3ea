"""requests over a UNIX socket."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tfsctl.client.sockets import open_socket

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_CONNECT_SECONDS = 10.0


class UnixAdapter(HTTPAdapter):
    """Connects to the socket of an address, whatever host a URL names."""

    def __init__(self, address: ServerAddress) -> None:
        self._pools = _pool_classes(address)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have the pools open the socket. Called by the base class."""
        super().init_poolmanager(*args, **kwargs)
        manager: Any = self.poolmanager
        manager.pool_classes_by_scheme = self._pools


def _pool_classes(address: ServerAddress) -> dict[str, type[HTTPConnectionPool]]:
    def connect(connection: HTTPConnection) -> socket.socket:
        seconds = connection.timeout
        return open_socket(address, timeout_seconds=seconds if isinstance(seconds, float) else _CONNECT_SECONDS)

    class Connection(HTTPConnection):
        _new_conn = connect

    class SecureConnection(HTTPSConnection):
        _new_conn = connect

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
