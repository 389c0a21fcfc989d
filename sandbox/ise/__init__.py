"""ISE's certificate API, as its primary administration node answers it."""

from sandbox.ise.routes import application

__all__ = ["application"]
