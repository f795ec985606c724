"""The sandbox's web server: a thread for each connection, and a way to hang up on a client."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from .xero import Xero


class PortTaken(Exception):
    """Another program listens there already."""


class Line:
    """One client's connection, for the faults that end it."""

    def __init__(self, handler: WSGIRequestHandler, connection: socket.socket) -> None:
        self.handler, self.connection = handler, connection

    def hang_up(self) -> None:
        """Close without an answer: the client sees the connection reset."""
        self.close_after_answer()
        self.connection.shutdown(socket.SHUT_RDWR)

    def close_after_answer(self) -> None:
        self.handler.close_connection = True


class Handler(WSGIRequestHandler):
    # Head and body go out in two writes; with Nagle's delay every call would take 40 ms.
    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {"sandbox.line": Line(self, cast("socket.socket", self.connection))}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it overrides
        """Quiet: the page of recent calls is the log, and it holds no secret."""


class Server(ThreadedWSGIServer):
    request_queue_size = 128


def application(xero: Xero) -> Callable[..., Iterable[bytes]]:
    """The WSGI application over one Xero, which views find in the request's environ."""
    django = WSGIHandler()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["sandbox.xero"] = xero
        return django(environ, start_response)

    return answer


def listen(xero: Xero, host: str, port: int) -> Server:
    """A server bound and ready to ``serve_forever``. Raises PortTaken."""
    try:
        server = Server((host, port), Handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} is used by another program") from error
        raise
    server.set_app(application(xero))
    return server
