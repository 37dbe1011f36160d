"""How is a cluster asked?

A `Service` in; what the cluster answers out. What may come right by itself is tried again: a node that is gone, a
cluster that says it is busy (429) or without a leader (503). What does not is told as an error of ours, with the
address and what to do; neither it nor anything else that is written anywhere holds the password.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlsplit

from opensearchpy import (
    AuthenticationException,
    AuthorizationException,
    ConnectionError,  # noqa: A004 - the client's own
    ConnectionTimeout,
    ImproperlyConfigured,
    NotFoundError,
    OpenSearch,
    OpenSearchException,
    RequestError,
    SSLError,
    TransportError,
)

from corpus_search.engine import Service
from corpus_search.errors import CorpusSearchError, EngineUnavailableError, TooSlowError

OLDEST = (2, 4)
"""The first version that has points in time."""

_RETRIED = {429, 502, 503, 504}
_PASSING = {
    "node_not_connected_exception", "node_disconnected_exception", "node_closed_exception",
    "connect_transport_exception", "receive_timeout_transport_exception", "send_request_transport_exception",
}  # fmt: skip
"""What a node says that has not noticed yet that another one is gone."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0

Json = dict[str, Any]

# The client tells of each try that fails, with a traceback; what comes of all of them is told here.
logging.getLogger("opensearch").setLevel(logging.ERROR)


class Connection:
    """A cluster that is asked; safe to use from several threads.

    Raises `EngineUnavailableError` where it cannot be reached, lets nobody in, or is none.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.address = ", ".join(_shown(url) for url in service.urls)
        urls = [urlsplit(url) for url in service.urls]
        for url, written in zip(urls, service.urls, strict=True):
            if url.scheme not in ("http", "https") or not url.hostname:
                raise EngineUnavailableError(
                    f"{_shown(written)}: is no address of a cluster; give one as https://search.example.org:9200"
                )
        own = next(((url.username, url.password) for url in urls if url.username), None)
        login = (service.user, service.password) if service.user else own
        if login and any(url.scheme == "http" and not _is_here(url.hostname) for url in urls):
            raise EngineUnavailableError(
                f"{self.address}: a password would cross the network in clear; give the address with https://"
            )
        try:
            self._client = OpenSearch(
                [_bare(url) for url in urls],
                http_auth=login,
                verify_certs=service.verify,
                ssl_show_warn=False,
                ca_certs=str(service.ca) if service.ca else None,
                timeout=service.timeout_s,
                pool_maxsize=16,
                max_retries=0,
                # A node that is asked while the cluster chooses a leader (503) is not dead.
                retry_on_status=(),
                http_compress=True,
            )
        except (ImproperlyConfigured, OSError, ValueError) as error:
            raise EngineUnavailableError(f"{self.address}: cannot be asked ({_cause(error)})") from error
        self._check_cluster()

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _check_cluster(self) -> None:
        # Where there is but one node, and it is not there, nobody waits long to hear so.
        several = len(self.service.urls) > 1
        found = self.ask(
            "GET", "/", patience_s=self.service.patience_s if several else min(5.0, self.service.patience_s)
        )
        version = found.get("version") if isinstance(found, dict) else None
        if not isinstance(version, dict) or version.get("distribution") != "opensearch":
            what = f"version {version['number']} of another server" if version and "number" in version else "no cluster"
            raise EngineUnavailableError(
                f"{self.address}: answers, but is {what}; OpenSearch {'.'.join(map(str, OLDEST))} or later is wanted"
            )
        number = str(version.get("number", "0"))
        if tuple(int(part) for part in number.split(".")[:2] if part.isdigit()) < OLDEST:
            raise EngineUnavailableError(
                f"{self.address}: is OpenSearch {number}; {'.'.join(map(str, OLDEST))} or later is wanted"
            )

    # --- asking ------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        patience_s: float | None = None,
        lines: bool = False,
        **params: Any,
    ) -> Any:
        """Return the answer to a request, tried again for `patience_s` seconds where that may help.

        With `lines`, `body` is JSON objects, a line each, in bytes. Raises `NotFoundError`, `ConflictError` and
        `RequestError` as the client does, and what says that a request is too long (413); all else as errors of ours.
        """
        until = time.monotonic() + (self.service.patience_s if patience_s is None else patience_s)
        headers = {"content-type": "application/x-ndjson" if lines else "application/json"}
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return self._client.transport.perform_request(method, path, params=params, body=body, headers=headers)
            except (NotFoundError, RequestError):
                raise
            except TransportError as error:
                if not self._may_help(error) or time.monotonic() + pause_s > until:
                    if error.status_code in (409, 413):
                        raise
                    self.fail(error)
                # So that many who wait do not come back at once.
                time.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            except (OpenSearchException, OSError) as error:
                self.fail(error)

    @staticmethod
    def _may_help(error: TransportError) -> bool:
        if isinstance(error, SSLError):
            return False
        return isinstance(error, ConnectionError) or error.status_code in _RETRIED or error.error in _PASSING

    def fail(self, error: Exception) -> NoReturn:
        """Raise what a client's error means to a user."""
        raise self.told(error) from error

    def told(self, error: Exception) -> CorpusSearchError:
        """Return what a client's error means to a user."""
        cause = _cause(error)
        at = self.address
        secure = any(url.startswith("https") for url in self.service.urls)
        if isinstance(error, AuthenticationException):
            return EngineUnavailableError(
                f"{at}: lets nobody in without the right user and password; give them with --opensearch-user and "
                "CORPUS_SEARCH_OPENSEARCH_PASSWORD"
            )
        if isinstance(error, AuthorizationException):
            return EngineUnavailableError(f"{at}: the user may not do this ({cause}); ask who runs the cluster")
        if isinstance(error, SSLError):
            if "wrong version" in cause.lower() or "record layer" in cause.lower():
                return EngineUnavailableError(f"{at}: speaks no TLS; give the address with http://")
            if "verify failed" in cause.lower():
                return EngineUnavailableError(
                    f"{at}: its certificate is not trusted ({cause}); give the certificate of who signed it with "
                    "--opensearch-ca"
                )
            return EngineUnavailableError(f"{at}: no secure connection ({cause})")
        if isinstance(error, ConnectionTimeout):
            return EngineUnavailableError(
                f"{at}: has not answered within {self.service.timeout_s:g} s; try again, or see how the cluster is"
            )
        if isinstance(error, ConnectionError):
            if not secure and ("closed" in cause.lower() or "reset" in cause.lower() or "aborted" in cause.lower()):
                return EngineUnavailableError(
                    f"{at}: ends the connection ({cause}); if it speaks TLS, give the address with https://"
                )
            return EngineUnavailableError(f"{at}: cannot be reached ({cause}); see that the cluster runs there")
        if isinstance(error, TransportError) and error.status_code == 429:
            return EngineUnavailableError(f"{at}: is too busy ({cause}); try again in a while, or give it more nodes")
        return EngineUnavailableError(f"{at}: {cause}")

    def multi(self, searches: Sequence[tuple[Json, Json]]) -> list[Json]:
        """Return the answers to several searches, each a head and a body."""
        if not searches:
            return []
        made = b"".join(as_line(part) for search in searches for part in search)
        answered: list[Json] = self.ask("POST", "/_msearch", made, lines=True)["responses"]
        return answered


