"""Calls to Discord, and what its refusals mean."""
