"""The web face: what a person sees of the pretended Xero, and does in it as the accountant."""
