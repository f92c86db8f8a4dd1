"""Where the app is called over HTTP: events, commands and interactivity alike."""

PATH = "/slack/events"
