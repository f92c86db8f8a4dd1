"""The docsbot command: one module a command. `docsbot --help` loads none of them."""
