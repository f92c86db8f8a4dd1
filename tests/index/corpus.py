"""The documentation of an invented project, for tests of search: page → Markdown."""

from __future__ import annotations

PAGES: dict[str, str] = {
    "index.md": """# Kestrel

Kestrel runs background jobs for web applications. It keeps them in a queue, hands them to workers and records
what became of them.

## Where to start

Read the [installation](install.md), then write a first job.
""",
    "install.md": """# Installation

Kestrel needs Python 3.11 and a Redis server, version 7 or later.

## With pip

```bash
pip install kestrel
kestrel init
```

## With Docker

The image `ghcr.io/kestrel/kestrel:2` holds the worker and the dashboard. Mount your code at `/app`.

## Uninstalling

Remove the package and delete the keys that begin with `kestrel:` from Redis.
""",
    "jobs.md": """# Jobs

A job is a function with the decorator `@kestrel.job`. Its arguments are stored as JSON.

## Enqueueing

Call `send_invoice.enqueue(order_id=7)`. It returns at once with a handle whose `result()` blocks until the
job ends.

## Delaying a job

`enqueue_in(seconds=300)` keeps the job back for five minutes, `enqueue_at(moment)` until a point in time.

## Unique jobs

With `unique_for=60` a second job with the same arguments is dropped for a minute.
""",
    "retries.md": """# Retries

A job that raises is tried again with a growing pause.

## max_retries

`max_retries` is how many times a job is tried again, 5 by default. With `max_retries=0` it fails at the first
exception.

## Backoff

The pause begins with `backoff_base` seconds and doubles each time, up to `backoff_cap`. A random share is
added so
that jobs which failed together do not come back together.

## Giving up

A job whose retries are spent goes to the dead letter queue, where it stays for 14 days.
""",
    "workers.md": """# Workers

`kestrel worker` starts a process that takes jobs from the queue.

## Concurrency

`--threads 8` runs eight jobs at once in one process. For work that burns processor time start more processes.

## Shutting down

On SIGTERM a worker takes no further job and waits up to `shutdown_timeout` seconds for those that run; what
is not
done by then is put back into the queue.

## Kubernetes

Set `terminationGracePeriodSeconds` above `shutdown_timeout`. The endpoint `/healthz` on port 9090 serves as
liveness probe.
""",
    "schedules.md": """# Schedules

Cron expressions start jobs at fixed times: `@kestrel.cron("0 4 * * *")` runs daily at four.

## Time zones

Expressions are read in UTC. Set `timezone="Europe/Vienna"` to follow local time with its daylight saving.

## Missed runs

If the scheduler was away when a run was due, it is made up for once, unless `catch_up=False`.
""",
    "rate-limits.md": """# Rate limits

`@kestrel.limit("mailgun", per_minute=100)` lets at most a hundred jobs a minute start, over all workers.

## Shared limits

Jobs that name the same limit share it. When it is used up, jobs wait in the queue and do not count as failed.
""",
    "configuration.md": """# Configuration

Settings come from environment variables.

| Variable | Default | Meaning |
|---|---|---|
| `KESTREL_REDIS_URL` | `redis://localhost:6379/0` | Address of the Redis server |
| `KESTREL_PREFIX` | `kestrel` | Prefix of all keys |
| `KESTREL_LOG_LEVEL` | `INFO` | One of DEBUG, INFO, WARNING, ERROR |
| `KESTREL_RESULT_TTL` | `86400` | Seconds that results are kept |
| `KESTREL_DASHBOARD_PORT` | `8080` | Port of the dashboard |
""",
    "dashboard.md": """# Dashboard

`kestrel dashboard` opens a web page with queues, running jobs and failures.

## Signing in

Set `KESTREL_DASHBOARD_PASSWORD` to ask visitors for a password. Behind a proxy, pass `--trust-proxy`.

## Cancelling from the dashboard

Choose a job and press *Cancel*. A running job is interrupted at its next `await`.
""",
    "testing.md": """# Testing

`kestrel.testing.Eager` runs jobs at once, in the process of the test, without a Redis server.

```python
def test_invoice():
    with kestrel.testing.Eager() as jobs:
        place_order()
    assert jobs.names == ["send_invoice"]
```
""",
    "errors.md": """# Errors

## KES-1042

`KES-1042: lease lost` means that a worker was silent for longer than `lease_seconds` and that its job was
given to
another. Raise the lease for jobs that block the interpreter.

## KES-2001

`KES-2001: payload too large` means that a job's arguments exceed 512 KiB. Store the data elsewhere and pass
its key.
""",
    "security.md": """# Security

Arguments may hold personal data. `encrypt=True` stores them encrypted with the key in `KESTREL_SECRET`.

## Rotating the key

Put the new key first: `KESTREL_SECRET=new,old`. Old payloads stay readable as long as the old key is listed.
""",
    "upgrade.md": """# Upgrading to version 2

Version 2 renames `job.delay()` to `job.enqueue()` and drops Python 3.9.

## Steps

1. Stop all workers.
2. Run `kestrel migrate`.
3. Start the new workers.

Queues of version 1 are read until they are empty.
""",
    "metrics.md": """# Metrics

`/metrics` serves counters for Prometheus: `kestrel_jobs_total`, `kestrel_job_seconds` and
`kestrel_queue_length`.

## Alerts

Alert when `kestrel_queue_length` grows for ten minutes: there are too few workers.
""",
}
"""Fourteen pages."""
