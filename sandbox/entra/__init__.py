"""Entra: who may sign in to which API, and the tokens that say so."""
