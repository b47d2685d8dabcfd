"""The mls-chat engine: plain Python that turns events into writes and effects (see client/DESIGN.md)."""

__version__ = "0.1.0"
