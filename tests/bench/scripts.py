"""What runs in a page to see when something is shown, without the delay of looking from outside."""

from typing import Final

TOOLS: Final = """
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
  const wait = async (look) => {
    for (;;) {
      const seen = look();
      if (seen) return seen;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const shown = (what) => wait(() => all(document).find(what));
  const chats = () => shown((e) => e.matches("nav[aria-label=Chats] a"));
  const connected = () => shown((e) => e.getAttribute("role") === "status" && e.textContent === "Connected");
"""
"""`all`: every element, also those in shadow trees; the others wait until something is shown."""
