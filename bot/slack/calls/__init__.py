"""Calls to Slack, and what its refusals mean."""
