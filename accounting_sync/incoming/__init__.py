"""What arrived from Xero, applied through workshop verbs in one transaction with its SyncRecord.

So an import never bounces back as an export. Each verb returns when those rows changed that cannot be applied yet:
they are read again.
"""
