"""The smallest Textual program: the unit of every start-up and key ratio."""

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Bare(App[None]):
    """One text."""

    def compose(self) -> ComposeResult:
        """Shows it."""
        yield Static("Hello, terminal", id="hello")

    def on_key(self, event: Key) -> None:
        """Tells the key."""
        self.query_one("#hello", Static).update(f"Key {event.key}")


if __name__ == "__main__":
    Bare().run()
