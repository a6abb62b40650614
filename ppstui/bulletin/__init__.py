"""The weekly bulletin, from a draft to what is published (DOMAIN §8).

`pages` makes a page of an issue, `rendering` writes it down in one of the six formats. Nothing here is loaded before
somebody looks at an issue.
"""

from ppstui.bulletin.formats import FORMATS
from ppstui.bulletin.pages import Page, page, subject
from ppstui.bulletin.rendering import Templates, render

__all__ = ["FORMATS", "Page", "Templates", "page", "render", "subject"]
