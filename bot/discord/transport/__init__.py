"""How Discord is reached, and what is written there."""
