"""What stock and buying look like, on a day or over a time. Reads only: few statements, whatever there is to read.

As at a day past: the sum of movements by the day they count for, which is what the ledger says of that day.

``valuation``   what is in stock and what it is worth, by part, category and place
``wip``         what is in jobs: goods bought for them, stock set aside, labour
``buying``      ordered and not received, received and not billed, bought and on no invoice
``turnover``    slow movers, what to reorder
``stock_card``  every movement of one part
"""
