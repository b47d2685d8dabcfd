"""Makes a fresh checkout ready: system packages, tools, Python and npm packages, the wheel for the browser, the page.

Standard library only: it runs before anything is installed.
"""
