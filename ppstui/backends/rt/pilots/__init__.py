"""Pilots on an RT: one ticket for each in a queue of their own, and a member of it for each step of the workflow.

A pilot's title is its ticket's subject, its ending is its status; a step's sign-off, planned day and owner are its own
ticket's status, due day and owner, so that a colleague signs a step off by resolving it in RT's web page. For all else
RT has no fields: it stands in lines of comments that carry our mark (`rules.pilots.lines`, and `sheet` for home pages).

    sheet    tickets and their messages into pilots, and back into lines; pure
    reading  `fetch` and `look`
    making   a new pilot and its steps, as one action
    writing  `apply`
"""
