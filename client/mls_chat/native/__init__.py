"""The engine's ports on CPython, and the terminal client made of them."""
