"""What Discord shows: text and buttons."""
