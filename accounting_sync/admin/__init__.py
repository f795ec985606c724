"""The accountant's desk: the lists, the record page, the history."""

from accounting_sync.admin import attempts, records, syncable, unknown_messages

__all__ = ["attempts", "records", "syncable", "unknown_messages"]
