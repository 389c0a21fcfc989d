"""Entra: who may sign in to which API, and the tokens that say so."""

from sandbox.entra.routes import application

__all__ = ["application"]
