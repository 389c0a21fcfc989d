"""The sandbox's Microsoft Graph: what Terraform, ISE and an auditor ask of it, refused where Graph would refuse."""

from sandbox.graph.app import application

__all__ = ["application"]
