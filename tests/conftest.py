"""Fixtures that several areas share."""

from browser import blank, camera, chromium, newcomer
from browser_profile import playwright, settle
from database import admin, delivery_dsn, functions_dsn, postgres
from functions_server import functions, http
from people import crowd
from stack_server import stack

__all__ = [
    "admin",
    "blank",
    "camera",
    "chromium",
    "crowd",
    "delivery_dsn",
    "functions",
    "functions_dsn",
    "http",
    "newcomer",
    "playwright",
    "postgres",
    "settle",
    "stack",
]
