"""What a person's pages ask the network for and complain about."""

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Request


@dataclass
class Watcher:
    """What the pages of one profile asked for and complained about."""

    origin: str
    secrets: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def attach(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requests.append(request))
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def check(self) -> None:
        """Nothing left the origin, no secret left the page, nobody complained."""
        ours = (f"{self.origin}/", f"{self.origin.replace('http', 'ws', 1)}/", f"blob:{self.origin}/", "data:")
        assert any("/functions/v1/" in request.url for request in self.requests), "the watch sees the worker's requests"
        assert not [request.url for request in self.requests if not request.url.startswith(ours)]
        sent = [f"{request.url} {request.headers} {request.post_data_buffer!r}" for request in self.requests]
        assert not [text for text in sent for secret in self.secrets if secret in text]
        assert not [text for text in self.complaints if not any(part in text for part in self.forgiven)]
