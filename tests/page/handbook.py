"""The documentation that the page's tests ask about."""

from __future__ import annotations

PAGES = {
    "docs/install.md": """\
# Install

Lantern runs on Linux, macOS and Windows.

## Install with pip

Install the package and write a first configuration:

```console
pip install lantern
lantern init --region eu
```

## Run it in Docker

The image `lantern/lantern` listens on port 7070.
""",
    "docs/keys.md": """\
# API keys

Every call of the API carries a key.

## Rotate a key

Run `lantern keys rotate NAME` for a new key. The old key works for another 24 hours, so that no service is
cut off. Give every service the new key within that time.

## Revoke a key

`lantern keys revoke NAME` ends a key at once.

## Limits

| plan | requests a minute | keys |
|---|---|---|
| free | 60 | 2 |
| team | 1,200 | 50 |
""",
    "docs/retries.md": """\
# Retries

A failed delivery is retried three times, with a backoff of 2, 10 and 60 seconds.

## Dead letters

What still fails goes to the dead letter queue, where it is kept for 14 days.
""",
    "docs/backup.md": """\
# Backup and restore

`lantern backup FILE` writes everything into one file while the server runs; `lantern restore FILE` reads it.
""",
}
ANSWER = """\
Rotate the key, then give every service the new one [1]:

1. Make a new key for the service:

   ```console
   lantern keys rotate billing
   ```

2. Store it where the service reads its key.
3. Restart the service.

The old key **works for another 24 hours**, so nothing is cut off meanwhile [1]. If it has leaked, end it at
once with `lantern keys revoke billing` [1].

| plan | keys |
|---|--:|
| free | 2 |
| team | 50 |
"""
"""A model's answer to how a key is rotated."""
