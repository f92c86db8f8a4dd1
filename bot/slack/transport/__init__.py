"""How what happens in Slack reaches the bot: Socket Mode, HTTP."""
