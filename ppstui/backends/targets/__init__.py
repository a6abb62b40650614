"""The places where issues of the bulletin are published: plug-ins like backends, each in a cheap module of its own.

`smtp` is a mail: `mailing` makes it and hands it over, `mailman` tells who is on a list. `file` is a file on a disk,
`dokuwiki` a page of a DokuWiki, `rt` a ticket of Request Tracker.
"""
