"""What both faces show, as pure functions: records for scripts, wording, named fields, text made safe to print.

`records` are the JSON documents of SURFACE §3, `words` says times and states, `fields` names what can be filtered and
sorted, `plain` takes from foreign text what could drive a terminal. Nothing here reads a clock or knows a widget.
"""
