"""State and index in one portable file: a zip of JSON lines, with a manifest that says what it is."""
