"""What Slack shows: text and blocks. Pure."""
