"""A terminal dashboard for staged rollouts, pilots and the weekly operations bulletin."""

__version__ = "0.1.0"
