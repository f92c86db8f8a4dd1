"""The Slack front: its events become questions, answers become its messages."""
