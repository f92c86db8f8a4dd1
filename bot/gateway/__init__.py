"""The web front: an HTTP API, a GitHub webhook, MCP, health and metrics, over the same core as every front."""