def as_line(record: Any) -> bytes:
    """Return a JSON object as a line; what is no Unicode in it is escaped."""
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def refused(error: Mapping[str, Any], address: str) -> CorpusSearchError:
    """Return what the cluster's own refusal of a search means to a user."""
    told = json.dumps(error)
    if "too_many" in told and "clause" in told:
        return TooSlowError(
            "this question has more terms than the cluster takes at once; ask with fewer words, or raise "
            "indices.query.bool.max_clause_count on its nodes"
        )
    causes = error.get("root_cause") or [error]
    return EngineUnavailableError(f"{address}: refuses the search ({_one(causes[0])})")


def _one(cause: Mapping[str, Any]) -> str:
    return f"{cause.get('type', 'unknown')}: {cause.get('reason', '')}"[:300]


def _cause(error: Exception) -> str:
    """Return why, in a few words."""
    info = getattr(error, "info", None)
    if isinstance(info, Mapping):
        found = info.get("error")
        if isinstance(found, Mapping):
            return _one((found.get("root_cause") or [found])[0])
    if isinstance(info, Exception):
        deepest: BaseException = info
        while deepest.__cause__ or deepest.__context__ or getattr(deepest, "reason", None):
            below = deepest.__cause__ or deepest.__context__ or getattr(deepest, "reason", None)
            if not isinstance(below, BaseException) or below is deepest:
                break
            deepest = below
        return f"{deepest}"[:300] or type(deepest).__name__
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return f"HTTP status {status}"
    return f"{error}"[:300] or type(error).__name__


def _is_here(host: str | None) -> bool:
    return host in ("localhost", "::1") or bool(host and host.startswith("127."))


def _bare(url: Any) -> str:
    """Return a URL without user and password."""
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    port = url.port or (443 if url.scheme == "https" else 80)
    return f"{url.scheme}://{host}:{port}{url.path}"


def _shown(url: str) -> str:
    """Return a URL as it may be shown."""
    before, at, after = url.rpartition("@")
    return f"{before.split('://')[0]}://{after}" if at and "://" in before else after if at else url
