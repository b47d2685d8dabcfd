"""What can go wrong when the local stack starts; each says what to do."""


class StackError(Exception):
    """The local stack cannot do what was asked; the text says why and what helps."""


class PortInUseError(StackError):
    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} on 127.0.0.1 is taken by another program: stop it or choose another port")


class DataFolderInUseError(StackError):
    def __init__(self, folder: object) -> None:
        super().__init__(f"another stack runs on {folder}: stop it first or choose another data folder")


class BrokenDataError(StackError):
    def __init__(self, folder: object, why: str) -> None:
        super().__init__(
            f"{folder} holds no usable database ({why}): restore it from a backup, "
            "or move it away to start with an empty one"
        )


class ServiceFailedError(StackError):
    def __init__(self, service: str, log: object, tail: str) -> None:
        self.tail = tail
        super().__init__(f"{service} did not start; the end of {log} says:\n{tail}")


class MigrationChangedError(StackError):
    def __init__(self, name: str) -> None:
        super().__init__(f"migration {name} was changed after it had been applied: put it back and write a new one")


class MigrationFailedError(StackError):
    def __init__(self, name: str, line: int | None, why: str) -> None:
        place = name if line is None else f"{name}, line {line}"
        super().__init__(f"migration {place}: {why}")
