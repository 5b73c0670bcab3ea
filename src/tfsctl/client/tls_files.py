"""What a client brings along for TLS: files in PEM form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.errors import UsageError

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Three files, each optional; true where there is any.

    Attributes:
        ca_file: The certificates of the authorities to trust, instead of those that all the world trusts.
        cert_file: The client's own certificate, for servers that ask for one.
        key_file: Its key; None where it stands in `cert_file`.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.ca_file or self.cert_file or self.key_file)

    def check(self) -> None:
        """Raise UsageError for a file that cannot be read or is not what it should be. Loads `ssl` if there is any."""
        if self:
            self.context()

    def context(self) -> ssl.SSLContext:
        """A context that checks the server's certificate and name. Raises what `check` raises."""
        import ssl

        if self.key_file is not None and self.cert_file is None:
            raise UsageError("A key for TLS was given, and no certificate.", hint="Give --ssl-cert FILE, too.")
        for path in (self.ca_file, self.cert_file, self.key_file):
            if path is not None:
                read_pem(path)
        try:
            context = ssl.create_default_context(cafile=self.ca_file or default_roots())
        except ssl.SSLError as error:
            raise UsageError(f"{self.ca_file} holds no certificates of authorities: {_reason(error)}.") from error
        if self.cert_file is not None:
            _load_certificate(context, self.cert_file, self.key_file)
        return context


NO_FILES = TlsFiles()


def read_pem(path: Path) -> bytes:
    """The content of a file in PEM form; UsageError for one that cannot be read or holds something else."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    if b"-----BEGIN " not in content:
        raise UsageError(f"{path} is not in PEM form: it has no BEGIN line.")
    return content


def default_roots() -> str:
    """The file of the authorities that are trusted without a `ca_file`: those of requests, for all ways to a server."""
    import os

    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.environ.get(variable):
            return os.environ[variable]
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    return str(DEFAULT_CA_BUNDLE_PATH)


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    import ssl

    def no_password() -> str:
        raise UsageError(
            f"The key in {key or certificate} is encrypted.", hint="Decrypt it: openssl pkey -in KEY -out PLAIN_KEY"
        )

    try:
        context.load_cert_chain(certificate, key, password=no_password)
    except ssl.SSLError as error:
        what = f"{certificate} and {key}" if key is not None else str(certificate)
        raise UsageError(f"{what} are not a certificate and its key: {_reason(error)}.") from error


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
