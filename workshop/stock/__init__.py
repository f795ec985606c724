"""Verbs on stock. Goods and their value change here and nowhere else.

``entry``      all that one document does to stock, in a fixed number of statements: the only writer
``sold``       an invoice's goods: released, changed, put back
``adjusting``  more or fewer than the books say, another value, what a garage opens with
``counting``   stocktakes: a snapshot, counts one by one, the differences applied
``moving``     transfers between places
``building``   kits and the work orders that build them and take them apart
``returning``  goods ordered for a job, onto the shelf before its invoice
``shelf``      what is where, to read
``typed``      what people type when they handle goods, refused where it makes no sense
"""
