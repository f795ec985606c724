"""A pretended Xero, spoken to over HTTP only. It imports nothing of ours and nothing of ours imports it."""
