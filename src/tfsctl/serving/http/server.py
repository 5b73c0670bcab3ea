"""The HTTP server: an event loop in a thread of its own, which listens, and has requests answered by a function.

It knows no models. The engine is an asyncio protocol, on uvloop where there is one: measured beside the usual ASGI
servers it answers a multiple of their small requests (docs/architecture.md).
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from tfsctl.errors import ServerStartError
from tfsctl.serving.http.dispatch import Dispatcher
from tfsctl.serving.http.engine import Handle, HttpEngine
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.listen import listen
from tfsctl.serving.http.protocol import HttpConnection
from tfsctl.serving.http.tls import TlsConnection, TlsHandshakes
from tfsctl.serving.http.workers import WorkerThreads, WrapJob
from tfsctl.serving.listen_address import ListenAddress
from tfsctl.serving.unix_socket import file_identity, listen_unix, remove_socket

# How long ending waits for threads that have nothing left to do.
_JOIN_SECONDS = 5.0


class HttpServer:
    """Answers HTTP requests by `handle(method, target, headers, body)`, which is called from several threads.

    `target` is what stands in the request line, as Latin-1 text; header names are in lower case. Life: `start`,
    `stop_accepting`, `drain`, `close`, each from any thread; `close` alone ends at once. Servers share nothing.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        address: ListenAddress,
        num_threads: int = 0,
        limits: HttpLimits | None = None,
        ssl_context: ssl.SSLContext | None = None,
        answers_in_loop: bool = True,
    ) -> None:
        """`num_threads` workers answer what would hold up the loop; 0 means four for each CPU.

        With `ssl_context` clients must speak TLS, at every address.
        `answers_in_loop` allows to answer cheap requests in the event loop's own thread (http/dispatch.py). Where
        requests with a body wait for each other it must be false: then they all go to workers.
        """
        self._handle = handle
        self._address = address
        self._port = 0
        self._socket_identity: tuple[int, int] | None = None
        self._workers = WorkerThreads(num_threads or 4 * (os.cpu_count() or 1), "rest")
        self._limits = limits or HttpLimits()
        self._ssl_context = ssl_context
        self._answers_in_loop = answers_in_loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: HttpEngine | None = None
        self._servers: list[asyncio.AbstractServer] = []
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port listened on, after `start`; 0 where there is none."""
        return self._port

    @property
    def num_waiting(self) -> int:
        """How many requests wait for a thread."""
        return self._workers.num_waiting

    def start(self) -> None:
        """Listen, and return when connections are accepted. Raises ServerStartError if that cannot be."""
        sockets = self._listen()
        self._loop = _new_event_loop()
        self._engine = HttpEngine(
            self._handle,
            loop=self._loop,
            workers=self._workers,
            limits=self._limits,
            dispatcher=Dispatcher(bodies_in_loop=self._answers_in_loop),
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="rest-loop", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._accept(sockets), self._loop).result()

    def answer_with(self, handle: Handle | None, *, wrap_job: WrapJob | None = None) -> None:
        """Call `handle` for requests that come from now on, None: the first one again. After `start`.

        `wrap_job` is called for what goes to workers, in the thread of the event loop, and gives what they run.
        """
        self._workers.wrap_jobs(wrap_job)
        if self._engine is not None:
            self._engine.handle = handle or self._handle

    def stop_accepting(self) -> None:
        """Take no new connections; those that are open go on."""
        self._call(self._close_listeners)

    def drain(self, timeout_seconds: float) -> bool:
        """Take no new connections, let running requests end and tell their clients that the connection ends.

        Waits until no connection is left, at most `timeout_seconds`. Returns whether that came to pass.
        """
        is_empty = threading.Event()
        if not self._call(partial(self._start_draining, is_empty.set)):
            return True
        return is_empty.wait(max(0.0, timeout_seconds))

    def close(self) -> None:
        """End at once; running requests get no answer. May be called again, and without `start`."""
        loop, self._loop = self._loop, None
        if loop is None or self._thread is None or self._engine is None:
            return
        loop.call_soon_threadsafe(self._close_listeners)
        loop.call_soon_threadsafe(self._engine.abort_all)
        # One turn of the loop later, so that the connections are told that they are lost.
        loop.call_soon_threadsafe(loop.call_soon, loop.stop)
        self._thread.join(_JOIN_SECONDS)
        if not self._thread.is_alive():
            loop.close()
        self._workers.close(0.0)

    def _listen(self) -> list[socket.socket]:
        sockets: list[socket.socket] = []
        path = self._address.socket_path
        if self._address.port is not None:
            sockets = listen(self._address.host, self._address.port)
            self._port = sockets[0].getsockname()[1]
        if path is not None:
            try:
                sockets.append(listen_unix(path))
            except ServerStartError:
                for each in sockets:
                    each.close()
                raise
            self._socket_identity = file_identity(path)
        return sockets

    async def _accept(self, sockets: list[socket.socket]) -> None:
        assert self._loop is not None
        assert self._engine is not None
        make_protocol: Callable[[], asyncio.Protocol] = partial(HttpConnection, self._engine)
        if self._ssl_context is not None:
            make_protocol = partial(TlsConnection, TlsHandshakes(self._ssl_context, self._engine), make_protocol)
        for each in sockets:
            is_unix = self._address.socket_path is not None and each is sockets[-1]
            create = self._loop.create_unix_server if is_unix else self._loop.create_server
            self._servers.append(await create(make_protocol, sock=each))

    def _start_draining(self, when_empty: Callable[[], None]) -> None:
        assert self._engine is not None
        self._engine.drain(when_empty)
        self._close_listeners()

    def _close_listeners(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        if self._address.socket_path is not None:
            remove_socket(self._address.socket_path, self._socket_identity)

    def _call(self, action: Callable[[], object]) -> bool:
        """Do something in the loop's thread and wait for it; False if the loop has ended."""
        loop = self._loop
        if loop is None:
            return False
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        with suppress(RuntimeError):  # Closed by another thread just now.
            loop.call_soon_threadsafe(act)
            return done.wait(_JOIN_SECONDS)
        return False


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Not for Windows, nor for every Python.
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
