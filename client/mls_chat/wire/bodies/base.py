"""What all bodies are: JSON objects, bytes as base64, times as Unix milliseconds."""

import msgspec


class Body(msgspec.Struct):
    pass


class Empty(Body):
    pass
