"""The engine's ports over the browser's own APIs, inside a Pyodide worker; `worker` is the entry."""
