"""The formats an issue can be written in."""

FORMATS = ("text", "markdown", "html", "twiki", "dokuwiki", "json")
"""As `--format` and [targets.NAME] name them."""
