"""How what happens in Discord reaches the bot: the gateway, interactions, the commands it knows."""
