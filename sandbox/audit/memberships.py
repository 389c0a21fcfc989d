"""Roles, groups and policies that a service principal or an application was put under."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.audit.activity import Activity, Touched
    from sandbox.directory import Directory

READINGS: Mapping[str, Callable[[Touched, Directory], Iterator[Activity]]] = {}
