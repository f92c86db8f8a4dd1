"""What is written in Slack: an answer's messages, streams, status, private words."""
