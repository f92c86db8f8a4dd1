"""The only place that builds adapters: settings in; a bot, a front, a worker out. One module a process."""
