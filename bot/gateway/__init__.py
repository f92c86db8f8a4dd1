"""The web front: an HTTP API, a GitHub webhook, MCP, health and metrics, over the core of every front."""
