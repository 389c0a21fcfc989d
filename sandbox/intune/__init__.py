"""Intune's compliance service: is this device managed, and is it compliant?"""

from sandbox.intune.routes import application

__all__ = ["application"]
