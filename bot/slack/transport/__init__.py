"""How Slack is reached, and what is written there by its API."""
