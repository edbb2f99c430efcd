"""Trials: what functions do when they are called on small real images, found out and recorded as facts."""

from registry.trials.running import run_trials

__all__ = ["run_trials"]
