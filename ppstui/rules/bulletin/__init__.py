"""The weekly bulletin as pure functions (DOMAIN §8): who reads what, what there is to tell, and what has changed.

`audiences` names readers, sections and issues, `gathering` makes an issue's facts from the board, `comparing` tells two
issues apart. Nothing is imported here: a dashboard that only shows needs none of it.
"""
