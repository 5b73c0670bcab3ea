"""Messages to every gRPC method, and garbage to its port."""

from __future__ import annotations

import socket
from collections.abc import Callable

from hypothesis import strategies as st

from fuzz.fuzzed_server import FuzzedServer
from fuzz.grpc_exchange import check_code
from fuzz.grpc_requests import CLASSES, Call, calls
from fuzz.http_exchange import DEADLINE_SECONDS, shut_down_sending
from fuzz.mutation import Family, families
from fuzz.rounds import Rounds
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.protos import PredictResponse

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAMES = (
    b"\0\0\0\x04\0\0\0\0\0",  # SETTINGS
    b"\0\0\x06\x04\0\0\0\0\0\0\x05\xff\xff\xff\xff",  # with a frame size that is too large
    b"\0\0\0\x04\x01\0\0\0\0",  # their acknowledgement
    b"\0\0\x08\x06\0\0\0\0\0" + bytes(8),  # PING
    b"\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff",  # WINDOW_UPDATE
    b"\0\0\x04\x08\0\0\0\0\0\0\0\0\0",  # by nothing
    b"\0\0\x05\x01\x05\0\0\0\x01\x82\x86\x84\xff\xff",  # HEADERS
    b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08",  # RST_STREAM
    b"\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0",  # DATA
    b"\0\0\x05\0\x01\0\0\0\x01\0\xff\xff\xff\xff",  # of a message of 4 GiB
    b"\0\0\x08\x07\0\0\0\0\0" + bytes(8),  # GOAWAY
    b"\xff\xff\xff\0\0\0\0\0\x01",
    b"GET / HTTP/1.1\r\n\r\n",
)
_garbage = st.one_of(
    st.lists(st.sampled_from(_FRAMES), max_size=6).map(lambda frames: _PREFACE + b"".join(frames)),
    st.binary(max_size=60),
    st.sampled_from(_FRAMES),
)


def test_any_message_ends_with_a_status_of_the_clients(plain: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def check(family: list[Call]) -> int:
        plain.must_be_well()
        for call in family:
            code, text, response = plain.grpc.ask(call.path, call.request)
            check_code(code, text, is_message=call.is_message)
            if code == "OK" and call.path in CLASSES:
                _check_response(call.path, response)
        plain.grpc.probe()
        return len(family)

    rounds("grpc messages").run(check, calls(), process=lambda: plain.pid)
    plain.must_answer()


def _check_response(path: str, response: bytes) -> None:
    message = CLASSES[path][1].FromString(response)
    if isinstance(message, PredictResponse):
        for tensor in message.outputs.values():
            decode_tensor(tensor)


def test_any_bytes_on_the_port_leave_it_answering(plain: FuzzedServer, rounds: Callable[[str], Rounds]) -> None:
    def check(family: Family) -> int:
        plain.must_be_well()
        for data in family.members:
            _send(plain.port, data)
        plain.grpc.probe()
        return len(family.members)

    rounds("grpc bytes").run(check, families(_garbage, 2, pieces=_FRAMES), process=lambda: plain.pid)
    plain.must_answer()


def _send(port: int, data: bytes) -> None:
    """The server may answer what it likes; then the connection is over."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as connection:
        try:
            connection.sendall(data)
            shut_down_sending(connection)
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass  # It was ended at once.
