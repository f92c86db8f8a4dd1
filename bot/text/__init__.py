"""What others wrote, on its way to a platform: made safe, laid out, split. Calls nothing."""
