"""Running: a worker process rebuilds the registry and runs documents; nothing but plain data crosses to it."""
