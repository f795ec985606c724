"""Verbs on buying, from what is needed to what it cost.

``needs``: the purchase list. ``ordering``: orders to suppliers. ``order_pdf``, ``sending``: an order on paper and by
e-mail. ``receiving``: goods in, in parts. ``billing``: the supplier's invoice. ``correcting``: other prices and costs
later. ``crediting``: goods and money back, and cores. ``landing`` and ``documents`` are what they share: costs on
stock and jobs, and the lines of a document.
"""
