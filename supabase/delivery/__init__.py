"""The delivery service: orders messages into the log and tells connected devices (see DESIGN.md)."""
