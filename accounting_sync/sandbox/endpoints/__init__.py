"""One module per resource: what it takes, what it refuses, how it is written out.

Each module offers ``ROUTES``: method and path pattern below its name → :class:`~.call.Route`.
"""
